"""Files that come with a request: kept with its transaction, and otherwise gone."""

from __future__ import annotations

import errno
import io
import resource
from contextlib import suppress

import pytest
from sqlalchemy import text
from werkzeug.datastructures import FileStorage

from service.config import settings
from service.core.database import transaction
from service.core.uploads import discard_upload, file_name, keep_upload, upload_path
from service.core.uploads.files import IncomingFile, InsufficientStorage
from service.extensions import db


@pytest.fixture
def upload_dir(app):
    folder = settings().upload_dir
    yield folder
    for path in folder.iterdir():
        path.unlink()


@pytest.fixture
def incoming(upload_dir):
    """Return a function that makes the file of a form as the parser leaves it; the request ends with the test."""
    files = []

    def receive(content=b"hello"):
        file = IncomingFile(upload_dir)
        file.write(content)
        file.seek(0)
        files.append(FileStorage(file, "a.zip"))
        return files[-1]

    yield receive
    for file in files:
        file.close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestKeepUpload:
    def test_the_file_outlives_the_request_once_the_transaction_is_committed(self, upload_dir, incoming):
        file = incoming(b"content")
        with transaction():
            upload_id = keep_upload(file)
            assert file.read() == b"content"  # it can still be looked at
        file.close()
        assert names(upload_dir) == [upload_id]
        assert upload_path(upload_id).read_bytes() == b"content"

    def test_a_file_that_is_not_kept_is_gone_with_its_request(self, upload_dir, incoming):
        file = incoming()
        assert len(names(upload_dir)) == 1
        file.close()
        assert names(upload_dir) == []

    def test_is_gone_when_the_transaction_is_rolled_back(self, upload_dir, incoming):
        file = incoming()
        with suppress(LookupError), transaction():
            db.session.execute(text("SELECT 1"))
            keep_upload(file)
            raise LookupError
        # What is committed next on this connection is another matter.
        with transaction():
            db.session.execute(text("SELECT 1"))
        file.close()
        assert names(upload_dir) == []

    def test_a_savepoint_is_no_commit(self, upload_dir, incoming):
        file = incoming()
        with suppress(LookupError), transaction():
            with db.session.begin_nested():
                keep_upload(file)
                db.session.execute(text("SELECT 1"))
            raise LookupError
        file.close()
        assert names(upload_dir) == []

    def test_the_bytes_are_on_the_disk_before_the_name(self, upload_dir, incoming, monkeypatch):
        steps = []
        monkeypatch.setattr("os.fsync", lambda _descriptor: steps.append(names(upload_dir)))
        file = incoming()
        before = names(upload_dir)
        with transaction():
            upload_id = keep_upload(file)
        file.close()
        assert steps == [before, [upload_id]]

    def test_keeping_copies_nothing(self, upload_dir, incoming):
        file = incoming()
        inode = file.stream.path.stat().st_ino
        with transaction():
            upload_id = keep_upload(file)
        assert upload_path(upload_id).stat().st_ino == inode

    def test_names_cannot_be_guessed(self, upload_dir, incoming):
        with transaction():
            ids = {keep_upload(incoming()) for _ in range(3)}
        assert {len(upload_id) for upload_id in ids} == {32}
        assert len(ids) == 3

    def test_only_files_of_the_request_can_be_kept_and_once(self, upload_dir, incoming):
        with pytest.raises(TypeError):
            keep_upload(FileStorage(io.BytesIO(b"hello"), "a.zip"))
        file = incoming()
        with transaction():
            keep_upload(file)
            with pytest.raises(TypeError):
                keep_upload(file)


class TestDiscardUpload:
    @pytest.fixture
    def upload_id(self, incoming):
        with transaction():
            return keep_upload(incoming())

    def test_deletes_the_file_with_the_commit(self, upload_dir, upload_id):
        with transaction():
            discard_upload(upload_id)
            assert names(upload_dir) == [upload_id]
        assert names(upload_dir) == []

    def test_does_nothing_if_the_transaction_is_rolled_back(self, upload_dir, upload_id):
        with suppress(LookupError), transaction():
            db.session.execute(text("SELECT 1"))
            discard_upload(upload_id)
            raise LookupError
        with transaction():
            db.session.execute(text("SELECT 1"))
        assert names(upload_dir) == [upload_id]

    def test_of_what_is_gone_is_no_error(self, upload_dir):
        with transaction():
            discard_upload("0" * 32)


@pytest.mark.parametrize(
    "upload_id", ["", "../../etc/passwd", "0" * 31, "0" * 32 + "\n", "0" * 31 + "G", "0" * 33]
)
def test_path_is_of_ids_only(app, upload_id):
    with pytest.raises(ValueError, match="not the id"):
        upload_path(upload_id)


class TestFullDisk:
    def test_the_system_refuses_and_nothing_is_left(self, upload_dir):
        file = IncomingFile(upload_dir)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            with pytest.raises(InsufficientStorage):
                file.write(b"x" * 150_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert file.path.stat().st_size == 100_000
        file.close()
        assert names(upload_dir) == []

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_may_show_only_when_the_bytes_reach_the_disk(self, upload_dir, incoming, monkeypatch, number):
        def full(_descriptor):
            raise OSError(number, "full")

        file = incoming()
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(InsufficientStorage), transaction():
            keep_upload(file)
        file.close()
        assert names(upload_dir) == []

    def test_other_errors_are_errors_of_the_server(self, upload_dir, incoming, monkeypatch):
        def broken(_descriptor):
            raise OSError(errno.EIO, "broken")

        monkeypatch.setattr("os.fsync", broken)
        with pytest.raises(OSError, match="broken"), transaction():
            keep_upload(incoming())


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("blog.zip", "blog.zip"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ada\blog.zip", "blog.zip"),
        ("a\u202egpj.zip", "agpj.zip"),
        ("line\r\nbreak\x00.zip", "linebreak.zip"),
        ("n" * 4000, "n" * 255),
        ("Größe 日本.zip", "Größe 日本.zip"),
        ("", "file"),
        (None, "file"),
        ("\u200b/\x07", "file"),
        ("  ", "file"),
    ],
    ids=ascii,
)
def test_name_to_show(sent, shown):
    assert file_name(FileStorage(io.BytesIO(), sent)) == shown
