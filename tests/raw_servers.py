"""Servers that answer with whatever bytes a test likes, also with TLS."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

Answer = Callable[[socket.socket, bytes], None]


class Server:
    """Accepts connections, reads a request of each, and lets `answer` do what it likes."""

    def __init__(self, listener: socket.socket, answer: Answer, context: ssl.SSLContext | None) -> None:
        self.port: int = listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self._listener = listener
        self._answer = answer
        self._context = context
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with (
                self._context.wrap_socket(connection, server_side=True)
                if self._context
                else connection as stream
            ):
                request = b""
                while not _is_whole(request) and (part := stream.recv(65_536)):
                    request += part
                self.requests.append(request)
                if _is_whole(request):  # or whoever sent it was killed in the middle
                    self._answer(stream, request)
        except OSError:
            pass


def _is_whole(request: bytes) -> bool:
    """Tell whether a request is there with its body: to close a connection before resets it."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


Serve = Callable[..., Server]


@contextmanager
def raw_servers() -> Iterator[Serve]:
    """Yield a function that starts a server, which answers with these bytes or by this function."""
    with ExitStack() as stack:

        def start(answer: Answer | bytes, context: ssl.SSLContext | None = None) -> Server:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            if isinstance(answer, bytes):
                return Server(listener, lambda stream, _request, sent=answer: stream.sendall(sent), context)
            return Server(listener, answer, context)

        yield start


def response(body: bytes = b"ok", *headers: str, status: str = "200 OK") -> bytes:
    """Return the bytes of a response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
