"""Streams of the events of a job: how many there may be, when they end, and what they send.

A stream takes a thread of the web server for up to `JOB_STREAM_S`. So a worker has few of them, which gunicorn.conf.py
adds to its threads, and whoever comes beyond those asks with `GET /api/jobs/{job_id}` instead. While it waits, a stream
holds no connection to the database; it looks for changes like any other request.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from service.config import settings
from service.contract import NotFound, ServiceUnavailable
from service.contract.event_streams import EVENT_STREAM, json_encoder, write_event
from service.core.database_waits import limit_database_waits
from service.core.identity import Identity
from service.jobs.queries import Job, get_job
from service.jobs.schemas import EVENT, job_output

STREAMS_PER_WORKER = 2
LOOK_INTERVAL_S = 0.5
# A comment, so that nobody on the way takes the silence for a lost connection.
KEEP_ALIVE_S = 3.0
RECONNECT_MS = 1_000
HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx sends each event at once
}

_encode = json_encoder(job_output)
# What poll() tells of a connection that the client has closed; Linux alone tells it while nothing is sent.
_CLOSED = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class TooManyStreams(ServiceUnavailable):
    """The server sends as many event streams as it can. Get the job instead, every few seconds."""

    code = "TOO_MANY_STREAMS"
    is_fault = False  # a limit that clients expect to meet


class StreamSlots:
    """The streams that a worker process may send at a time."""

    def __init__(self, number: int = STREAMS_PER_WORKER) -> None:
        self._free = threading.Semaphore(number)

    def take(self) -> Callable[[], None]:
        """Take a slot and return the function that gives it back, once, however often it is called.

        Raise `TooManyStreams`.
        """
        if not self._free.acquire(blocking=False):
            raise TooManyStreams
        given_back = threading.Lock()

        def give_back() -> None:
            if given_back.acquire(blocking=False):
                self._free.release()

        return give_back


_slots = StreamSlots()


def stream_job(viewer: Identity, job_id: UUID, last_event_id: str | None) -> Response:
    """Return the stream of a job's events; 204 if it has finished and the client knows. Raise `NotFound`."""
    job = get_job(viewer, job_id)
    if job.is_finished and last_event_id == job.version:
        response = Response(status=204, headers=HEADERS)
        response.headers.pop("Content-Type", None)
        return response
    if request.method == "HEAD":
        return Response(headers=HEADERS, content_type=EVENT_STREAM)
    give_back = _slots.take()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - used after the request
    client = Client(request.environ.get("gunicorn.socket"))
    ends_at_s = time.monotonic() + settings().job_stream_s
    events = _events(app, client, ends_at_s, viewer, job, last_event_id)
    response = Response(events, headers=HEADERS, content_type=EVENT_STREAM)
    # Also when the client goes away, or the response is never begun: then the code of a generator does not run.
    response.call_on_close(give_back)
    return response


def _events(
    app: Flask, client: Client, ends_at_s: float, viewer: Identity, job: Job | None, last_event_id: str | None
) -> Iterator[bytes]:
    """Yield the job, and again when it has changed, until it has finished, the time is over, or the client has gone.

    A client that connects again says what it knows: nothing is sent to it before the job changes.
    """
    yield b"retry: %d\n\n" % RECONNECT_MS
    sent_at_s = time.monotonic()
    while job is not None:
        if job.version != last_event_id:
            last_event_id = job.version
            yield write_event(EVENT, job.version, _encode(job))
            sent_at_s = time.monotonic()
        elif time.monotonic() - sent_at_s >= KEEP_ALIVE_S:
            yield b":\n\n"
            sent_at_s = time.monotonic()
        stopping: threading.Event = app.extensions["stopping"]
        if (
            job.is_finished
            or time.monotonic() >= ends_at_s
            or client.has_gone(LOOK_INTERVAL_S)
            or stopping.is_set()
        ):
            return
        job = _look(app, viewer, job.id)


def _look(app: Flask, viewer: Identity, job_id: UUID) -> Job | None:
    """Return the job as it is now; None if it is gone, or the database does not answer: the client connects again."""
    with app.app_context(), suppress(SQLAlchemyError, NotFound):
        limit_database_waits()
        return get_job(viewer, job_id)
    return None


class Client:
    """The connection of the client. Without a socket (another server than gunicorn) nobody can tell when it closes."""

    def __init__(self, connection: Any) -> None:
        self._poll = None
        if isinstance(connection, socket.socket):
            self._poll = select.poll()
            self._poll.register(connection, _CLOSED)

    def has_gone(self, within_s: float) -> bool:
        """Wait for `within_s` seconds, or until the client closes the connection; tell whether it has."""
        if self._poll is None:
            threading.Event().wait(within_s)
            return False
        return bool(self._poll.poll(within_s * 1000))
