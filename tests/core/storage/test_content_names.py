"""Images are named and typed by their bytes, and stored once."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.core.storage import NotAnImage, store_image
from service.core.storage.local import LocalStorage
from tests.core.storage.images import IMAGES


@pytest.mark.parametrize("media_type", sorted(IMAGES))
def test_type_is_read_from_the_bytes(tmp_path: Path, media_type: str) -> None:
    storage = LocalStorage(tmp_path)
    stored = store_image(storage, IMAGES[media_type])
    reader = storage.read(stored.name)
    assert stored.media_type == media_type
    assert reader is not None
    with reader:
        assert (reader.info.media_type, reader.read_all()) == (media_type, IMAGES[media_type])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html>",
        b"%PDF-1.7",
        b" \x89PNG\r\n\x1a\n",
    ],
)
def test_nothing_else_is_taken(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotAnImage):
        store_image(LocalStorage(tmp_path), data)
    assert list(tmp_path.rglob("*")) == []


def test_same_bytes_are_stored_once(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    first = store_image(storage, IMAGES["image/png"])
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = file.stat()
    assert store_image(storage, IMAGES["image/png"]) == first
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
