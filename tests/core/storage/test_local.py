"""The local folder: never half a file under a name, and nothing outside the folder."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from service.core.storage import StorageUnavailable
from service.core.storage.local import LocalStorage
from service.core.uploads.files import InsufficientStorage

NAME = f"{'0a' * 16}.png"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_death_while_writing_leaves_no_such_file(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    # A killed process cannot clean up either.
    monkeypatch.setattr(Path, "unlink", die)
    with pytest.raises(KeyboardInterrupt):
        storage.put(NAME, b"png", "image/png")
    monkeypatch.undo()
    assert storage.stat(NAME) is None
    assert list(storage.names()) == []
    (draft,) = files(tmp_path)
    assert storage.delete_drafts(3_600) == 0
    os.utime(draft, (0, 0))
    assert storage.delete_drafts(3_600) == 1
    assert files(tmp_path) == []


def test_a_full_disk_leaves_nothing(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InsufficientStorage):
        storage.put(NAME, b"png", "image/png")
    assert files(tmp_path) == []


def test_a_folder_that_is_gone_is_no_missing_file(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put(NAME, b"png", "image/png")
    shutil.rmtree(tmp_path / "media")
    for use in (
        lambda: storage.stat(NAME),
        lambda: storage.read(NAME),
        lambda: storage.delete(NAME),
        lambda: list(storage.names()),
        lambda: storage.put(NAME, b"png", "image/png"),
    ):
        with pytest.raises(StorageUnavailable):
            use()
    assert files(tmp_path) == []


def test_other_files_in_the_folder_are_left_alone(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put(NAME, b"png", "image/png")
    folder = tmp_path / "media" / NAME[:2]
    (folder / f"{NAME}.old").write_bytes(b"x")
    (tmp_path / "media" / "notes").mkdir()
    (tmp_path / "media" / "notes" / NAME).write_bytes(b"x")
    assert [info.name for info in storage.names()] == [NAME]
    assert storage.read(f"{NAME}.old") is None
