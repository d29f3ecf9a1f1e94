"""Reading of stored mails: what was written comes back, and whatever else is in the directory harms nobody."""

import os
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config import load_settings
from service.core.mail import files
from service.core.mail.files import FILE_MAX_BYTES, HEADER_MAX, read_mail, read_mails, stored_mail_ids
from service.core.mail.message import Recipient
from service.core.mail.sending import message_of, render_mail
from service.core.mail.templates import declared_mails
from service.core.mail.transport import write_message
from service.models.base import utcnow
from service.models.ids import uuid7

SETTINGS = load_settings("testing", {"MAIL_FROM": "The Blog <blog@example.com>"})
ID = UUID("01a22786-3310-7137-8d61-f0667b81d6ea")
PIECES = (
    *(b"Subject: ", b"To: ", b"Date: ", b"Content-Type: ", b"multipart/mixed; boundary=a", b"\n--a\n"),
    *(
        b"text/html; charset=",
        b"utf-8",
        b"\n",
        b"\n\n",
        b"\r\n",
        b"=?utf-8?q?",
        b"?=",
        b"<a@b>",
        b",",
        b'"',
        b";",
    ),
    *(b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"message/rfc822"),
)


def write(directory, recipient=None, mail_id=None, template="test"):
    """Write an example of a mail as the worker does; return its id."""
    mail_id = mail_id or uuid7()
    which = declared_mails()[template]
    recipient = recipient or Recipient("ada@example.org")
    rendered = render_mail(which, recipient, which.example, SETTINGS)
    write_message(message_of(rendered, mail_id, SETTINGS), mail_id, directory)
    return mail_id


def read(directory, content):
    """Return what is read from a file with this content."""
    (directory / f"{ID}.eml").write_bytes(content)
    return read_mail(directory, ID)


class TestWhatWasWritten:
    def test_comes_back(self, tmp_path):
        mail = read_mail(tmp_path, write(tmp_path, Recipient("ada@müller.example", "Zoë Müller")))
        assert (mail.template, mail.subject) == ("test", "Test mail from The Blog")
        assert mail.to == "Zoë Müller <ada@xn--mller-kva.example>"
        assert abs((mail.written_at - utcnow()).total_seconds()) < 60
        assert mail.text.startswith("The Blog\nhttp")
        assert "\r" not in mail.text
        assert mail.html.startswith("<!DOCTYPE html>")

    def test_with_all_headers(self, tmp_path):
        mail = read_mail(tmp_path, write(tmp_path))
        headers = {header.name: header.value for header in mail.headers}
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["From"] == "The Blog <blog@example.com>"
        assert headers["Subject"] == mail.subject

    def test_its_etag_is_that_of_its_content(self, tmp_path):
        first, second = read(tmp_path, b"Subject: a\n\nb"), read(tmp_path, b"Subject: a\n\nc")
        assert first.etag != second.etag
        assert second.etag == read_mail(tmp_path, ID).etag


class TestList:
    def test_newest_first(self, tmp_path):
        written = [write(tmp_path) for _ in range(3)]
        assert stored_mail_ids(tmp_path) == written[::-1]

    def test_without_a_directory_is_empty(self, tmp_path):
        assert stored_mail_ids(tmp_path / "none") == []

    def test_ends_with_the_newest(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "LISTED", 2)
        written = [write(tmp_path) for _ in range(3)]
        assert stored_mail_ids(tmp_path) == [written[2], written[1]]

    def test_has_nothing_else_in_the_directory(self, tmp_path):
        mail_id = write(tmp_path)
        secret = tmp_path / "secret.txt"
        secret.write_text("Subject: secret\n\n")
        (tmp_path / f"{uuid4()}.partial").write_text("Subject: half\n\n")
        (tmp_path / f"{str(uuid4()).upper()}.eml").write_text("Subject: shouted\n\n")
        (tmp_path / "notes.eml").write_text("Subject: notes\n\n")
        (tmp_path / f"{uuid4()}.eml").mkdir()
        (tmp_path / f"{uuid4()}.eml").symlink_to(secret)
        os.mkfifo(tmp_path / f"{uuid4()}.eml")
        assert stored_mail_ids(tmp_path) == [mail_id]

    def test_goes_on_after_a_file_that_cannot_be_read(self, tmp_path):
        first, last, gone = write(tmp_path), write(tmp_path), uuid7()
        assert [mail.id for mail in read_mails(tmp_path, [first, gone, last])] == [first, last]


class TestForeignFiles:
    @pytest.mark.parametrize("kind", ["missing", "directory", "link", "fifo"])
    def test_that_are_no_files(self, tmp_path, kind):
        path = tmp_path / f"{ID}.eml"
        if kind == "directory":
            path.mkdir()
        if kind == "link":
            (tmp_path / "secret.txt").write_text("Subject: secret\n\n")
            path.symlink_to(tmp_path / "secret.txt")
        if kind == "fifo":
            os.mkfifo(path)
        assert read_mail(tmp_path, ID) is None

    def test_that_are_too_large(self, tmp_path):
        beginning = b"Subject: a\n\n"
        assert read(tmp_path, beginning.ljust(FILE_MAX_BYTES, b"x")) is not None
        assert read(tmp_path, beginning.ljust(FILE_MAX_BYTES + 1, b"x")) is None

    def test_without_headers(self, tmp_path):
        mail = read(tmp_path, b"\nJust text.")
        assert (mail.template, mail.subject, mail.to, mail.text) == (None, "", "", "Just text.")
        assert abs((mail.written_at - utcnow()).total_seconds()) < 3600
        assert mail.html is None

    @pytest.mark.parametrize(
        ("date", "expected"),
        [
            (b"Sun, 29 Nov 2026 14:00:00 +0100", datetime(2026, 11, 29, 13, tzinfo=UTC)),
            (b"Sun, 29 Nov 2026 14:00:00 -0000", datetime(2026, 11, 29, 14, tzinfo=UTC)),
            (b"yesterday", None),
            (b"Sun, 29 Nov 99999 14:00:00 +0000", None),
        ],
    )
    def test_their_date(self, tmp_path, date, expected):
        mail = read(tmp_path, b"Date: " + date + b"\n\n")
        modified = datetime.fromtimestamp((tmp_path / f"{ID}.eml").stat().st_mtime, UTC)
        assert mail.written_at == (expected or modified)

    def test_an_unknown_charset(self, tmp_path):
        assert read(tmp_path, b"Content-Type: text/plain; charset=klingon\n\nHi \xc3\xa9").text == "Hi é"

    def test_a_long_subject_is_cut(self, tmp_path):
        assert len(read(tmp_path, b"Subject: " + b"x" * 5000 + b"\n\n").subject) == HEADER_MAX

    @given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(PIECES)), max_size=25))
    def test_whatever_they_hold(self, tmp_path_factory, pieces):
        mail = read(tmp_path_factory.getbasetemp(), b"".join(pieces))
        if mail is not None:
            shown = [mail.subject, mail.to, mail.text or "", mail.html or ""]
            shown += [text for header in mail.headers for text in (header.name, header.value)]
            for text in shown:
                text.encode()
                assert "\x00" not in text
