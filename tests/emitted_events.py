"""The events that a test sees; the fixture `events` is in conftest.py. Their messages are held to the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from service.contract.checks.messages import MessageChecker
from service.core.event_data import event_message
from service.core.jobs.tasks import Task, payload_validator
from service.extensions import db
from service.models.events import DATA, EVENT, EVENTS
from service.models.jobs import Job
from tests.coverage.observed import OBSERVED


class EmittedEvents:
    """A table of reactions in which one task, named like the event, reacts to each; its jobs are what was emitted."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._messages = MessageChecker(document)
        # What outsiders are told of the events of the last call.
        self.data: list[dict[str, Any]] = []

    def get(self, name: str, _default: object) -> tuple[Task, ...]:
        payload = {"event": EVENT, "data": DATA, **EVENTS[name].payload}
        return (
            Task(
                name, lambda **_payload: None, payload, payload_validator(payload), 1, 60, 100, every_s=None
            ),
        )

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """Return name and payload of each event since the last call, in order.

        Raise `ContractViolation` if the message of one is not as the document says.
        """
        with db.engine.begin() as connection:
            emitted = (
                select(Job.task, Job.payload).where(Job.task.in_(EVENTS)).order_by(Job.created_at, Job.id)
            )
            rows = connection.execute(emitted).all()
            connection.execute(Job.__table__.delete())
        self.data = [row.payload["data"] for row in rows]
        return [(row.task, self._checked(row.payload)) for row in rows]

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        payload = {name: value for name, value in values.items() if name not in {"event", "data"}}
        if EVENTS[values["event"]["type"]].is_public:
            body = event_message(values["event"], values["data"])
            OBSERVED.add_message(self._messages.check(values["event"]["type"], body))
        return payload
