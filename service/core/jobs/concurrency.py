"""Limits on how many jobs of a task, or of a key, run at a time: SQL conditions and values of a claim."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, delete, func, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased

from service.core.jobs.tasks import Task, concurrency_limits, declared_tasks
from service.extensions import db
from service.models.jobs import Job, JobState


def limited_by(task: Task, key: str | None) -> str | None:
    """Return what the jobs have in common of which only so many run at a time; None without a limit."""
    if task.concurrency is None:
        return None
    return task.name if key is None else f"{task.name}:{key}"


def can_run() -> tuple[Any, ...]:
    """Return the conditions under which a waiting job may run: this code knows it, and a slot is free."""
    known = Job.task.in_([constant(name) for name in declared_tasks()])
    free = _smallest_free_slot()
    return (known,) if free is None else (known, or_(Job.concurrency_key.is_(None), free.is_not(None)))


def constant(value: str | int) -> Any:
    """Return a name or number of the code as it stands in SQL.

    Of a statement with the names of all tasks as parameters the driver keeps nothing; and with a parameter for the
    state PostgreSQL plans it each time, for it cannot use the indexes of waiting and of running jobs otherwise.
    """
    text = str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
    return literal_column(text)


def slot_values() -> dict[str, Any]:
    """Return the slot that a claim takes."""
    free = _smallest_free_slot()
    # The unique index of running jobs decides between two workers that read the same one.
    return {} if free is None else {"concurrency_slot": case((Job.concurrency_key.is_not(None), free))}


def delete_waiting(task: Task) -> int:
    """Delete the waiting jobs of a task, whose work the caller does from now on; return how many.

    What their transactions have changed is visible to whoever sees the jobs.
    """
    waiting = delete(Job).where(Job.task == task.name, Job.state == JobState.WAITING)
    return db.session.connection().execute(waiting).rowcount


def _smallest_free_slot() -> Any:
    """Return the subquery for a row of jobs: NULL if as many as may run are running; None if no task has a limit.

    A job that has a key of code whose task had a limit runs alone.
    """
    limits = concurrency_limits()
    if not limits:
        return None
    numbers = (select(constant(number).label("number")) for number in range(1, max(limits.values()) + 1))
    slot, running = union_all(*numbers).subquery("slots"), aliased(Job)
    more_than_one = {constant(name): constant(limit) for name, limit in limits.items() if limit > 1}
    limit = case(more_than_one, value=Job.task, else_=constant(1)) if more_than_one else constant(1)
    is_taken = (
        select(running.id)
        .where(
            running.state == constant(JobState.RUNNING),
            running.concurrency_key == Job.concurrency_key,
            running.concurrency_slot == slot.c.number,
        )
        .correlate(Job, slot)
        .exists()
    )
    return (
        select(func.min(slot.c.number))
        .where(slot.c.number <= limit, ~is_taken)
        .correlate(Job)
        .scalar_subquery()
    )
