"""gunicorn settings for production and `make run`; nothing else knows the server.

`HOST`, `PORT`, `WEB_CONCURRENCY` (processes) and `WEB_THREADS` (threads of each that can wait for the database) come
from the environment. Responses that gunicorn sends by itself, because the request could not be parsed (a bad request
line, a header that is too long), are problem documents like those of the application.
"""

import contextlib
import logging
import os
import queue
import selectors
import socket
import sys
import threading
import time
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import gunicorn.http.wsgi
import gunicorn.util
from click import ClickException
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import InvalidHeader, ParseException
from gunicorn.workers.gthread import ThreadWorker

# status -> (code, title, detail). The detail says what to change and never repeats what was sent.
PROBLEMS_BY_STATUS = {
    400: ("BAD_REQUEST", "Bad Request", "The request is not valid HTTP/1.1."),
    403: ("FORBIDDEN", "Forbidden", "The connection is not accepted."),
    414: ("URI_TOO_LONG", "URI Too Long", "The request line is longer than 8190 bytes."),
    417: ("EXPECTATION_FAILED", "Expectation Failed", "Only the expectation 100-continue is supported."),
    431: (
        "REQUEST_HEADER_FIELDS_TOO_LARGE",
        "Request Header Fields Too Large",
        "There are more than 100 header fields, or one is longer than 8190 bytes.",
    ),
    500: ("INTERNAL_SERVER_ERROR", "Internal Server Error", "Something went wrong on our side."),
    501: ("NOT_IMPLEMENTED", "Not Implemented", "Only the transfer coding chunked is supported."),
}

# What is read of a body that the application has not read, after the response: a connection that is closed with unread
# bytes is reset, and then the client, or nginx, may never see the response. A thread reads what comes without a pause,
# so that the connection can be kept; the rest is read beside the threads, and then the connection is closed.
DRAIN_MAX_BYTES = 32 * 1024 * 1024
DRAIN_TIMEOUT_S = 0.5
DRAIN_PAUSE_S = 0.05
DRAIN_READ_BYTES = 1024 * 1024  # at most at once: many small reads would take turns with the other threads
LINGERING_TIMEOUT_S = 5.0
LINGERING_CONNECTIONS = 500

# The longest pause within a body, as in deploy/nginx.conf, and the lowest speed that the waiting may add up to.
BODY_PAUSE_S = 10
BODY_MIN_BYTES_PER_S = 8 * 1024
# Twice what a form is parsed by: of the megabyte that gunicorn reads at a time, each piece would copy the rest.
BODY_READ_BYTES = 128 * 1024

log = logging.getLogger("gunicorn.error")


class OncePerStart:
    """Lets one of the workers do what must happen once: `claim()` is true for the first caller only.

    The workers share nothing but file descriptors, so it is one byte in a pipe that they inherit.
    """

    def __init__(self) -> None:
        self._read_end, write_end = os.pipe()
        os.write(write_end, b"!")
        os.close(write_end)

    def claim(self) -> bool:
        """Tell whether the caller is the first, over all workers."""
        return bool(os.read(self._read_end, 1))


REPORT_FAILURE = OncePerStart()
ANNOUNCE = OncePerStart()


def has_address(record: logging.LogRecord) -> bool:
    """Drop gunicorn's own "Listening at:" line: it comes before any worker answers, and without an address.

    With `reuse_port` the sockets belong to the workers; `Worker` logs the line when the first one accepts.
    """
    return record.msg != "Listening at: %s (%s)" or bool(record.args and record.args[0])


def write_problem(client: socket.socket, status: int, reason: str, message: str) -> None:
    """Send a problem document; replaces `gunicorn.util.write_error`, which sends HTML.

    `reason` and `message` are gunicorn's. The message quotes the client's bytes, so it is only logged, with the
    request id that the client gets.
    """
    # Imported late: workers inherit the modules of the master, and would keep its old code after a reload.
    from service.contract.problems import PROBLEM_JSON, problem_body  # noqa: PLC0415

    code, title, detail = PROBLEMS_BY_STATUS.get(status, PROBLEMS_BY_STATUS[400 if status < 500 else 500])
    request_id = str(uuid.uuid4())
    log.info("Sent %d before the application: request_id=%s %s %r", status, request_id, reason, message)
    body = problem_body(status, code, title, detail)
    head = (
        f"HTTP/1.1 {status} {title if status in PROBLEMS_BY_STATUS else HTTPStatus(status).phrase}\r\n"
        f"Date: {gunicorn.util.http_date()}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {PROBLEM_JSON}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-ID: {request_id}\r\n"
        "\r\n"
    )
    gunicorn.util.write_nonblock(client, head.encode("ascii") + body)


class BodyReader(Protocol):
    """The interface of gunicorn's body readers."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end."""


