"""Delivery: what a real SMTP server gets, and what its answers mean for the job."""

import dataclasses
import stat
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from service.config import load_settings
from service.core.jobs.tasks import AttemptFailed, PermanentFailure
from service.core.mail.message import Recipient, build_message
from service.core.mail.templates import Content
from service.core.mail.transport import deliver
from tests.core.mail.smtp_server import (
    HOST,
    LOGIN,
    Mailbox,
    check_login,
    silent_server,
    smtp_server,
    tls_context,
)

ID = UUID("01a22786-3310-7137-8d61-f0667b81d6ea")
CONTENT = Content("Grüße", "Guten Tag\n\n.\nEnde\n", "<p>Guten Tag</p><p>.</p><p>Ende</p>")
ADA = Recipient("ada@example.org", "Ada Lovelace")


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def send(tmp_path):
    """Return a function that delivers a message with the given settings."""

    def deliver_with(port, recipient=ADA, host=HOST, **settings):
        plain = {"MAIL_TLS": "none", "MAIL_FROM": "The Blog <blog@example.com>", "VAR_DIR": str(tmp_path)}
        given = {**plain, "MAIL_HOST": host, "MAIL_PORT": str(port), **settings}
        loaded = load_settings("testing", {name: value for name, value in given.items() if value})
        deliver(build_message(CONTENT, recipient, ID, loaded), ID, loaded)

    return deliver_with


class TestDelivery:
    def test_arrives_as_it_was_sent(self, send, mailbox):
        with smtp_server(mailbox) as port:
            send(port)
        (message,), (envelope,) = mailbox.messages, mailbox.envelopes
        assert (envelope.mail_from, envelope.rcpt_tos) == ("blog@example.com", ["ada@example.org"])
        assert (message["From"], message["To"]) == (
            "The Blog <blog@example.com>",
            "Ada Lovelace <ada@example.org>",
        )
        assert message["Subject"] == "Grüße"
        text, html = message.iter_parts()
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        # Also the line that is a dot, which ends the text in SMTP.
        assert text.get_content().replace("\r\n", "\n") == CONTENT.text
        assert html.get_content().strip() == CONTENT.html

    @pytest.mark.parametrize("mode", ["starttls", "tls"])
    def test_encrypted(self, send, mailbox, tmp_path, mode):
        context, authority = tls_context(tmp_path)
        options = (
            {"tls_context": context, "require_starttls": True}
            if mode == "starttls"
            else {"ssl_context": context}
        )
        with smtp_server(mailbox, **options) as port:
            send(port, MAIL_TLS=mode, MAIL_CA_FILE=str(authority))
        (session,) = mailbox.sessions
        assert session.ssl is not None or mode == "tls"
        assert len(mailbox.messages) == 1

    @pytest.mark.parametrize("mode", ["starttls", "tls"])
    def test_not_to_a_server_with_an_unknown_certificate(self, send, mailbox, tmp_path, mode):
        context, _ = tls_context(tmp_path)
        options = {"tls_context": context} if mode == "starttls" else {"ssl_context": context}
        with (
            smtp_server(mailbox, **options) as port,
            pytest.raises(AttemptFailed, match="self-signed certificate"),
        ):
            send(port, MAIL_TLS=mode)
        assert mailbox.messages == []

    def test_not_to_a_server_of_another_name(self, send, mailbox, tmp_path):
        context, authority = tls_context(tmp_path, "mail.example.org")
        with (
            smtp_server(mailbox, tls_context=context) as port,
            pytest.raises(AttemptFailed, match="IP address mismatch"),
        ):
            send(port, MAIL_TLS="starttls", MAIL_CA_FILE=str(authority))

    def test_not_unencrypted_where_encryption_is_asked_for(self, send, mailbox):
        with (
            smtp_server(mailbox) as port,
            pytest.raises(AttemptFailed, match="does not offer STARTTLS: see MAIL_TLS"),
        ):
            send(port, MAIL_TLS="starttls")
        assert mailbox.messages == []

    @pytest.mark.parametrize(("password", "taken"), [(LOGIN[1].decode(), 1), ("wrong", 0)])
    def test_login(self, send, mailbox, tmp_path, password, taken):
        context, authority = tls_context(tmp_path)
        login = {"auth_required": True, "authenticator": check_login, "tls_context": context}
        settings = {
            "MAIL_TLS": "starttls",
            "MAIL_CA_FILE": str(authority),
            "MAIL_USERNAME": LOGIN[0].decode(),
            "MAIL_PASSWORD": password,
        }
        with smtp_server(mailbox, **login) as port:
            if taken:
                send(port, **settings)
            else:
                # Not for good: all mail would be lost by the time an administrator puts it right.
                with pytest.raises(AttemptFailed, match="refuses the log-in: 535") as raised:
                    send(port, **settings)
                assert not isinstance(raised.value, PermanentFailure)
                assert password not in str(raised.value)
        assert len(mailbox.messages) == taken


