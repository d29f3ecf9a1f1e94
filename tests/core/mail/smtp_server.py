"""SMTP servers for tests: a real one (aiosmtpd) that can refuse, and one that stops talking."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers import free_port, self_signed

# It logs what the service must not: addresses.
logging.getLogger("mail.log").setLevel(logging.WARNING)

HOST = "127.0.0.1"
LOGIN = (b"blog", b"a secret of the blog")


class Mailbox:
    """What an SMTP server has taken, and its answers instead: `answers["RCPT"]` is a list, an answer for each time."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, list[str]] = {}

    def _answer(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._answer("MAIL"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._answer("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if answer := self._answer("DATA"):
            if answer == "close":
                assert server.transport is not None
                server.transport.close()
            return answer
        self.sessions.append(session)
        self.envelopes.append(envelope)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:
        if self._answer("QUIT"):
            assert server.transport is not None
            server.transport.close()
        return "221 Bye"


@contextmanager
def smtp_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run an SMTP server on a free port; yield the port."""
    controller = Controller(mailbox, hostname=HOST, port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def tls_context(folder: Path, host: str = HOST) -> tuple[ssl.SSLContext, Path]:
    """Return the TLS of a server for `host`, and the file with its certificate, which is its own authority."""
    certificate, key = self_signed(folder, host)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, certificate


def check_login(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    """Let in who has `LOGIN`."""
    return AuthResult(success=(data.login, data.password) == LOGIN, handled=False)


@contextmanager
def silent_server(first: bytes = b"") -> Iterator[int]:
    """Run a server that says `first` to each client, and no more; yield the port."""
    done = threading.Event()
    kept = []
    with socket.create_server((HOST, free_port())) as listener:
        listener.settimeout(0.1)

        def accept() -> None:
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                kept.append(connection)
                connection.sendall(first)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            thread.join()
            for connection in kept:
                connection.close()
