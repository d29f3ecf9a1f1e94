"""Images in wire form, as posts and users keep them: the JSON of the model `Image`, made from media and renditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.extensions import db
from service.models.media import FormerMediaName, ImageCrop, Media, MediaKind, Rendition

# The best first: browsers take the first source that they can show.
SOURCE_TYPES = ("image/avif", "image/webp")


def media_url(name: str) -> str:
    """Return the path of a file, relative to the origin of the service and to that of the web app."""
    return f"/media/{name}"


def image_json(media: Media, renditions: Iterable[Rendition]) -> dict[str, Any]:
    """Return an image in wire form from its row and its renditions, in any order; those of former names are ignored.

    Without renditions `sources` is empty: the original is shown.
    """
    stem = media.name.partition(".")[0]
    current = [row for row in renditions if row.name.startswith(f"{stem}-")]
    return {
        "id": str(media.id),
        "url": media_url(media.name),
        "media_type": media.media_type,
        "width": media.width,
        "height": media.height,
        "alt_text": media.alt_text,
        "caption": media.caption,
        "credit": media.credit,
        "focal_point": {"x": media.focal_x, "y": media.focal_y},
        "dominant_color": media.dominant_color,
        "placeholder": media.placeholder,
        "sources": _sources([row for row in current if row.crop is None]),
        "crops": {crop.value: _crop(media, current, crop) for crop in ImageCrop},
    }


def load_images(media_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the images in wire form by their id; ids of documents and unknown ones are left out. Two SELECTs."""
    if not media_ids:
        return {}
    is_image = Media.kind == MediaKind.IMAGE
    rows = db.session.scalars(select(Media).where(Media.id.in_(media_ids), is_image)).all()
    return images_of(rows)


def images_of(rows: Sequence[Media]) -> dict[UUID, dict[str, Any]]:
    """Return these images in wire form by their id. One SELECT."""
    renditions: dict[UUID, list[Rendition]] = {row.id: [] for row in rows}
    if renditions:
        for rendition in db.session.scalars(select(Rendition).where(Rendition.media_id.in_(renditions))):
            renditions[rendition.media_id].append(rendition)
    return {row.id: image_json(row, renditions[row.id]) for row in rows}


def find_media_by_names(names: Collection[str]) -> dict[str, UUID]:
    """Return the ids of the media that have these file names, or had them and are being replaced. Two SELECTs."""
    if not names:
        return {}
    found: dict[str, UUID] = {}
    for name, media_id in (FormerMediaName.name, FormerMediaName.media_id), (Media.name, Media.id):
        rows = db.session.execute(select(name, media_id).where(name.in_(names)))
        found.update((row[0], row[1]) for row in rows)
    return found


def _sources(renditions: Sequence[Rendition]) -> list[dict[str, str]]:
    """Return the formats that have the narrowest width: of the first that it knows, a browser takes what there is.

    A phone would otherwise load the one wide AVIF although there is a narrow WebP.
    """
    narrowest = min((row.width for row in renditions), default=0)
    sources = []
    for media_type in SOURCE_TYPES:
        rows = sorted((row for row in renditions if row.media_type == media_type), key=lambda row: row.width)
        if rows and rows[0].width == narrowest:
            candidates = (f"{media_url(row.name)} {row.width}w" for row in rows)
            sources.append({"media_type": media_type, "srcset": ", ".join(candidates)})
    return sources


def _crop(media: Media, renditions: Sequence[Rendition], crop: ImageCrop) -> dict[str, Any] | None:
    """Return the best file of a crop: around the focal point as it is now, JPEG where there is one, the largest."""
    focal_point = f"-{media.focal_x}-{media.focal_y}."
    best = max(
        (row for row in renditions if row.crop == crop),
        key=lambda row: (focal_point in row.name, row.media_type == "image/jpeg", row.width),
        default=None,
    )
    if best is None:
        return None
    return {"url": media_url(best.name), "width": best.width, "height": best.height}
