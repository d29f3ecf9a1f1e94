"""A receiver of webhooks, on a real socket: it records messages, and answers as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from service.contract.checks.messages import MessageChecker
from tests.coverage.observed import OBSERVED


class Message(NamedTuple):
    """A message as it arrived; the names of its headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    def check(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the message; raise `ContractViolation` unless it is one of the webhooks of the document."""
        message: dict[str, Any] = json.loads(self.body)
        OBSERVED.add_message(MessageChecker(document).check(message["type"], self.body, self.headers))
        return message


class Receiver:
    """What was received so far, and the status of the next responses."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 204
        # Responses wait while it is not set.
        self.may_respond = threading.Event()
        self.may_respond.set()
        self.url = ""


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """Receive webhooks at `url` until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.messages.append(Message(self.path, headers, body))
            receiver.may_respond.wait(60)
            self.send_response(receiver.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks/revalidate"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.may_respond.set()
        server.shutdown()
        server.server_close()
