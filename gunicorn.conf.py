"""How does gunicorn serve the application? The settings of production, also used by `make run`.

Nothing else knows the server. `HOST`, `PORT`, `WEB_CONCURRENCY` (processes) and `WEB_THREADS` (threads of
each) come from the environment. What gunicorn answers by itself, because the request never became one
(a bad request line, a header that is too long), is the problem document that the application would send.
"""

import logging
import os
import socket
import sys
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
ANSWERS = {
    400: ("BAD_REQUEST", "Bad Request", "The request is not valid HTTP/1.1."),
    403: ("FORBIDDEN", "Forbidden", "The connection is not accepted."),
    414: ("URI_TOO_LONG", "URI Too Long", "The request line is longer than 8190 bytes."),
    417: ("EXPECTATION_FAILED", "Expectation Failed", "The only expectation answered is 100-continue."),
    431: (
        "REQUEST_HEADER_FIELDS_TOO_LARGE",
        "Request Header Fields Too Large",
        "There are more than 100 header fields, or one is longer than 8190 bytes.",
    ),
    500: ("INTERNAL_SERVER_ERROR", "Internal Server Error", "Something went wrong on our side."),
    501: ("NOT_IMPLEMENTED", "Not Implemented", "The only transfer coding understood is chunked."),
}

log = logging.getLogger("gunicorn.error")


def _one_token() -> int:
    """Return a descriptor, shared with the workers, from which the first read alone gets a byte."""
    read_end, write_end = os.pipe()
    os.write(write_end, b"!")
    os.close(write_end)
    return read_end


SPOKESMAN = _one_token()


def write_problem(client: socket.socket, status: int, reason: str, message: str) -> None:
    """Answer with a problem document; takes the place of gunicorn's own writer of HTML errors.

    `reason` and `message` are gunicorn's: the message quotes the client's bytes, so it stays in the log,
    where the request id leads to it.
    """
    # Imported late: workers inherit what the master imported, and would keep its old code after a reload.
    from service.contract.problems import PROBLEM_JSON, problem_body  # noqa: PLC0415

    code, title, detail = ANSWERS.get(status, ANSWERS[400 if status < 500 else 500])
    request_id = str(uuid.uuid4())
    log.info("Answered %d before the application: request_id=%s %s %r", status, request_id, reason, message)
    body = problem_body(status, code, title, detail)
    head = (
        f"HTTP/1.1 {status} {title if status in ANSWERS else HTTPStatus(status).phrase}\r\n"
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


class Reader(Protocol):
    """What gunicorn's reader of a body offers."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end."""


class FramedReader:
    """A reader of a body whose broken framing is a failed read.

    gunicorn raises errors of its own from `wsgi.input`, which an application can only take for a bug (500).
    `OSError` is what a failed read is in Python, and Werkzeug answers it with 400.
    """

    def __init__(self, request: Any, reader: Reader) -> None:
        self._request = request
        self._reader = reader

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; raise OSError for a bad chunk or trailer."""
        try:
            return self._reader.read(size)
        except ParseException as error:
            self._request.force_close()  # where the next request would start is unknown
            raise OSError(str(error)) from error


class Worker(ThreadWorker):
    """gthread, stricter by two rules of RFC 9112, and stopped without leaving anybody waiting."""

    def load_wsgi(self) -> None:
        """Make the application; settings that are wrong are told as they are, without a trace."""
        try:
            super().load_wsgi()
        except ClickException as error:
            self._give_up(error.format_message())

    def _give_up(self, message: str) -> None:
        """End gunicorn, which otherwise would try again and again.

        One worker speaks for all: a second one that ends so while gunicorn stops makes it stumble.
        """
        if os.read(SPOKESMAN, 1):
            self.log.error("%s", message)
            sys.exit(Arbiter.APP_LOAD_ERROR)
        deadline = time.monotonic() + 10
        while self.alive and time.monotonic() < deadline:  # until gunicorn tells it to stop
            time.sleep(0.05)
        sys.exit(0)

    def set_accept_enabled(self, enabled: bool) -> None:
        """When stopping, answer who waits in this worker's own socket too, and close it at once.

        gunicorn leaves it open until the last request is done: with `reuse_port` the kernel goes on giving it
        connections, which nobody accepts and which are reset in the end.
        """
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            accepted = -1
            while accepted != self.nr_conns:
                accepted = self.nr_conns
                self.accept(listener)
            listener.close()
        self.sockets = []

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Refuse HTTP/1.1 without `Host` (section 3.2); let a badly framed body be a 400."""
        if req.version >= (1, 1) and not any(name == "HOST" for name, _ in req.headers):
            raise InvalidHeader("HOST", req=req)
        req.body.reader = FramedReader(req, req.body.reader)
        return super().handle_request(req, conn)


def on_starting(server: Any) -> None:
    """Refuse an address that is taken: `reuse_port` would silently share it with the other server."""
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


def when_ready(server: Any) -> None:
    """Say where: with `reuse_port` the sockets are the workers', and gunicorn's own line names none."""
    server.log.info(
        "Serving at %s", ", ".join(f"http://{address}" for address in server.cfg.settings["bind"].get())
    )


def _address(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


gunicorn.util.write_error = write_problem
gunicorn.http.wsgi.SERVER = "colophon"  # the server's name and version are nobody's business

wsgi_app = "wsgi:app"
bind = _address(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
worker_class = Worker

# One listening socket for each worker: with a shared one, kept-alive connections pile up on one worker.
# Hence no max_requests either: a worker that is recycled resets the connections waiting in its socket.
reuse_port = True

# The application is made in each worker, after the fork: database connections, locks and threads do not
# survive one, and a reload (SIGHUP) reads the code anew.
preload_app = False

timeout = 30  # s without a sign of life until a worker is replaced
graceful_timeout = 25  # s for the requests under way when stopped; under the 30 s that orchestrators grant
keepalive = 30  # s; longer than in deploy/nginx.conf, so that nginx is the one to close

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

accesslog = None  # the application writes one line for each request
errorlog = "-"
control_socket_disable = True  # nothing is steered but by signals
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a heartbeat never waits for a disk
