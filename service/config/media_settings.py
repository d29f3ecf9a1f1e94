"""Settings of images and other uploaded media."""

from __future__ import annotations

from dataclasses import dataclass

from service.config.variables import Variable, env_field, integer, some_of

# Endings of the names of files that are no images and can be uploaded, for readers to download.
DOCUMENT_ENDINGS = ("pdf", "txt", "csv", "zip", "docx", "xlsx", "pptx", "odt", "ods", "epub", "mp3", "mp4")


@dataclass(frozen=True, kw_only=True)
class MediaSettings:
    """What media may be uploaded."""

    media_max_bytes: int = env_field(
        25 * 2**20,
        Variable(
            "MEDIA_MAX_BYTES",
            integer(1024, 2**30),
            "Maximum size of an uploaded file of media.",
            unit="bytes",
        ),
    )
    media_document_types: tuple[str, ...] = env_field(
        DOCUMENT_ENDINGS,
        Variable(
            "MEDIA_DOCUMENT_TYPES",
            some_of(*DOCUMENT_ENDINGS),
            "Types of files besides images that can be uploaded, by the endings of their names. Readers download them.",
            unit="comma-separated endings, or none",
        ),
    )
    media_max_pixels: int = env_field(
        40_000_000,
        Variable(
            "MEDIA_MAX_PIXELS",
            integer(1, 2**28),
            "Maximum width times height of an image, read from its header before it is decoded.",
            unit="pixels",
        ),
    )
