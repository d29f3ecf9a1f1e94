"""What there is to do for a worker, in one statement: an idle one asks it every few seconds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from service.core.database import database_now
from service.core.jobs.concurrency import can_run, constant
from service.core.jobs.queue import is_lapsed
from service.core.jobs.tasks import concurrency_limits, declared_tasks, periodic_key
from service.models.jobs import UNFINISHED, Job, JobState


class Due(NamedTuple):
    """What there is to do. `wait_s` is in how many seconds the next job is due: 0 for one that is, None without one."""

    has_lapsed_attempts: bool
    lacks_periodic_jobs: bool
    wait_s: float | None


def look(connection: Connection) -> Due:
    """Return what there is to do. One SELECT."""
    periodic = frozenset(periodic_key(task) for task in declared_tasks().values() if task.every_s is not None)
    statement = _look(frozenset(declared_tasks()), frozenset(concurrency_limits().items()), periodic)
    lapsed, present, due_at, now = connection.execute(statement).one()
    wait_s = None if due_at is None else max(0.0, (due_at - now).total_seconds())
    return Due(lapsed, present < len(periodic), wait_s)


@lru_cache(maxsize=4)
def _look(_tasks: frozenset[str], _limits: frozenset[tuple[str, int]], periodic: frozenset[str]) -> Any:
    """Return the statement for the tasks and limits that are declared, and the keys of the periodic ones."""
    keys = [constant(key) for key in sorted(periodic)]
    present = select(func.count()).select_from(Job).where(Job.unique_key.in_(keys), UNFINISHED)
    earliest = select(func.min(Job.due_at)).where(Job.state == constant(JobState.WAITING), *can_run())
    return select(
        select(Job.id).where(*is_lapsed()).exists(),
        present.scalar_subquery(),
        earliest.scalar_subquery(),
        database_now(),
    )
