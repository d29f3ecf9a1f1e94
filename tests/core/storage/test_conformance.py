"""What every storage does, whatever it is made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from service.core.storage import Storage, is_storage_name
from service.core.storage.local import LocalStorage
from service.core.storage.s3 import S3Storage
from tests.s3_server import S3Server

NAME = f"{'0a' * 16}.png"
RENDITION = f"{'0a' * 16}-320.webp"
CROP = f"{'0a' * 32}-1200x630-50-100.jpg"
# More than one piece, and no multiple of one.
LARGE = os.urandom(3 * 1024 * 1024 + 17)
NOT_NAMES = [
    "",
    "x",
    "../x",
    f"../{'0' * 32}.png",
    f"{'0' * 31}.png",
    f"{'0' * 33}.png",
    f"{'A' * 32}.png",
    f"{'0' * 32}",
    f"{'0' * 32}.png\n",
    f"{'0' * 32}.png\0",
    f"{'0' * 32}.png/..",
    f"{'0' * 32}-.png",
    f"{'0' * 32}-1x2.png",
    f"{'0' * 32}.tar.gz",
    f"{'0' * 32}.\u0661",
    f"{'0' * 32}-\u0663.webp",
]


BUCKETS = count(1)


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "media")
    server: S3Server = request.getfixturevalue("s3_server")
    return S3Storage(server.settings(f"conformance-{next(BUCKETS)}"))


class TestNames:
    @pytest.mark.parametrize("name", [NAME, RENDITION, CROP, f"{'0' * 64}.png", f"{'0' * 32}.pdf"])
    def test_of_originals_renditions_and_crops(self, storage: Storage, name: str) -> None:
        assert is_storage_name(name)
        storage.put(name, b"content", "image/png")
        assert [info.name for info in storage.names()] == [name]

    @pytest.mark.parametrize("name", NOT_NAMES)
    def test_no_others_are_taken(self, storage: Storage, name: str) -> None:
        assert not is_storage_name(name)
        with pytest.raises(ValueError, match="not a name"):
            storage.put(name, b"x", "image/png")
        assert storage.stat(name) is None
        assert storage.read(name) is None
        storage.delete(name)
        assert list(storage.names()) == []


class TestPut:
    def test_of_bytes_a_path_and_pieces_store_the_same(self, storage: Storage, tmp_path: Path) -> None:
        (tmp_path / "upload").write_bytes(LARGE)
        middle = len(LARGE) // 2
        for content in (LARGE, tmp_path / "upload", iter([LARGE[:middle], LARGE[middle:]])):
            storage.delete(NAME)
            storage.put(NAME, content, "image/png")
            assert _read(storage, NAME) == LARGE

    def test_replaces_what_is_there(self, storage: Storage) -> None:
        storage.put(NAME, b"a longer one", "image/png")
        storage.put(NAME, b"new", "image/png")
        assert _read(storage, NAME) == b"new"

    def test_that_fails_halfway_leaves_what_was_there(self, storage: Storage) -> None:
        def pieces() -> Iterator[bytes]:
            yield LARGE
            raise ConnectionResetError

        storage.put(NAME, b"old", "image/png")
        for name in (NAME, RENDITION):
            with pytest.raises(ConnectionResetError):
                storage.put(name, pieces(), "image/png")
        assert _read(storage, NAME) == b"old"
        assert [info.name for info in storage.names()] == [NAME]

    def test_of_a_file_that_does_not_exist_is_an_error_of_the_caller(
        self, storage: Storage, tmp_path: Path
    ) -> None:
        with pytest.raises(FileNotFoundError):
            storage.put(NAME, tmp_path / "none", "image/png")
        assert list(storage.names()) == []

    def test_of_nothing_is_an_empty_file(self, storage: Storage) -> None:
        storage.put(NAME, b"", "image/png")
        info = storage.stat(NAME)
        assert info is not None
        assert (info.size_bytes, _read(storage, NAME)) == (0, b"")


class TestStat:
    def test_tells_size_type_tag_and_time(self, storage: Storage) -> None:
        begun_at = datetime.now(UTC)
        storage.put(NAME, b"123", "image/png")
        info = storage.stat(NAME)
        assert info is not None
        assert (info.name, info.size_bytes, info.media_type) == (NAME, 3, "image/png")
        # Whole seconds in some storages.
        assert begun_at - timedelta(seconds=2) < info.changed_at < datetime.now(UTC) + timedelta(seconds=2)
        assert info.etag
        assert '"' not in info.etag
        storage.put(NAME, b"1234", "image/png")
        assert storage.stat(NAME) != info

    def test_of_a_missing_file_is_none(self, storage: Storage) -> None:
        assert storage.stat(NAME) is None


class TestRead:
    @pytest.mark.parametrize(
        ("start", "length"),
        [
            (0, None),
            (0, 1),
            (1, 1),
            (5, None),
            (len(LARGE) - 1, 1),
            (len(LARGE) - 1, None),
            (1000, 2_000_000),
        ],
    )
    def test_of_a_part_gives_its_bytes(self, storage: Storage, start: int, length: int | None) -> None:
        storage.put(NAME, LARGE, "image/png")
        reader = storage.read(NAME, start, length)
        assert reader is not None
        with reader:
            assert reader.info == storage.stat(NAME)
            assert reader.read_all() == LARGE[start:][:length]

    def test_comes_in_pieces(self, storage: Storage) -> None:
        storage.put(NAME, LARGE, "image/png")
        reader = storage.read(NAME)
        assert reader is not None
        with reader:
            assert max(map(len, reader)) <= 1024 * 1024

    def test_of_a_missing_file_is_none(self, storage: Storage) -> None:
        assert storage.read(NAME) is None

    def test_that_is_not_finished_can_be_closed(self, storage: Storage) -> None:
        storage.put(NAME, LARGE, "image/png")
        reader = storage.read(NAME)
        assert reader is not None
        next(reader)
        reader.close()
        assert _read(storage, NAME) == LARGE


class TestLocalCopy:
    def test_has_the_bytes(self, storage: Storage) -> None:
        storage.put(NAME, LARGE, "image/png")
        with storage.local_copy(NAME) as path:
            assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(LARGE).digest()
        assert storage.stat(NAME) is not None

    def test_of_a_missing_file_is_an_error(self, storage: Storage) -> None:
        with pytest.raises(FileNotFoundError), storage.local_copy(NAME):
            pass


class TestDelete:
    def test_of_some_leaves_the_others(self, storage: Storage) -> None:
        for name in (NAME, RENDITION, CROP):
            storage.put(name, b"x", "image/png")
        storage.delete(NAME, CROP, f"{'f' * 32}.png")
        assert [info.name for info in storage.names()] == [RENDITION]
        storage.delete()


def test_names_are_listed_with_what_stat_tells(storage: Storage) -> None:
    expected = [f"{number:032x}.png" for number in range(0, 1 << 16, 1 << 10)]
    for name in expected:
        storage.put(name, b"x", "image/png")
    assert sorted(info.name for info in storage.names()) == expected
    for info in storage.names():
        stat = storage.stat(info.name)
        assert stat is not None
        assert (info.size_bytes, info.changed_at) == (stat.size_bytes, stat.changed_at)


def _read(storage: Storage, name: str) -> bytes:
    reader = storage.read(name)
    assert reader is not None
    with reader:
        return reader.read_all()
