"""Emitting events: the tasks that react are enqueued in the transaction of the change.

A feature emits by name and knows no listener. The events are declared in `models.events`; which tasks react to which
event is the table in `service.reactions`, which the application hands to `init_events`. Outsiders are told by a
`Recorder`, which writes a message for each of them in the same transaction; so is the entry in the audit log of an
event that is in the table `AUDITED`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from flask import Flask, current_app

from service.core.audit_log import record
from service.core.event_data import event_data
from service.core.jobs.queue import enqueue_all
from service.core.jobs.tasks import Task, payload_validator
from service.models.audit import ACTIONS
from service.models.base import utcnow
from service.models.events import DATA, EVENT, EVENTS
from service.models.ids import uuid7

Reactions = Mapping[str, tuple[Task, ...]]
Audited = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes messages for outsiders in the transaction of a change.

    `listeners(name)` returns who wants to hear of an event; it costs one SELECT at most. If there are some,
    `record(listeners, event, data)` writes the messages and returns the task that sends them, None if there are none.
    A job that writes them later would not do: two events of one object could change places.
    """

    listeners: Callable[[str], Sequence[Any]]
    record: Callable[[Sequence[Any], Mapping[str, str], Mapping[str, Any]], Task | None]


class EventInvalid(ValueError):
    """The event is not declared, or its payload does not fit what is declared."""


def init_events(
    app: Flask, reactions: Reactions, recorder: Recorder | None = None, audited: Audited | None = None
) -> None:
    """Let the tasks of `reactions` react to the events that `app` emits, and `recorder` write down the public ones.

    Those of `audited` are recorded in the audit log, with the named values of their payload. Raise `EventInvalid` where
    a task or the audit log needs what is not declared: that must not come up in the request of a user.
    """
    for name, values in (audited or {}).items():
        if name not in ACTIONS or name not in EVENTS or not EVENTS[name].payload.keys() >= set(values):
            raise EventInvalid(f"{name} cannot be recorded in the audit log with {', '.join(values)}")
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
    app.extensions["event_recorder"] = recorder
    app.extensions["audited_events"] = audited or {}


def emit(name: str, /, **payload: Any) -> None:
    """Tell that something has happened: enqueue a job for each task that reacts, in the session's transaction.

    A task gets the part of the payload that it declares, and `event` and `data` if it declares them. UUIDs and instants
    are sent as text. One INSERT, one more for the audit log, and one SELECT for who listens outside. What `data`
    holds is selected here: emit after the change has been flushed, a deletion before it. Raise `EventInvalid`.
    """
    values = _as_json(payload)
    if not _validator(name).is_valid(values):
        # Without the values: they may be personal.
        raise EventInvalid(f"the payload of {name} does not fit what is declared")
    _audit(name, values)
    tasks = [task for task in current_app.extensions["reactions"].get(name, ()) if task.is_wanted(name)]
    recorder: Recorder | None = current_app.extensions["event_recorder"]
    listeners = recorder.listeners(name) if recorder and EVENTS[name].is_public else ()
    if not (tasks or listeners):
        return
    subject = EVENTS[name].subject_of(values)
    event = _as_json({"id": uuid7(), "type": name, "subject": subject, "occurred_at": utcnow()})
    given = {**values, "event": event}
    if listeners or any("data" in task.payload for task in tasks):
        given["data"] = event_data(name, values)
    jobs = [(task, {argument: given[argument] for argument in task.payload}) for task in tasks]
    if recorder and listeners and (sending := recorder.record(listeners, event, given["data"])):
        jobs.append((sending, {}))
    if jobs:
        enqueue_all(jobs)


def _audit(name: str, values: Mapping[str, Any]) -> None:
    """Record the event in the audit log if that is to have it."""
    details = current_app.extensions["audited_events"].get(name)
    if details is not None:
        subject = EVENTS[name].subject
        record(name, subject and values[subject], **{detail: values[detail] for detail in details})


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what JSON makes of the values: text of UUIDs and instants."""
    converted: dict[str, Any] = orjson.loads(orjson.dumps(values, option=orjson.OPT_UTC_Z))
    return converted


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    if name not in EVENTS:
        raise EventInvalid(f"the event {name} is not declared")
    return payload_validator(EVENTS[name].payload)
