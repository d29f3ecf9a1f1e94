"""The scheduled rotation of the signing key: each step in its time, and tokens that stay valid all along."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask

from service.auth.key_tasks import rotate_as_set, rotate_signing_keys
from service.core.jobs.runner import run_attempt
from service.core.jobs.tasks import AttemptFailed
from service.core.key_rotation import PUBLISHED_BEFORE, Rotation, rotate_keys
from service.core.signing_keys import (
    CURRENT,
    KeysUnusable,
    activate_key,
    create_key,
    delete_key,
    key_files,
    load_key_ring,
)
from tests.job_queue import JobQueue

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EVERY, KEPT = 30 * DAY, 31 * DAY


def set_times(folder: Path, at: datetime) -> None:
    """Let what was written just now be written at that time."""
    for file in folder.iterdir():
        if file.stat().st_mtime > START.timestamp() + 3_650 * 86_400 or file.stat().st_mtime > at.timestamp():
            os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one key, from the beginning of the year."""
    create_key(tmp_path)
    set_times(tmp_path, START)
    return tmp_path


def rotate(folder: Path, at: datetime) -> Rotation:
    done = rotate_keys(folder, every=EVERY, kept=KEPT, now=at)
    set_times(folder, at)
    return done


def test_nothing_is_done_before_its_time(folder: Path) -> None:
    assert rotate(folder, START + EVERY - PUBLISHED_BEFORE - timedelta(seconds=1)) == Rotation()


def test_each_step_comes_in_its_time(folder: Path) -> None:
    (first,) = key_files(folder)
    created = rotate(folder, START + EVERY - PUBLISHED_BEFORE)
    (second,) = created.created
    assert load_key_ring(folder).kid == first
    assert load_key_ring(folder).public_keys.keys() == {first, second}
    assert rotate(folder, START + EVERY - timedelta(hours=1)) == Rotation()
    assert rotate(folder, START + EVERY) == Rotation(activated=(second,))
    assert load_key_ring(folder).kid == second
    assert rotate(folder, START + EVERY + EVERY - 2 * DAY) == Rotation()
    third = rotate(folder, START + EVERY + EVERY - DAY).created
    assert rotate(folder, START + EVERY + EVERY) == Rotation(activated=third)
    assert rotate(folder, START + EVERY + KEPT - timedelta(seconds=1)) == Rotation()
    assert rotate(folder, START + EVERY + KEPT) == Rotation(deleted=(first,))
    assert rotate(folder, START + EVERY + KEPT) == Rotation()


def test_an_old_key_is_deleted_when_its_last_token_has_expired(folder: Path) -> None:
    (first,) = key_files(folder)
    second = create_key(folder)
    activate_key(folder, second, START + DAY)
    set_times(folder, START + DAY)
    at = START + DAY + KEPT
    assert rotate_keys(folder, every=365 * DAY, kept=KEPT, now=at - timedelta(seconds=1)) == Rotation()
    assert rotate_keys(folder, every=365 * DAY, kept=KEPT, now=at) == Rotation(deleted=(first,))
    assert key_files(folder).keys() == {second}


def test_a_worker_that_was_away_does_not_sign_with_what_nobody_knows(folder: Path) -> None:
    at = START + 10 * EVERY
    assert rotate(folder, at).created
    assert rotate(folder, at + PUBLISHED_BEFORE - timedelta(seconds=1)).activated == ()
    assert rotate(folder, at + PUBLISHED_BEFORE).activated


def test_ten_rotations_and_every_token_is_accepted_while_it_lives(folder: Path) -> None:
    tokens: list[tuple[datetime, str]] = []
    at, rotations = START, 0
    while rotations < 10:
        at += DAY
        rotations += len(rotate(folder, at).activated)
        ring = load_key_ring(folder)
        tokens.append((at, jwt.encode({"sub": "1"}, ring.private_key, "EdDSA", headers={"kid": ring.kid})))
        for signed_at, token in tokens:
            if at - signed_at < KEPT - DAY:
                key = ring.public_keys[jwt.get_unverified_header(token)["kid"]]
                assert jwt.decode(token, key, ["EdDSA"]) == {"sub": "1"}
    assert len(key_files(folder)) <= 4


def test_a_key_of_before_is_deleted_as_if_it_had_signed_until_the_current_one(folder: Path) -> None:
    (first,) = key_files(folder)
    second = create_key(folder)
    activate_key(folder, second, START)
    (folder / "retired.json").unlink()
    set_times(folder, START + DAY)
    assert rotate(folder, START + KEPT).deleted == ()
    assert rotate(folder, START + DAY + KEPT).deleted == (first,)


def test_a_key_that_is_used_again_by_hand_is_kept(folder: Path) -> None:
    (first,) = key_files(folder)
    second = create_key(folder)
    set_times(folder, START + DAY)
    activate_key(folder, second, START + DAY)
    activate_key(folder, first, START + 2 * DAY)
    set_times(folder, START + 2 * DAY)
    assert rotate_keys(folder, every=365 * DAY, kept=KEPT, now=START + 2 * DAY + KEPT).deleted == (second,)
    assert load_key_ring(folder).kid == first


def test_the_current_key_is_not_deleted(folder: Path) -> None:
    (kid,) = key_files(folder)
    with pytest.raises(KeysUnusable, match="current key"):
        delete_key(folder, kid)
    delete_key(folder, "another")
    assert load_key_ring(folder).kid == kid


class TestTask:
    def test_rotates_as_it_is_set(self, app: Flask, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        given = app.extensions["settings"]
        changed = {"key_rotation_days": 30, "jwt_keys_dir": folder}
        monkeypatch.setitem(app.extensions, "settings", _with(given, **changed))
        assert len(rotate_as_set().created) == 1
        assert not (folder / CURRENT).exists()

    def test_says_why_it_cannot(self, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        given = app.extensions["settings"]
        changed = {"key_rotation_days": 30, "jwt_keys_dir": tmp_path / "none"}
        monkeypatch.setitem(app.extensions, "settings", _with(given, **changed))
        with pytest.raises(AttemptFailed, match="No signing key"):
            rotate_as_set()

    def test_does_nothing_unless_it_is_set(self, app: Flask, jobs: JobQueue) -> None:
        before = {file.name for file in app.extensions["settings"].jwt_keys_dir.glob("*")}
        job_id = jobs.enqueue(rotate_signing_keys)
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (row.state, row.result) == ("succeeded", {"created": [], "activated": [], "deleted": []})
        assert {file.name for file in app.extensions["settings"].jwt_keys_dir.glob("*")} == before


def _with(settings: object, **changed: object) -> object:
    from dataclasses import replace

    return replace(settings, **changed)  # type: ignore[type-var]
