"""Connections to addresses that were checked, with one deadline for all that happens on them.

A name is resolved once, and all its answers are checked before one of them is connected to: the owner of the name could
change its answer between a check and a second resolution.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import httpcore

from service.core.outbound.addresses import IPNetwork, is_allowed_address, parse_address
from service.core.outbound.errors import (
    AddressRefused,
    ConnectFailed,
    FetchTimedOut,
    NameNotResolved,
    TlsFailed,
)

T = TypeVar("T")

# So that a slow reader is noticed within the deadline: a send returns when a part of it is taken.
_SEND_BYTES = 16_384


class Deadline:
    """An instant on the monotonic clock."""

    def __init__(self, timeout_s: float) -> None:
        self._at_s = time.monotonic() + timeout_s

    def remaining_s(self) -> float:
        """Return the time that is left; raise `FetchTimedOut` if there is none."""
        remaining_s = self._at_s - time.monotonic()
        if remaining_s <= 0:
            raise FetchTimedOut("The server did not answer in time.")
        return remaining_s


def resolve(host: str, port: int, deadline: Deadline) -> list[str]:
    """Return the addresses of a host, in the order of preference.

    Raise `NameNotResolved`; `FetchTimedOut`, since resolvers have time-outs of their own that are longer.
    """
    answers: list[str] = []
    errors: list[OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            errors.append(error)
        else:
            answers.extend(dict.fromkeys(str(address[0]) for *_, address in found))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.remaining_s())
    if thread.is_alive():
        raise FetchTimedOut("The name of the server was not resolved in time.")
    if not answers:
        raise NameNotResolved("The name of the server could not be resolved.") from next(iter(errors), None)
    return answers


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to allowed addresses only; with `allowed_networks` None to any."""

    def __init__(self, deadline: Deadline, allowed_networks: Sequence[IPNetwork] | None) -> None:
        self._deadline = deadline
        self._allowed_networks = allowed_networks

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,  # noqa: ARG002 - of the interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - of the interface
    ) -> httpcore.NetworkStream:
        """Resolve once, check every answer, and connect to the first that accepts."""
        addresses = resolve(host, port, self._deadline)
        if self._allowed_networks is not None:
            for address in addresses:
                if not is_allowed_address(parse_address(address), self._allowed_networks):
                    raise AddressRefused("The server has an address that is not public.")
        for address in addresses[:-1]:
            try:
                return self._connect(address, port)
            except ConnectFailed:
                continue
        return self._connect(addresses[-1], port)

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        try:
            # An address, not a name: nothing is resolved again.
            connection = socket.create_connection((address, port), self._deadline.remaining_s())
        except TimeoutError:
            raise FetchTimedOut("The server did not accept the connection in time.") from None
        except OSError as error:
            raise ConnectFailed(f"No connection could be made: {error.strerror or error}.") from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return DeadlineStream(connection, self._deadline)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose reads and writes together end by the deadline, however small the steps in which they come."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        """Return the next bytes; none at the end."""
        return self._within_deadline(partial(self._connection.recv, max_bytes))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the same
        """Send all of it."""
        rest = memoryview(buffer)
        while rest:
            sent = self._within_deadline(partial(self._connection.send, rest[:_SEND_BYTES]))
            rest = rest[sent:]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.NetworkStream:
        """Encrypt the connection; the certificate must be valid for `server_hostname`."""
        try:
            encrypted = self._within_deadline(
                partial(ssl_context.wrap_socket, self._connection, server_hostname=server_hostname)
            )
        except BaseException:
            self.close()
            raise
        return DeadlineStream(encrypted, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for: the socket's address, or whether it has been closed."""
        return self._connection.getpeername() if info == "server_addr" else None

    def _within_deadline(self, operation: Callable[[], T]) -> T:
        self._connection.settimeout(self._deadline.remaining_s())
        try:
            return operation()
        except TimeoutError:
            raise FetchTimedOut("The server did not answer in time.") from None
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", None) or error.reason or "unknown"
            raise TlsFailed(f"No secure connection could be made: {reason}.") from error
        except OSError as error:
            raise ConnectFailed(f"The connection broke off: {error.strerror or error}.") from error
