"""What is said about an image: written to a file beside it in an export, and read from there again.

The file of `images/a.jpg` is `images/a.jpg.toml`; site generators ignore it. Each fact is written once, however many
posts show the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from service.core.texts import is_visible_line, repair_text
from service.importing.files import FileRejected, as_text
from service.importing.front_matter import BadFrontMatter, Kind, parse
from service.models.media import (
    ALT_TEXT_MAX,
    CAPTION_MAX,
    CREDIT_MAX,
    FOCAL_POINT_CENTER,
    FOCAL_POINT_MAX,
    MEDIA_FILE_NAME_MAX,
)

ENDING = ".toml"
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDetails:
    """Alt text, caption, credit and focal point of an image; `file_name` is None if it is that of the file itself."""

    file_name: str | None = None
    alt_text: str = ""
    caption: str = ""
    credit: str = ""
    focal_x: int = FOCAL_POINT_CENTER
    focal_y: int = FOCAL_POINT_CENTER


def write_details(details: ImageDetails) -> str | None:
    """Return the text of the file beside an image; None if there is nothing to say."""
    values: dict[str, Any] = {
        name: value
        for name in ("file_name", "alt_text", "caption", "credit")
        if (value := getattr(details, name))
    }
    if (details.focal_x, details.focal_y) != (FOCAL_POINT_CENTER, FOCAL_POINT_CENTER):
        values["focal_point"] = {"x": details.focal_x, "y": details.focal_y}
    return tomli_w.dumps(values) if values else None


def read_details(data: bytes) -> ImageDetails:
    """Read the file beside an image; raise `FileRejected` if it is not one that an export writes."""
    try:
        values = parse(Kind.TOML, as_text(data))
        return _understood(values if isinstance(values, Mapping) else {})
    except (BadFrontMatter, ValueError) as error:
        raise FileRejected(str(error)) from error


def _understood(values: Mapping[str, Any]) -> ImageDetails:
    focal = values.get("focal_point", {"x": FOCAL_POINT_CENTER, "y": FOCAL_POINT_CENTER})
    if not isinstance(focal, Mapping):
        raise FileRejected("its focal_point is not a table")
    file_name = _text(values, "file_name", MEDIA_FILE_NAME_MAX)
    return ImageDetails(
        file_name=file_name if is_visible_line(file_name) else None,
        alt_text=_text(values, "alt_text", ALT_TEXT_MAX),
        caption=_text(values, "caption", CAPTION_MAX),
        credit=_text(values, "credit", CREDIT_MAX),
        focal_x=_percentage(focal, "x"),
        focal_y=_percentage(focal, "y"),
    )


def _text(values: Mapping[str, Any], name: str, length: int) -> str:
    text = values.get(name, "")
    if not isinstance(text, str) or len(text) > length:
        raise FileRejected(f"its {name} is not a text of at most {length:,} characters")
    return repair_text(text)[0]


def _percentage(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= FOCAL_POINT_MAX:
        raise FileRejected(f"its focal_point.{name} is not a whole number from 0 to {FOCAL_POINT_MAX}")
    return value
