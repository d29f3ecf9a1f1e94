"""`flask mail preview|send-test`."""

import dataclasses
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from service.config import settings
from tests.core.mail.smtp_server import HOST, Mailbox, smtp_server


@pytest.fixture
def run(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["mail", *arguments])


class TestPreview:
    def test_lists_the_mails(self, run):
        assert "test" in run("preview").output.splitlines()

    def test_shows_the_plain_part_with_the_subject(self, run):
        assert run("preview", "test").output.startswith("Test mail from Colophon\n\nColophon\nhttp")

    def test_shows_html(self, run):
        assert run("preview", "test", "--html").output.startswith("<!DOCTYPE html>")

    def test_writes_the_whole_message(self, run, tmp_path):
        assert (
            run("preview", "test", "--to", str(tmp_path / "a.eml")).output == f"Wrote {tmp_path / 'a.eml'}.\n"
        )
        message = message_from_bytes((tmp_path / "a.eml").read_bytes(), policy=default)
        assert (message["To"], message.get_content_type()) == (
            "Ada Lovelace <ada@example.org>",
            "multipart/alternative",
        )

    def test_of_an_unknown_mail_names_the_known(self, run):
        result = run("preview", "nothing")
        assert result.exit_code == 1
        assert result.output.startswith("Error: There is no mail nothing. There are: ")


class TestSendTest:
    def test_writes_a_file_without_a_server(self, run):
        result = run("send-test", "ada@example.org")
        assert result.exit_code == 0, result.output
        path = result.output.removeprefix("Wrote ").partition(";")[0]
        assert (
            message_from_bytes(Path(path).read_bytes(), policy=default)["Subject"]
            == "Test mail from Colophon"
        )

    @pytest.mark.parametrize(
        ("answers", "status", "said"),
        [
            ([], 0, f"{HOST} has taken the mail."),
            (["550 No"], 1, "Error: The mail server refuses the message: 550 No"),
        ],
    )
    def test_says_what_the_server_says(self, app, run, monkeypatch, answers, status, said):
        mailbox = Mailbox()
        mailbox.answers["RCPT"] = list(answers)
        with smtp_server(mailbox) as port:
            server = dataclasses.replace(settings(), mail_host=HOST, mail_port=port, mail_tls="none")
            monkeypatch.setitem(app.extensions, "settings", server)
            result = run("send-test", "ada@example.org")
        assert (result.exit_code, result.output.strip()) == (status, said)

    def test_refuses_what_is_no_address(self, run):
        result = run("send-test", "ada")
        assert (result.exit_code, result.output) == (1, "Error: Mail cannot be sent to this address.\n")