class StrictBodyReader:
    """A body reader that raises `OSError` for broken framing, which Werkzeug turns into a 400.

    gunicorn raises its own exceptions from `wsgi.input`, which would end as a 500 of the application. And it waits for
    ever: a client that pauses for `BODY_PAUSE_S`, or sends a few bytes before each pause, would keep a thread.
    """

    def __init__(self, request: Any, reader: BodyReader) -> None:
        self._request = request
        self._reader = reader

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; raise OSError for a bad chunk or trailer, TimeoutError if they do not come."""
        try:
            return self._reader.read(size)
        except ParseException as error:
            self._request.force_close()  # the start of the next request is unknown
            raise OSError(str(error)) from error
        except TimeoutError:
            self._request.force_close()
            raise


class PatientSocket:
    """What a body is read from: `recv` raises TimeoutError for a pause that is too long, or too many of them."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._bytes = 0
        self._waited_s = 0.0

    def recv(self, size: int) -> bytes:
        """Return what has arrived, at most `size` bytes."""
        begun_s = time.monotonic()
        patience_s = BODY_PAUSE_S + self._bytes / BODY_MIN_BYTES_PER_S - self._waited_s
        if patience_s <= 0:
            raise TimeoutError
        self._connection.settimeout(min(BODY_PAUSE_S, patience_s))
        try:
            chunk = self._connection.recv(size)
        finally:
            self._connection.settimeout(None)
        self._waited_s += time.monotonic() - begun_s
        self._bytes += len(chunk)
        return chunk


class LingeringConnections:
    """Closes connections once the client has closed its side, or has had the time to read the response.

    What still arrives is read and dropped, by one thread for all connections: gunicorn would do so in the loop that
    accepts connections, for up to two seconds each.
    """

    def __init__(self) -> None:
        self._wake, self._woken = socket.socketpair()
        self._taken: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._ends: dict[
            socket.socket, tuple[float, int]
        ] = {}  # at which time, after how many bytes; oldest first
        self._number = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="lingering", daemon=True).start()

    def take(self, connection: socket.socket, **_of_gunicorn: Any) -> None:
        """Close `connection` when it is time; replaces `gunicorn.util.close_graceful`."""
        try:
            connection.shutdown(socket.SHUT_WR)  # the client sees the end of the response at once
            connection.setblocking(False)
        except OSError:
            connection.close()
            return
        with self._changed:
            self._number += 1
        self._taken.put(connection)
        self._wake.send(b"!")

    def finish(self) -> None:
        """Wait until all connections are closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._number == 0, LINGERING_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select(self._left_s()):
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                else:
                    self._read(key.fileobj)  # type: ignore[arg-type]
            while not self._taken.empty():
                self._add(self._taken.get())
            while self._ends and (self._left_s() == 0 or len(self._ends) > LINGERING_CONNECTIONS):
                self._close(next(iter(self._ends)))

    def _left_s(self) -> float | None:
        for ends_at_s, _ in self._ends.values():
            return max(ends_at_s - time.monotonic(), 0)
        return None

    def _add(self, connection: socket.socket) -> None:
        self._ends[connection] = (time.monotonic() + LINGERING_TIMEOUT_S, DRAIN_MAX_BYTES)
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        ends_at_s, bytes_left = self._ends[connection]
        try:
            read = len(connection.recv(DRAIN_READ_BYTES))
        except BlockingIOError:
            return
        except OSError:
            read = 0
        if not read or read >= bytes_left:
            self._close(connection)
        else:
            self._ends[connection] = (ends_at_s, bytes_left - read)

    def _close(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._ends[connection]
        connection.close()
        with self._changed:
            self._number -= 1
            self._changed.notify_all()


class Worker(ThreadWorker):
    """The gthread worker with stricter HTTP parsing (RFC 9112) and a graceful stop that resets no connection."""

    def load_wsgi(self) -> None:
        """Create the application; configuration errors are logged as messages, without a traceback."""
        try:
            super().load_wsgi()
        except ClickException as error:
            self._stop_server(error.format_message())

    def init_process(self) -> None:
        """Start what belongs to this process, and not to the master."""
        self.lingering = LingeringConnections()
        gunicorn.util.close_graceful = self.lingering.take
        super().init_process()

    def run(self) -> None:
        """Serve until the worker is told to stop, and then until its last response has arrived."""
        super().run()
        self.lingering.finish()

    def _stop_server(self, message: str) -> None:
        """Log the error and stop gunicorn, which would otherwise restart workers for ever.

        Only one worker exits with the error status: a second one, while gunicorn is stopping, crashes its arbiter.
        """
        if REPORT_FAILURE.claim():
            self.log.error("%s", message)
            sys.exit(Arbiter.APP_LOAD_ERROR)
        deadline = time.monotonic() + 10
        while self.alive and time.monotonic() < deadline:  # until gunicorn tells it to stop
            time.sleep(0.05)
        sys.exit(0)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Announce the address once connections are accepted; when stopping, drain and close the socket at once.

        gunicorn leaves the socket open until the last request is done: with `reuse_port` the kernel goes on giving it
        connections, which nobody accepts and which are reset in the end.
        """
        super().set_accept_enabled(enabled)
        if enabled and ANNOUNCE.claim():
            addresses = self.cfg.settings["bind"].get()
            self.log.info("Listening at: %s", ", ".join(f"http://{address}" for address in addresses))
        if enabled or self.alive:
            return
        for listener in self.sockets:
            accepted = -1
            while accepted != self.nr_conns:
                accepted = self.nr_conns
                self.accept(listener)
            listener.close()
        self.sockets = []
        self.wsgi.extensions["stopping"].set()

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Reject HTTP/1.1 requests without `Host` (section 3.2); report broken body framing as a 400.

        The rest of the body is drained after the response, so that the connection can be kept: see `DRAIN_MAX_BYTES`.
        """
        if req.version >= (1, 1) and not any(name == "HOST" for name, _ in req.headers):
            raise InvalidHeader("HOST", req=req)
        req.body.reader = StrictBodyReader(req, req.body.reader)
        req.unreader.sock = PatientSocket(conn.sock)
        req.unreader.max_body_chunk = BODY_READ_BYTES
        try:
            keep_alive = super().handle_request(req, conn)
        finally:
            req.unreader.sock = conn.sock
        with contextlib.suppress(OSError):  # the client has gone, pauses, or framed the rest badly
            return keep_alive and drain(req, conn.sock)
        return False


class DrainSocket:
    """What a drain reads from: a socket that fails when it has given `DRAIN_MAX_BYTES`, or keeps the thread waiting."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._bytes_left = DRAIN_MAX_BYTES
        self._deadline = time.monotonic() + DRAIN_TIMEOUT_S

    def recv(self, size: int) -> bytes:
        """Return what has arrived, at most `size` bytes; raise TimeoutError once a limit is reached."""
        remaining_s = self._deadline - time.monotonic()
        if self._bytes_left <= 0 or remaining_s <= 0:
            raise TimeoutError
        self._connection.settimeout(min(remaining_s, DRAIN_PAUSE_S))
        chunk = self._connection.recv(size)
        self._bytes_left -= len(chunk)
        return chunk


