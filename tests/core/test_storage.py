"""Files are named by their bytes, typed by their bytes, and never half there."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.core.storage import MediaStorage, NotAnImage

IMAGES = {
    "image/png": b"\x89PNG\r\n\x1a\n" + b"png",
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"jpeg",
    "image/gif": b"GIF89a" + b"gif",
    "image/webp": b"RIFF\x0a\x00\x00\x00WEBPVP8 " + b"webp",
    "image/avif": b"\x00\x00\x00\x20ftypavif" + b"avif",
}


@pytest.fixture
def storage(tmp_path: Path) -> MediaStorage:
    return MediaStorage(tmp_path)


@pytest.mark.parametrize("media_type", sorted(IMAGES))
def test_type_is_read_from_the_bytes(storage: MediaStorage, media_type: str) -> None:
    stored = storage.store(IMAGES[media_type])
    found = storage.find(stored.name)
    assert stored.media_type == media_type
    assert found is not None
    assert found.read_bytes() == IMAGES[media_type]


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
def test_nothing_else_is_taken(storage: MediaStorage, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotAnImage):
        storage.store(data)
    assert list(tmp_path.rglob("*")) == []


def test_same_bytes_are_stored_once(storage: MediaStorage, tmp_path: Path) -> None:
    first = storage.store(IMAGES["image/png"])
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = file.stat()
    assert storage.store(IMAGES["image/png"]) == first
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_death_while_writing_leaves_no_such_file(
    storage: MediaStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    name = storage.inspect(IMAGES["image/png"]).name
    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        storage.store(IMAGES["image/png"])
    assert storage.find(name) is None


@pytest.mark.parametrize("name", ["", "../x", f"{'0' * 64}.svg", f"{'A' * 64}.png", f"{'0' * 64}.png\n"])
def test_only_our_names_are_looked_for(storage: MediaStorage, name: str) -> None:
    assert storage.find(name) is None


def test_a_file_beside_an_image_is_not_found(storage: MediaStorage, tmp_path: Path) -> None:
    name = storage.store(IMAGES["image/png"]).name
    (tmp_path / name[:2] / f"{name}.old").write_bytes(b"x")
    assert storage.find(f"{name}.old") is None
