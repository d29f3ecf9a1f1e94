"""Emitting events: the tasks that react are enqueued in the transaction of the change.

A feature emits by name and knows no listener. The events are declared in `models.events`; which tasks react to which
event is the table in `service.reactions`, which the application hands to `init_events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from flask import Flask, current_app

from service.core.event_data import event_data
from service.core.jobs.queue import enqueue_all
from service.core.jobs.tasks import Task, payload_validator
from service.models.base import utcnow
from service.models.events import DATA, EVENT, EVENTS
from service.models.ids import uuid7

Reactions = Mapping[str, tuple[Task, ...]]


class EventInvalid(ValueError):
    """The event is not declared, or its payload does not fit what is declared."""


def init_events(app: Flask, reactions: Reactions) -> None:
    """Let the tasks of `reactions` react to the events that `app` emits.

    Raise `EventInvalid` where a task reacts to an event that is not declared or does not have its arguments: that must
    not come up in the request of a user.
    """
    for name, tasks in reactions.items():
        declared = EVENTS.get(name)
        if declared is None:
            raise EventInvalid(f"there are reactions to {name}, which is not declared")
        for task in tasks:
            for argument, schema in task.payload.items():
                if {"event": EVENT, "data": DATA, **declared.payload}.get(argument) != schema:
                    raise EventInvalid(
                        f"{task.name} takes {argument}, which {name} does not have in that form"
                    )
    app.extensions["reactions"] = reactions


def emit(name: str, /, **payload: Any) -> None:
    """Tell that something has happened: enqueue a job for each task that reacts, in the session's transaction.

    A task gets the part of the payload that it declares, and `event` and `data` if it declares them. UUIDs and instants
    are sent as text. One INSERT; nothing if no task reacts or all of them have nobody to tell. What `data` holds is
    selected here: emit after the change has been flushed, a deletion before it. Raise `EventInvalid`.
    """
    values = _as_json(payload)
    if not _validator(name).is_valid(values):
        # Without the values: they may be personal.
        raise EventInvalid(f"the payload of {name} does not fit what is declared")
    tasks = [task for task in current_app.extensions["reactions"].get(name, ()) if task.is_wanted(name)]
    if not tasks:
        return
    subject = EVENTS[name].subject_of(values)
    event = {"id": uuid7(), "type": name, "subject": subject, "occurred_at": utcnow()}
    given = {**values, "event": _as_json(event)}
    if any("data" in task.payload for task in tasks):
        given["data"] = event_data(name, values)
    enqueue_all([(task, {argument: given[argument] for argument in task.payload}) for task in tasks])


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what JSON makes of the values: text of UUIDs and instants."""
    converted: dict[str, Any] = orjson.loads(orjson.dumps(values, option=orjson.OPT_UTC_Z))
    return converted


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    if name not in EVENTS:
        raise EventInvalid(f"the event {name} is not declared")
    return payload_validator(EVENTS[name].payload)
