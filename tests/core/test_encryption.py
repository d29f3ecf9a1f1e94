"""The file with the key that secrets are encrypted with, where SECRET_KEY is not set."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.core import encryption


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / encryption.FILE_NAME


def test_key_is_for_its_owner_and_nothing_else_is_left(path: Path) -> None:
    assert len(encryption._create(path)) == 32
    assert [file.name for file in path.parent.iterdir()] == [encryption.FILE_NAME]
    assert path.stat().st_mode & 0o777 == 0o600


def test_key_that_is_there_is_kept(path: Path) -> None:
    first = encryption._create(path)
    assert encryption._create(path) == first


def test_threads_of_a_process_get_the_key_of_the_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one begins and ends where the first one is about to put its key in place."""
    link, keys = Path.hardlink_to, []

    def link_after_another(self: Path, target: Path) -> None:
        monkeypatch.setattr(Path, "hardlink_to", link)
        keys.append(encryption._create(path))
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", link_after_another)
    assert encryption._create(path) == keys[0]
    assert [file.name for file in path.parent.iterdir()] == [encryption.FILE_NAME]
