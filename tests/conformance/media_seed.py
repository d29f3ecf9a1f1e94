"""Media as the document's examples show them, for its examples and for a contract run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from service.models.base import Model
from service.models.media import ImageCrop, Media, MediaKind, MediaState, Rendition
from tests.conformance.example_calls import PHOTO
from tests.conformance.publication_seed import example_of


def media_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the media of the examples, which is ready."""
    example = example_of(document, "Media")
    names = ("file_name", "media_type", "width", "height", "alt_text", "caption", "credit", "is_animated")
    return {
        **{name: example[name] for name in names},
        "kind": MediaKind.IMAGE,
        "state": MediaState.READY,
        "size_bytes": len(PHOTO),
        "sha256": "0" * 64,
        "focal_x": example["focal_point"]["x"],
        "focal_y": example["focal_point"]["y"],
        "dominant_color": example["dominant_color"],
        "placeholder": example["placeholder"],
        "search_key": "loom.jpg",
    }


def seeded_media(document: Mapping[str, Any], media_id: str, uploader_id: int, **other: Any) -> Media:
    """Return the media of the examples, or one that differs from it."""
    name = example_of(document, "Media")["url"].removeprefix("/media/")
    columns = {"id": UUID(media_id), "uploader_id": uploader_id, "name": name, **media_columns(document)}
    return Media(**{**columns, **other})


def renditions(document: Mapping[str, Any], media_id: str) -> list[Model]:
    """Return the renditions that the example has, each with the width in its name."""
    example = example_of(document, "Media")
    rows = []
    for source in example["sources"]:
        for candidate in source["srcset"].split(", "):
            url, width = candidate.split()
            rows.append(_rendition(media_id, url, int(width[:-1]), source["media_type"]))
    for crop, shown in example["crops"].items():
        if shown is not None:
            row = _rendition(media_id, shown["url"], shown["width"], "image/jpeg")
            row.height, row.crop = shown["height"], ImageCrop(crop)
            rows.append(row)
    return list({row.name: row for row in rows}.values())


def write_media_file(var_dir: Path, name: str) -> None:
    """Write the file of a media."""
    path = var_dir / "media" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PHOTO)


def _rendition(media_id: str, url: str, width: int, media_type: str) -> Rendition:
    name = url.removeprefix("/media/")
    return Rendition(
        name=name, media_id=UUID(media_id), width=width, height=width, media_type=media_type, size_bytes=1
    )
