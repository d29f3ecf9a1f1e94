"""Sending what waits: one process does it for all endpoints, with a thread for each that has something to be sent.

So a receiver that is dead or slow keeps no other from its messages, and no process from mails and publications. An
endpoint is sent one message at a time. While a message waits for its next attempt, later ones about the same object
wait behind it, and others pass.

No transaction is open while something is sent. An attempt is written down before the request and its outcome after it:
what a killed process was at is sent again, with the same id.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.orm import aliased

from service.core.database import database_now, read_connection, transaction
from service.extensions import db
from service.models.base import utcnow
from service.models.webhooks import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks.attempts import TIMEOUT_S, Outcome, Outgoing, attempt
from service.webhooks.outcomes import record_interrupted, record_outcome

# Begins new attempts for so long; then the process may do something else.
SLICE_S = 5.0
# An endpoint whose attempt takes longer is slow: it may not keep the process busy after the slice.
SLOW_S = 1.0
# How soon a message that is written while others are being sent is seen.
LOOK_INTERVAL_S = 0.2
ENDPOINTS_MAX = 20

_earlier = aliased(WebhookDelivery)
_is_waiting = WebhookDelivery.state == DeliveryState.WAITING
_is_first_of_subject = (
    ~select(_earlier.id)
    .where(
        _earlier.endpoint_id == WebhookDelivery.endpoint_id,
        _earlier.subject == WebhookDelivery.subject,
        _earlier.state == DeliveryState.WAITING,
        _earlier.id < WebhookDelivery.id,
    )
    .exists()
)
_is_due = WebhookDelivery.next_attempt_at <= database_now()


@dataclass(slots=True)
class InFlight:
    """An attempt that is under way."""

    endpoint_id: UUID
    started_s: float

    @property
    def is_slow(self) -> bool:
        """Tell whether the receiver keeps us waiting."""
        return time.monotonic() - self.started_s > SLOW_S


class Sender:
    """Sends what is due, for one slice of time."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._in_flight: dict[Future[Outcome], InFlight] = {}
        self._slow: set[UUID] = set()
        self._started_s = time.monotonic()

    def run(self) -> None:
        """Send until nothing is due or the slice is over, and record all outcomes."""
        with transaction():
            record_interrupted()
        with ThreadPoolExecutor(ENDPOINTS_MAX, thread_name_prefix="webhook") as threads:
            outcomes: list[Outcome] = []
            while True:
                for outgoing in self._record_and_begin(outcomes):
                    future = threads.submit(self._attempt, outgoing)
                    self._in_flight[future] = InFlight(outgoing.endpoint_id, time.monotonic())
                if not self._in_flight:
                    return
                outcomes = self._wait()

    def _record_and_begin(self, outcomes: Iterable[Outcome]) -> list[Outgoing]:
        """Record outcomes and begin the next attempts in one transaction; none if there is nothing to do."""
        unavailable = self._unavailable()
        begins = unavailable is not None and has_due(read_connection(), unavailable)
        if not outcomes and not begins:
            return []
        with transaction():
            for outcome in outcomes:
                record_outcome(outcome)
            # An endpoint whose outcome has just been recorded may have more.
            return [] if unavailable is None else begin_attempts(unavailable)

    def _unavailable(self) -> set[UUID] | None:
        """Return the endpoints that nothing may be sent to now; None if that are all."""
        busy = {each.endpoint_id for each in self._in_flight.values()}
        elapsed_s = time.monotonic() - self._started_s
        if elapsed_s < SLICE_S:
            return busy
        is_kept_waiting = any(each.is_slow for each in self._in_flight.values())
        return busy | self._slow if is_kept_waiting and elapsed_s < SLICE_S + TIMEOUT_S else None

    def _wait(self) -> list[Outcome]:
        finished, _ = wait(self._in_flight, LOOK_INTERVAL_S, FIRST_COMPLETED)
        self._slow |= {each.endpoint_id for each in self._in_flight.values() if each.is_slow}
        for future in finished:
            del self._in_flight[future]
        return [future.result() for future in finished]

    def _attempt(self, outgoing: Outgoing) -> Outcome:
        with self._app.app_context():
            return attempt(outgoing)


def send_due() -> bool | datetime | None:
    """Send what is due; return True if there is more, or when the next attempt is due, None if nothing waits."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - used in threads
    Sender(app).run()
    connection = read_connection()
    return True if has_due(connection, ()) else next_due_at(connection)


def has_due(connection: Connection, unavailable: Collection[UUID]) -> bool:
    """Tell whether a message is due for an enabled endpoint that is not one of `unavailable`. One SELECT."""
    due = (
        select(WebhookDelivery.id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(
            WebhookEndpoint.is_enabled,
            WebhookEndpoint.id.not_in(unavailable),
            _is_waiting,
            _is_due,
            _is_first_of_subject,
        )
        .limit(1)
    )
    return connection.execute(due).first() is not None


def next_due_at(connection: Connection) -> datetime | None:
    """Return when the next attempt at an enabled endpoint is due; None if nothing waits. One SELECT."""
    earliest = (
        select(func.min(WebhookDelivery.next_attempt_at))
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookEndpoint.is_enabled, _is_waiting, _is_first_of_subject)
    )
    due_at: datetime | None = connection.execute(earliest).scalar()
    return due_at


def begin_attempts(unavailable: Collection[UUID]) -> list[Outgoing]:
    """Begin the attempt that is due first for each enabled endpoint, in the session's transaction."""
    endpoints = select(
        WebhookEndpoint.id,
        WebhookEndpoint.url,
        WebhookEndpoint.secret,
        WebhookEndpoint.previous_secret,
        WebhookEndpoint.previous_secret_expires_at,
    ).where(WebhookEndpoint.is_enabled, WebhookEndpoint.id.not_in(unavailable))
    begun = []
    for endpoint_id, url, secret, previous, expires_at in db.session.execute(endpoints).all():
        secrets = [secret]
        if previous is not None and expires_at is not None and expires_at > utcnow():
            secrets.append(previous)
        if outgoing := _begin(endpoint_id, url, tuple(secrets)):
            begun.append(outgoing)
    return begun


def _begin(endpoint_id: UUID, url: str, secrets: tuple[bytes, ...]) -> Outgoing | None:
    first = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.endpoint_id == endpoint_id, _is_waiting, _is_due, _is_first_of_subject)
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id)
        .limit(1)
    )
    counted = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == first.scalar_subquery())
        # Counted before the request: a receiver that kills the worker must not be sent to for ever.
        .values(attempts=WebhookDelivery.attempts + 1)
        .returning(
            WebhookDelivery.id, WebhookDelivery.attempts, WebhookDelivery.message_id, WebhookDelivery.body
        )
    )
    connection = db.session.connection()
    row = connection.execute(counted).one_or_none()
    if row is None:
        return None
    started = insert(WebhookAttempt).values(
        delivery_id=row.id, started_at=utcnow(), url=url, is_response_cut=False
    )
    attempt_id: int = connection.execute(started.returning(WebhookAttempt.id)).scalar_one()
    return Outgoing(
        attempt_id, row.id, endpoint_id, row.attempts, url, row.message_id, row.body.encode(), secrets
    )
