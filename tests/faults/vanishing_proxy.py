"""A TCP proxy in front of a Unix socket that can lose everything that passes, as a network does that is cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

BACKLOG = 128


class VanishingProxy:
    """Forwards connections to `upstream`; while packets vanish, both ends stay connected and hear nothing."""

    def __init__(self, upstream: Path) -> None:
        self._upstream = upstream
        self._forwards = threading.Event()
        self._forwards.set()
        self._accepts = threading.Event()
        self._accepts.set()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept_all, daemon=True).start()

    @contextlib.contextmanager
    def vanishing(self) -> Iterator[None]:
        """Lose every byte in both directions, also those of new connections, which are still accepted."""
        self._forwards.clear()
        try:
            yield
        finally:
            self._forwards.set()

    @contextlib.contextmanager
    def accepting_none(self) -> Iterator[None]:
        """Lose every byte and accept no connection: a new one is not even refused."""
        self._accepts.clear()
        self._listener.listen(0)
        waiting: list[socket.socket] = []
        with self.vanishing(), contextlib.ExitStack() as opened:
            # The kernel accepts for us until the queue is full; one connection more tells that it is.
            with contextlib.suppress(TimeoutError):
                while len(waiting) < 100:
                    waiting.append(opened.enter_context(socket.socket()))
                    waiting[-1].settimeout(0.5)
                    waiting[-1].connect(("127.0.0.1", self.port))
            assert len(waiting) < 100, "the queue of connections is never full"
            try:
                yield
            finally:
                opened.close()
                self._listener.listen(BACKLOG)
                self._accepts.set()

    def close(self) -> None:
        """End all connections."""
        for each in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            each.close()

    def _accept_all(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self._accepts.wait()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._upstream))
                self._sockets += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65_536):
                if self._forwards.is_set():
                    target.sendall(chunk)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