def drain(request: Any, connection: socket.socket) -> bool:
    """Read what the application has not read of a body; return True. Raise OSError if it does not end in time."""
    unreader = request.unreader
    unreader.sock = DrainSocket(connection)
    try:
        while request.body.read(DRAIN_READ_BYTES):
            pass
    finally:
        unreader.sock = connection
    connection.settimeout(None)
    return True


def on_starting(server: Any) -> None:
    """Exit if the address is in use: `reuse_port` would silently share it with the other server."""
    if server.master_pid:  # an upgrade in place (SIGUSR2) shares the address with its predecessor on purpose
        return
    for address in server.cfg.address:
        if isinstance(address, str):  # a Unix socket
            continue
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                sys.exit(f"Cannot listen on {address[0]}:{address[1]}: {error.strerror}. Set HOST or PORT.")


def _address(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


gunicorn.util.write_error = write_problem
gunicorn.http.wsgi.SERVER = "colophon"  # not gunicorn's name and version
log.filters = [has_address]  # replaced, not added: a reload (SIGHUP) runs this file again

wsgi_app = "wsgi:app"
bind = _address(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Two more than may wait for the database (service/core/database_waits.py): liveness is answered while it is silent.
# And two for streams of events (service/jobs/streams.py), and four for uploads (service/core/uploads/receiving.py), so
# that these take none of the others.
threads = int(os.environ.get("WEB_THREADS") or 8) + 2 + 2 + 4
worker_class = Worker

# One listening socket per worker: with a shared one, keep-alive connections pile up on one worker.
# Hence no max_requests either: a recycled worker resets the connections waiting in its socket.
reuse_port = True

# The application is created in each worker, after the fork: database connections, locks and threads do not
# survive one, and a reload (SIGHUP) loads the new code.
preload_app = False

timeout = 30  # s without a heartbeat until a worker is killed and replaced
graceful_timeout = 25  # s for running requests when stopped; below the 30 s that orchestrators allow
keepalive = 30  # s; longer than in deploy/nginx.conf, so that nginx closes first

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

accesslog = None  # the application logs one line per request
errorlog = "-"
control_socket_disable = True  # gunicorn is controlled by signals only
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # heartbeats must not wait for a disk