class TestAnswers:
    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_4xx_is_tried_again(self, send, mailbox, command):
        mailbox.answers[command] = ["451 4.7.1 Greylisted, please try again"]
        with smtp_server(mailbox) as port:
            with pytest.raises(
                AttemptFailed, match=r"again later: 451 4\.7\.1 Greylisted, please try"
            ) as raised:
                send(port)
            assert not isinstance(raised.value, PermanentFailure)
            send(port)
        assert len(mailbox.messages) == 1

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_5xx_is_for_good(self, send, mailbox, command):
        mailbox.answers[command] = ["550 5.1.1 <ada@example.org>: Recipient address rejected"]
        with smtp_server(mailbox) as port, pytest.raises(PermanentFailure) as raised:
            send(port)
        assert str(raised.value) == (
            "The mail server refuses the message: 550 5.1.1 (address): Recipient address rejected"
        )
        # A traceback would show the exception of smtplib, with addresses.
        assert raised.value.__suppress_context__

    def test_a_long_answer_is_cut(self, send, mailbox):
        mailbox.answers["RCPT"] = ["550 " + "no " * 400]
        with smtp_server(mailbox) as port, pytest.raises(PermanentFailure) as raised:
            send(port)
        assert len(str(raised.value)) < 600

    @pytest.mark.parametrize("first", [b"", b"220 hello\r\n"])
    def test_silence_has_an_end(self, send, first):
        with silent_server(first) as port, pytest.raises(AttemptFailed, match="did not answer within 1 s"):
            send(port, MAIL_TIMEOUT_S="1")

    @pytest.mark.parametrize("greeting", [b"554 no service\r\n", b"421 busy\r\n"])
    def test_a_server_that_serves_nobody_is_tried_again(self, send, greeting):
        with (
            silent_server(greeting) as port,
            pytest.raises(AttemptFailed, match=r"answers: (554|421)") as raised,
        ):
            send(port, MAIL_TIMEOUT_S="1")
        assert not isinstance(raised.value, PermanentFailure)

    def test_a_connection_that_is_lost_with_the_text_is_tried_again(self, send, mailbox):
        # The server may have taken it: the second one has the same Message-ID.
        mailbox.answers["DATA"] = ["close"]
        with smtp_server(mailbox) as port:
            with pytest.raises(AttemptFailed, match="closed the connection"):
                send(port)
            send(port)
        assert [message["Message-ID"] for message in mailbox.messages] == [f"<{ID}@example.com>"]

    def test_what_happens_after_the_message_is_taken_does_not_matter(self, send, mailbox):
        mailbox.answers["QUIT"] = ["close"]
        with smtp_server(mailbox) as port:
            send(port)
        assert len(mailbox.messages) == 1

    def test_no_server(self, send):
        with silent_server() as port:
            pass
        with pytest.raises(AttemptFailed, match="cannot be used: Connection refused"):
            send(port)

    def test_no_host(self, send):
        with pytest.raises(AttemptFailed, match="cannot be used: "):
            send(25, host="nowhere.invalid")


class TestUnicodeAddresses:
    UNICODE = Recipient("zoë@müller.example", "Zoë Müller")

    def test_are_sent_to_servers_that_take_them(self, send, mailbox):
        with smtp_server(mailbox, enable_SMTPUTF8=True) as port:
            send(port, self.UNICODE)
        assert mailbox.envelopes[0].rcpt_tos == ["zoë@xn--mller-kva.example"]
        assert mailbox.messages[0]["Subject"] == "Grüße"

    def test_are_refused_in_words_where_they_are_not_taken(self, send, mailbox):
        with (
            smtp_server(mailbox, enable_SMTPUTF8=False) as port,
            pytest.raises(PermanentFailure, match="SMTPUTF8"),
        ):
            send(port, self.UNICODE)

    def test_a_domain_alone_needs_no_such_server(self, send, mailbox):
        with smtp_server(mailbox, enable_SMTPUTF8=False) as port:
            send(port, dataclasses.replace(self.UNICODE, address="zoe@müller.example"))
        assert mailbox.envelopes[0].rcpt_tos == ["zoe@xn--mller-kva.example"]


class TestFiles:
    def test_a_repeated_attempt_writes_the_same_file(self, send, tmp_path):
        for _ in range(2):
            send(25, host="")
        (file,) = (tmp_path / "mail").iterdir()
        assert file.name == f"{ID}.eml"
        assert message_from_bytes(file.read_bytes(), policy=default)["Subject"] == "Grüße"

    def test_only_the_owner_reads_them(self, send, tmp_path):
        send(25, host="")
        modes = [
            stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "mail", tmp_path / f"mail/{ID}.eml")
        ]
        assert modes == [0o700, 0o600]

    def test_a_unicode_address_is_written_as_it_is(self, send, tmp_path):
        send(25, TestUnicodeAddresses.UNICODE, host="")
        assert "zoë@xn--mller-kva.example" in (tmp_path / f"mail/{ID}.eml").read_text("utf-8")
