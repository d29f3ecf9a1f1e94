"""Images in wire form: what posts and users show of a media."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from service.extensions import db
from service.media.images import find_media_by_names, image_json, load_images
from service.media.schemas import image_output
from service.models.media import FormerMediaName, ImageCrop, Media, MediaKind, Rendition

STEM = "0123456789abcdef0123456789abcdef"


def a_media(**values: object) -> Media:
    columns = {
        "name": f"{STEM}.jpg",
        "file_name": "loom.jpg",
        "media_type": "image/jpeg",
        "kind": MediaKind.IMAGE,
        "size_bytes": 10,
        "sha256": "0" * 64,
        "width": 1000,
        "height": 500,
    }
    return Media(**{**columns, **values})


def rendition(
    media: Media, name: str, width: int, media_type: str, crop: ImageCrop | None = None
) -> Rendition:
    return Rendition(
        name=name,
        media_id=media.id,
        width=width,
        height=width,
        media_type=media_type,
        size_bytes=1,
        crop=crop,
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def collect(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", collect)
    try:
        yield sent
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", collect)


@pytest.fixture
def media(app: Flask) -> Media:
    row = a_media(alt_text="A loom", focal_x=10, focal_y=90)
    db.session.add(row)
    db.session.flush()
    return row


class TestImageJson:
    def test_without_renditions_has_the_original_alone(self, media: Media) -> None:
        assert image_json(media, []) == {
            "id": str(media.id),
            "url": f"/media/{STEM}.jpg",
            "media_type": "image/jpeg",
            "width": 1000,
            "height": 500,
            "alt_text": "A loom",
            "caption": "",
            "credit": "",
            "focal_point": {"x": 10, "y": 90},
            "dominant_color": None,
            "placeholder": None,
            "sources": [],
            "crops": {"square": None, "card": None},
        }

    def test_has_the_fields_of_the_model(self, media: Media) -> None:
        assert list(image_json(media, [])) == list(image_output)

    def test_sources_are_sorted_by_type_and_width(self, media: Media) -> None:
        rows = [
            rendition(media, f"{STEM}-640.webp", 640, "image/webp"),
            rendition(media, f"{STEM}-640.avif", 640, "image/avif"),
            rendition(media, f"{STEM}-320.webp", 320, "image/webp"),
            rendition(media, f"{STEM}-320.avif", 320, "image/avif"),
        ]
        assert image_json(media, rows)["sources"] == [
            {
                "media_type": f"image/{ending}",
                "srcset": f"/media/{STEM}-320.{ending} 320w, /media/{STEM}-640.{ending} 640w",
            }
            for ending in ("avif", "webp")
        ]

    def test_a_format_without_the_narrow_widths_is_left_out(self, media: Media) -> None:
        rows = [
            rendition(media, f"{STEM}-640.avif", 640, "image/avif"),
            rendition(media, f"{STEM}-320.webp", 320, "image/webp"),
        ]
        (source,) = image_json(media, rows)["sources"]
        assert source["media_type"] == "image/webp"

    def test_a_crop_is_the_one_at_the_focal_point(self, media: Media) -> None:
        rows = [
            rendition(media, f"{STEM}-{size}-{focal_point}.{ending}", 1200, media_type, ImageCrop.CARD)
            for size, focal_point, ending, media_type in (
                ("1200x630", "50-50", "jpg", "image/jpeg"),
                ("1200x630", "10-90", "webp", "image/webp"),
                ("1200x630", "10-90", "jpg", "image/jpeg"),
            )
        ]
        url = f"/media/{STEM}-1200x630-10-90.jpg"
        assert image_json(media, rows)["crops"] == {
            "square": None,
            "card": {"url": url, "width": 1200, "height": 1200},
        }
        # Until the ones at a new focal point are ready there are those at the old one.
        assert image_json(media, rows[:1])["crops"]["card"]["url"] == f"/media/{STEM}-1200x630-50-50.jpg"

    def test_renditions_of_a_replaced_file_are_not_shown(self, media: Media) -> None:
        rows = [rendition(media, f"{'f' * 32}-640.webp", 640, "image/webp")]
        assert image_json(media, rows)["sources"] == []


class TestLoadImages:
    def test_takes_two_selects(self, media: Media) -> None:
        other, document = a_media(name="a.jpg"), a_media(name="b.pdf", kind=MediaKind.DOCUMENT)
        db.session.add_all([other, document])
        db.session.flush()
        db.session.add(rendition(media, f"{STEM}-320.webp", 320, "image/webp"))
        db.session.flush()
        with statements() as sent:
            images = load_images([media.id, other.id, document.id, UUID(int=1)])
        assert len(sent) == 2
        assert set(images) == {media.id, other.id}
        assert len(images[media.id]["sources"]) == 1
        assert images[other.id]["sources"] == []

    def test_nothing_is_read_for_nothing(self, app: Flask) -> None:
        with statements() as sent:
            assert load_images([]) == {}
            assert find_media_by_names([]) == {}
        assert sent == []


class TestFindMediaByNames:
    def test_former_names_are_known(self, media: Media) -> None:
        db.session.add(
            FormerMediaName(name="old.png", media_id=media.id, media_type="image/png", size_bytes=1)
        )
        db.session.flush()
        assert find_media_by_names(["old.png", media.name, "none.png"]) == {
            "old.png": media.id,
            media.name: media.id,
        }

    def test_they_go_with_the_media(self, media: Media) -> None:
        db.session.add(
            FormerMediaName(name="old.png", media_id=media.id, media_type="image/png", size_bytes=1)
        )
        db.session.flush()
        db.session.execute(sa.delete(Media))
        assert db.session.scalars(sa.select(FormerMediaName.name)).all() == []
