"""Declaration of tasks: the function that a job runs, with its payload, retries, time limit and period."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jsonschema_rs

# The first retry comes after 2 to 6 seconds, each later one after twice as long, up to an hour.
BACKOFF_S = 4.0
BACKOFF_MAX_S = 3_600.0

_tasks: dict[str, Task] = {}


class PayloadInvalid(ValueError):
    """The payload does not fit the schema that the task declares."""


class ResultInvalid(ValueError):
    """The result does not fit the schema that the task declares."""


class AttemptFailed(Exception):
    """The attempt failed for a reason that its message tells in full, such as an answer from outside; it is repeated.

    The message becomes the error of the job, which administrators see; no stack trace is logged.
    """


class PermanentFailure(AttemptFailed):
    """Another attempt would fail in the same way: the job has failed, and is not repeated."""


def _always(_event: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Task:
    """A declared task. `run` takes the payload as keyword arguments, in a transaction that is committed behind it.

    When it returns True there is more to do: its job is due again at once, in a transaction of its own. When it returns
    an instant, its job is due again then.
    """

    name: str
    run: Callable[..., bool | datetime | None]
    payload: Mapping[str, Mapping[str, Any]] = field(compare=False)
    schema: jsonschema_rs.Validator
    attempts: int
    time_limit_s: float
    priority: int
    every_s: float | None
    result_schema: jsonschema_rs.Validator | None = None
    concurrency: int | None = None
    is_kept: bool = True
    is_wanted: Callable[[str], bool] = _always

    def check_payload(self, payload: Mapping[str, Any]) -> None:
        """Raise `PayloadInvalid` unless the payload is what the task declares."""
        error = next(self.schema.iter_errors(dict(payload)), None)
        if error is not None:
            # The message without the value: payloads may hold addresses.
            place = "/".join(map(str, error.instance_path)) or "the payload"
            raise PayloadInvalid(f"{self.name}: {place} does not fit its schema")

    def check_result(self, result: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the result as it is stored, None if the task declares none; raise `ResultInvalid`."""
        if self.result_schema is None:
            if result:
                raise ResultInvalid(f"{self.name} declares no result")
            return None
        error = next(self.result_schema.iter_errors(dict(result)), None)
        if error is not None:
            place = "/".join(map(str, error.instance_path)) or "the result"
            raise ResultInvalid(f"{self.name}: {place} does not fit its schema")
        return dict(result)


def task(
    name: str,
    *,
    payload: Mapping[str, Mapping[str, Any]] | None = None,
    attempts: int = 5,
    time_limit_s: float = 60,
    priority: int = 100,
    every_s: float | None = None,
    result: Mapping[str, Mapping[str, Any]] | None = None,
    concurrency: int | None = None,
    kept: bool = True,
    wanted: Callable[[str], bool] = _always,
) -> Callable[[Callable[..., bool | datetime | None]], Task]:
    """Declare a function as a task, named `<feature>.<function>`.

    `payload` are the JSON schemas of its keyword arguments, all of them required. An attempt that raises, exceeds
    `time_limit_s` or loses its process is repeated with growing delays; after `attempts`, or with `PermanentFailure`,
    the job has failed. Jobs with a smaller `priority` run first. With `every_s` the task has no payload, and is due
    again that many seconds after each end, unless it returns when. `result` are the schemas of what
    `current_job().result` holds at the end, all of them required. At most `concurrency` of its jobs run at a time, over
    all workers; of those with a key (see `enqueue`), that many of each. Unless they are `kept`, its jobs are deleted
    once they have succeeded: for work that follows each change and tells nobody anything. `wanted` tells of an event,
    by its name, whether the task has anything to do after it; where it has not, no job is added.
    """
    properties = dict(payload or {})
    if every_s is not None and properties:
        raise ValueError(f"the periodic task {name} cannot have a payload")
    if not kept and (every_s is not None or result is not None):
        raise ValueError(f"{name} must be kept: a period begins with its last job, and a result is read")

    def declare(function: Callable[..., bool | datetime | None]) -> Task:
        if name in _tasks:
            raise ValueError(f"two tasks are named {name}")
        declared = Task(
            name,
            function,
            properties,
            payload_validator(properties),
            attempts,
            time_limit_s,
            priority,
            every_s,
            None if result is None else payload_validator(result),
            concurrency,
            kept,
            wanted,
        )
        _tasks[name] = declared
        return declared

    return declare


def payload_validator(properties: Mapping[str, Mapping[str, Any]]) -> jsonschema_rs.Validator:
    """Return the validator of objects that have all of `properties`, and nothing else."""
    return jsonschema_rs.validator_for(
        {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
        validate_formats=True,
    )


def declared_tasks() -> Mapping[str, Task]:
    """Return the tasks of all modules imported so far, by name."""
    return _tasks


def periodic_key(task: Task) -> str:
    """Return the unique key of the one unfinished job of a periodic task."""
    return f"periodic:{task.name}"


def concurrency_limits() -> Mapping[str, int]:
    """Return how many jobs may run at a time, by task; tasks without a limit are not in it."""
    return {task.name: task.concurrency for task in _tasks.values() if task.concurrency is not None}


def backoff_s(attempts: int) -> float:
    """Return after how many seconds an attempt is repeated; spread by half, so that many jobs do not come together."""
    delay_s: float = min(BACKOFF_S * 2.0 ** (attempts - 1), BACKOFF_MAX_S)
    return delay_s * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
