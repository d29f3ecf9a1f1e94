"""What nothing refers to is deleted, and nothing else, whatever there is."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete

from service.config import settings
from service.core.database import transaction
from service.core.jobs.queue import enqueue
from service.core.jobs.runner import run_attempt
from service.core.storage import FileInfo, Storage, open_storage
from service.extensions import db
from service.media import sweeping
from service.media.sweeping import UNCLAIMED_S, delete_unclaimed, sweep_files
from service.models.base import utcnow
from service.models.media import FormerMediaName, Media, Rendition, StoredFile
from tests.conftest import settings_on
from tests.factories import create_post, save
from tests.job_queue import JobQueue
from tests.media.stored import CONTENT, stored_media, stored_rendition
from tests.s3_server import S3Server

BUCKETS = count(1)
# Everything that was written until now is old.
EVERYTHING = -3_600


@pytest.fixture(params=["local", "s3"])
def storage(
    request: pytest.FixtureRequest,
    app: Flask,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Storage:
    """Let the application use an empty storage of each kind."""
    own = settings_on(database_url, tmp_path)
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3_server")
        own = replace(own, **server.values_of_new_bucket(f"sweeping-{next(BUCKETS)}"))
    monkeypatch.setitem(app.extensions, "settings", own)
    return open_storage()


def names(storage: Storage) -> set[str]:
    return {info.name for info in storage.names()}


def orphan(storage: Storage, name: str | None = None) -> str:
    name = name or f"{secrets.token_hex(16)}.png"
    storage.put(name, CONTENT, "image/png")
    return name


def used_media(storage: Storage) -> set[str]:
    return {stored_media().name}


def used_rendition(storage: Storage) -> set[str]:
    media = stored_media()
    return {media.name, stored_rendition(media).name}


def former_name(storage: Storage) -> set[str]:
    media, former = stored_media(), orphan(storage)
    save(
        FormerMediaName(
            name=former,
            media_id=media.id,
            media_type="image/png",
            size_bytes=len(CONTENT),
            replaced_at=utcnow(),
        )
    )
    return {media.name, former}


def stored_file(storage: Storage) -> set[str]:
    name = orphan(storage, f"{secrets.token_hex(32)}.png")
    save(StoredFile(name=name, media_type="image/png", size_bytes=len(CONTENT)))
    return {name}


def named_by_a_body(storage: Storage) -> set[str]:
    first, second = (orphan(storage, f"{secrets.token_hex(32)}.webp") for _ in range(2))
    create_post(body=f"![]( /media/{first}) and <img src='/media/{second}'>", trashed_at=utcnow())
    return {first, second}


def unused_by_content(storage: Storage) -> set[str]:
    orphan(storage, f"{secrets.token_hex(32)}.png")
    return set()


def without_a_row(storage: Storage) -> set[str]:
    orphan(storage)
    orphan(storage, f"{secrets.token_hex(16)}-320.webp")
    # Only originals were ever named in a body.
    create_post(body=f"/media/{orphan(storage, f'{secrets.token_hex(32)}-640.avif')}")
    return set()


def deleted_row(storage: Storage) -> set[str]:
    media = stored_media()
    stored_rendition(media)
    with transaction():
        db.session.execute(delete(Rendition).where(Rendition.media_id == media.id))
        db.session.execute(delete(Media).where(Media.id == media.id))
    return set()


def rolled_back(storage: Storage) -> set[str]:
    db.session.add(StoredFile(name=orphan(storage), media_type="image/png", size_bytes=1))
    db.session.flush()
    db.session.rollback()
    return set()


# What can happen to a file; each returns what must be left of what it has stored.
FATES: tuple[Callable[[Storage], set[str]], ...] = (
    used_media,
    used_rendition,
    former_name,
    stored_file,
    named_by_a_body,
    unused_by_content,
    without_a_row,
    deleted_row,
    rolled_back,
)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_used_stays_and_nothing_else(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Many batches of files and of posts.
    monkeypatch.setattr(sweeping, "BATCH_SIZE", 4)
    monkeypatch.setattr(sweeping, "_POSTS_AT_ONCE", 1)
    chosen = [*FATES, *random.Random(seed).choices(FATES, k=11)]
    random.Random(seed).shuffle(chosen)
    used = {name for fate in chosen for name in fate(storage)}
    there = names(storage)
    assert used < there
    assert delete_unclaimed(EVERYTHING) == len(there - used)
    assert names(storage) == used
    assert delete_unclaimed(EVERYTHING) == 0


def test_a_new_file_waits_for_its_row(storage: Storage) -> None:
    name = orphan(storage)
    assert delete_unclaimed(UNCLAIMED_S) == 0
    assert names(storage) == {name}


def test_a_file_that_is_written_again_meanwhile_stays(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = orphan(storage)
    unclaimed = sweeping._unclaimed

    def write_again(batch: list[FileInfo]) -> list[FileInfo]:
        found = unclaimed([replace(info, changed_at=info.changed_at.replace(year=2020)) for info in batch])
        storage.put(name, CONTENT, "image/png")
        return found

    monkeypatch.setattr(sweeping, "_unclaimed", write_again)
    assert delete_unclaimed(EVERYTHING) == 0
    assert names(storage) == {name}


def test_the_job_deletes_what_is_old(
    app: Flask, jobs: JobQueue, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "settings", settings_on(database_url, tmp_path))
    old, new = orphan(open_storage()), orphan(open_storage())
    os.utime(settings().media_dir / old[:2] / old, (0, 0))
    draft = settings().media_dir / new[:2] / f".{'0' * 16}.draft"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    with transaction():
        job_id = enqueue(sweep_files)
    run_attempt(app, jobs.claim())
    assert (jobs.row(job_id).state, jobs.row(job_id).result) == ("succeeded", {"deleted": 2})
    assert names(open_storage()) == {new}
    assert not draft.exists()
