"""The events that a test sees; the fixture `events` is in conftest.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from service.core.jobs.tasks import Task, payload_validator
from service.extensions import db
from service.models.events import EVENTS
from service.models.jobs import Job


class EmittedEvents:
    """A table of reactions in which one task, named like the event, reacts to each; its jobs are what was emitted."""

    def get(self, name: str, _default: object) -> tuple[Task, ...]:
        payload = EVENTS[name].payload
        return (
            Task(
                name, lambda **_payload: None, payload, payload_validator(payload), 1, 60, 100, every_s=None
            ),
        )

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """Return name and payload of each event since the last call, in order."""
        with db.engine.begin() as connection:
            rows = connection.execute(select(Job.task, Job.payload).order_by(Job.created_at)).all()
            connection.execute(Job.__table__.delete())
        return [(row.task, row.payload) for row in rows]
