"""Settings of images and other uploaded media."""

from __future__ import annotations

from dataclasses import dataclass

from service.config.variables import Variable, env_field, integer


@dataclass(frozen=True, kw_only=True)
class MediaSettings:
    """What media may be uploaded."""

    media_max_pixels: int = env_field(
        40_000_000,
        Variable(
            "MEDIA_MAX_PIXELS",
            integer(1, 2**28),
            "Maximum width times height of an image, read from its header before it is decoded.",
            unit="pixels",
        ),
    )
