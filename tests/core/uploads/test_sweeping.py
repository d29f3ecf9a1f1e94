"""What nobody refers to is deleted, and nothing else."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from service.config import settings
from service.core.database import transaction
from service.core.jobs.queue import enqueue
from service.core.jobs.runner import run_attempt
from service.core.uploads import sweeping
from service.core.uploads.sweeping import UNCLAIMED_S, delete_unclaimed, sweep_uploads, upload_columns
from service.extensions import db
from service.models.uploads import UploadId
from tests.conftest import settings_on

OLD_S = UNCLAIMED_S + 60
A, B = "a" * 32, "b" * 32


@pytest.fixture
def upload_dir(app, database_url, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", settings_on(database_url, tmp_path))
    folder = settings().upload_dir
    folder.mkdir()
    return folder


@pytest.fixture
def archives(app, monkeypatch):
    """Return a table whose rows refer to uploads."""
    table = Table("archives", MetaData(), Column("id", Integer, primary_key=True), Column("file", UploadId))
    table.create(db.engine)
    monkeypatch.setattr(sweeping, "upload_columns", lambda _metadata: [table.c.file])
    yield table
    db.session.remove()
    table.drop(db.engine)


def write(folder, name, age_s=OLD_S):
    path = folder / name
    path.write_bytes(b"content")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def left(folder):
    return sorted(path.name for path in folder.iterdir())


class TestDeleteUnclaimed:
    def test_deletes_what_was_to_replace_an_upload(self, upload_dir, archives):
        for name in (f"{A}.part.0a1b2c3d.draft", f"{A}.0a1b2c3d.draft"):
            write(upload_dir, name)
        write(upload_dir, "notes.draft")
        with transaction():
            assert delete_unclaimed(UNCLAIMED_S) == 2
        assert left(upload_dir) == ["notes.draft"]

    def test_deletes_what_no_row_refers_to(self, upload_dir, archives):
        write(upload_dir, A)
        write(upload_dir, B)
        with transaction():
            db.session.execute(archives.insert().values(file=A))
            db.session.execute(archives.insert().values(file=None))
        assert delete_unclaimed(UNCLAIMED_S) == 1
        assert left(upload_dir) == [A]

    def test_deletes_what_a_killed_process_was_receiving(self, upload_dir, archives):
        write(upload_dir, f"{A}.part")
        assert delete_unclaimed(UNCLAIMED_S) == 1
        assert left(upload_dir) == []

    def test_leaves_what_is_being_received_or_has_just_arrived(self, upload_dir, archives):
        write(upload_dir, f"{A}.part", age_s=UNCLAIMED_S - 60)
        write(upload_dir, B, age_s=UNCLAIMED_S - 60)
        assert delete_unclaimed(UNCLAIMED_S) == 0

    def test_leaves_files_that_are_not_ours(self, upload_dir, archives):
        for name in ("notes.txt", "A" * 32, f"{A}.zip", "a" * 33):
            write(upload_dir, name)
        (upload_dir / B).mkdir()
        os.utime(upload_dir / B, (time.time() - OLD_S,) * 2)
        assert delete_unclaimed(UNCLAIMED_S) == 0
        assert len(left(upload_dir)) == 5

    def test_looks_at_more_than_one_batch(self, upload_dir, archives, monkeypatch):
        monkeypatch.setattr(sweeping, "BATCH_SIZE", 2)
        for number in range(5):
            write(upload_dir, f"{number:032x}")
        assert delete_unclaimed(UNCLAIMED_S) == 5

    def test_without_a_folder_there_is_nothing_to_do(self, upload_dir, archives):
        upload_dir.rmdir()
        assert delete_unclaimed(UNCLAIMED_S) == 0


def test_columns_are_found_by_their_type():
    """So no feature can forget to tell of its uploads."""
    metadata = MetaData()
    Table("archives", metadata, Column("id", Integer, primary_key=True), Column("file", UploadId))
    Table("pictures", metadata, Column("original", UploadId), Column("name", String(32)))
    assert {str(column) for column in upload_columns(metadata)} == {"archives.file", "pictures.original"}


def test_is_a_periodic_task_that_tells_how_many(app, jobs, upload_dir, archives):
    write(upload_dir, A)
    with transaction():
        job_id = enqueue(sweep_uploads)
    run_attempt(app, jobs.claim())
    assert (jobs.row(job_id).state, jobs.row(job_id).result) == ("succeeded", {"deleted": 1})
    assert left(upload_dir) == []
    assert sweep_uploads.every_s <= UNCLAIMED_S
