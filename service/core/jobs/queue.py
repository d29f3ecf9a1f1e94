"""The queue: enqueueing in the transaction of a change, claiming with a lease, and the ends of an attempt.

All instants are those of the database, so that the clocks of several machines need not agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, bindparam, case, delete, func, insert, null, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from service.core.database import database_now, is_sqlite
from service.core.jobs.concurrency import can_run, constant, limited_by, slot_values
from service.core.jobs.tasks import Task, backoff_s, concurrency_limits, declared_tasks, periodic_key
from service.core.jobs.wakeup import wake_workers_on_commit
from service.extensions import db
from service.models.jobs import ERROR_MAX, FINISHED_STATES, PROGRESS_MESSAGE_MAX, UNFINISHED, Job, JobState

# A worker that is killed is noticed after this time; one that works extends its lease three times as often.
LEASE_S = 30.0
HEARTBEAT_S = LEASE_S / 3
LAPSED_BATCH_SIZE = 100
PURGE_BATCH_SIZE = 1_000
WORKER_LOST = "The worker stopped while the job was running."


class LeaseLost(Exception):
    """The job was cancelled, or given to another worker; what this attempt has done must not be committed."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """One attempt at a job. It is valid as long as the job has this lease token.

    `result` is what its earlier runs have left that had more to do.
    """

    id: UUID
    task: str
    payload: dict[str, Any]
    attempts: int
    lease_token: UUID
    owner_id: int | None = None
    result: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come: `done` of `total`, which may be unknown, and a message for whoever waits for it."""

    done: int
    total: int | None = None
    message: str | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values of the columns."""
        message = self.message and self.message[:PROGRESS_MESSAGE_MAX]
        return {
            "progress_done": self.done,
            "progress_total": self.total,
            "progress_message": message,
        }


def enqueue(
    task: Task,
    *,
    unique_key: str | None = None,
    delay_s: float = 0,
    due_at: datetime | None = None,
    owner: int | None = None,
    concurrency_key: str | None = None,
    **payload: Any,
) -> UUID:
    """Add a job in the session's transaction and return its id; workers are woken by the commit. One INSERT.

    It is due at the instant `due_at`, by default `delay_s` seconds from now. While a job with the same `unique_key` is
    unfinished, that one is returned instead, and is due no later; if it is running already, it runs once more. `owner`
    is the id of the account that may see and cancel the job. Where the task limits how many of its jobs run at a time,
    the limit counts for each `concurrency_key` by itself. Raise `PayloadInvalid`.
    """
    task.check_payload(payload)
    session = db.session()
    upsert = sqlite.insert if is_sqlite(db.engine.url) else postgresql.insert
    statement = upsert(Job).values(
        task=task.name,
        payload=payload,
        priority=task.priority,
        unique_key=unique_key,
        updated_at=database_now(),
        due_at=database_now(delay_s) if due_at is None else due_at,
        owner_id=owner,
        concurrency_key=limited_by(task, concurrency_key),
    )
    if unique_key is not None:
        statement = statement.on_conflict_do_update(
            index_elements=[Job.unique_key],
            index_where=UNFINISHED,
            set_={
                "updated_at": database_now(),
                "runs_again": Job.state == JobState.RUNNING,
                "due_at": case(
                    (statement.excluded.due_at < Job.due_at, statement.excluded.due_at), else_=Job.due_at
                ),
            },
        )
    job_id: UUID = session.execute(statement.returning(Job.id)).scalar_one()
    wake_workers_on_commit(session)
    return job_id


def enqueue_all(jobs: Sequence[tuple[Task, Mapping[str, Any]]]) -> None:
    """Add a job for each pair of task and payload in the session's transaction. One INSERT. Raise `PayloadInvalid`."""
    rows = []
    for task, payload in jobs:
        task.check_payload(payload)
        rows.append(
            {
                "task": task.name,
                "payload": payload,
                "priority": task.priority,
                "concurrency_key": limited_by(task, None),
            }
        )
    session = db.session()
    session.connection().execute(_insert_jobs, rows)
    wake_workers_on_commit(session)


def missing_periodic_tasks(connection: Connection) -> list[Task]:
    """Return the periodic tasks that have no unfinished job: new, or their job was cancelled. One SELECT."""
    tasks = {periodic_key(task): task for task in declared_tasks().values() if task.every_s is not None}
    present = connection.scalars(select(Job.unique_key).where(Job.unique_key.in_(tasks), UNFINISHED))
    return [tasks[key] for key in sorted(tasks.keys() - set(present))]


def seconds_until_next(connection: Connection, task: Task) -> float:
    """Return in how many seconds a periodic task is due: a period after its last job ended, 0 if it never ran.

    One SELECT. To cancel a job must not be to run it.
    """
    ended = select(func.max(Job.finished_at), database_now()).where(Job.unique_key == periodic_key(task))
    ended_at, now = connection.execute(ended).one()
    return 0.0 if ended_at is None else max(0.0, (task.every_s or 0) - (now - ended_at).total_seconds())


def enqueue_periodic(task: Task, *, delay_s: float = 0, due_at: datetime | None = None) -> None:
    """Add the job of a periodic task; if there is one, it is due no later. One INSERT."""
    enqueue(task, unique_key=periodic_key(task), delay_s=delay_s, due_at=due_at)


def seconds_until_due(connection: Connection) -> float | None:
    """Return in how many seconds the next job is due, 0 for one that is; None if none is waiting. One SELECT."""
    due_at, now = _earliest_due(connection, *can_run())
    return None if due_at is None else max(0.0, (due_at - now).total_seconds())


def longest_wait_s(connection: Connection) -> float:
    """Return for how many seconds the oldest job that is due has been waiting; 0 if none is. One SELECT."""
    due_at, now = _earliest_due(connection)
    return 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())


def claim(connection: Connection) -> ClaimedJob | None:
    """Begin an attempt at the most urgent job that is due; None if there is none. One statement.

    Jobs of tasks that this code does not know stay for workers with newer code. Raise `IntegrityError` if another
    worker has just taken the last place among the jobs that may run at a time; `claim_next` tries again then.
    """
    return _claimed(connection)


def claim_following(connection: Connection, ended: ClaimedJob) -> ClaimedJob | None:
    """Begin an attempt at the most urgent job in the transaction that has ended another; None if `claim` must do it.

    So a job costs one commit instead of two, and its attempt is still counted before its work. Where a task has a
    limit, another worker may take the last place, which would undo what `ended` has done. For the same reason a job
    that is repeated, or must not be, ends alone: what goes wrong here costs it one attempt at most.
    """
    if ended.attempts > 1 or declared_tasks()[ended.task].attempts == 1:
        return None
    return _claimed(connection, unlimited=True)


def _claimed(connection: Connection, *, unlimited: bool = False) -> ClaimedJob | None:
    tasks, limits = frozenset(declared_tasks()), frozenset(concurrency_limits().items())
    row = connection.execute(_claim(tasks, limits, LEASE_S, unlimited), {"token": uuid4()}).one_or_none()
    return None if row is None else ClaimedJob(*row)


# To build the statement takes four times as long as to run it.
@lru_cache(maxsize=4)
def _claim(
    _tasks: frozenset[str], _limits: frozenset[tuple[str, int]], lease_s: float, unlimited: bool
) -> Any:
    """Return the statement of a claim, for the tasks and limits that are declared."""
    due = (
        select(Job.id)
        .where(Job.state == constant(JobState.WAITING), Job.due_at <= database_now(), *can_run())
        .order_by(Job.priority, Job.due_at, Job.id)
        .limit(constant(1))
        # Two workers never wait for each other: the second takes the next row. SQLite has one writer at a time.
        .with_for_update(skip_locked=True)
    )
    return (
        update(Job)
        .where(Job.id == due.scalar_subquery(), *((Job.concurrency_key.is_(None),) if unlimited else ()))
        .values(
            state=JobState.RUNNING,
            # Counted before the work: a job that kills its worker must not be repeated for ever.
            attempts=Job.attempts + 1,
            lease_token=bindparam("token"),
            leased_until=database_now(lease_s),
            updated_at=database_now(),
            started_at=database_now(),
            **slot_values(),
        )
        .returning(*_ATTEMPT)
    )


def claim_next(engine: Engine) -> ClaimedJob | None:
    """Begin an attempt in a transaction of its own, as `claim` does."""
    while True:
        try:
            with engine.begin() as connection:
                return claim(connection)
        except IntegrityError:
            continue  # the slot is taken; the next look sees it


def write_progress(connection: Connection, job: ClaimedJob, progress: Progress) -> None:
    """Show how far a running attempt has come; nothing if its lease is lost. One UPDATE."""
    connection.execute(update(Job).where(*_is_attempt(job.id, job.lease_token)).values(**progress.columns()))


def extend_lease(connection: Connection, job: ClaimedJob) -> bool:
    """Extend the lease of a running attempt; return False if it is lost. One UPDATE."""
    extended = (
        update(Job).where(*_is_attempt(job.id, job.lease_token)).values(leased_until=database_now(LEASE_S))
    )
    return connection.execute(extended).rowcount == 1


def succeed(
    job: ClaimedJob,
    *,
    more: bool | datetime = False,
    result: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """End a job in the session's transaction, together with what it has done; raise `LeaseLost`.

    A job with more to do, at once or at an instant, or that was asked for again meanwhile, waits for its next run. A
    periodic one gets a successor when it has ended; one that is not to be kept is deleted.
    """
    if not (more or declared_tasks()[job.task].is_kept) and _deleted(job):
        return
    ended = _ended(goes_on=bool(more))
    if isinstance(more, datetime):
        ended = ended.values(due_at=case((Job.runs_again, database_now()), else_=more))
    if progress is not None:
        ended = ended.values(**progress.columns())
    given = {"job_id": job.id, "token": job.lease_token, "job_result": result}
    if db.session.connection().execute(ended, given).rowcount != 1:
        raise LeaseLost
    if not more:
        _enqueue_next(job.task)


def _deleted(job: ClaimedJob) -> bool:
    """Delete a job that nobody has asked for again; return False if it was not deleted. One DELETE."""
    given = {"job_id": job.id, "token": job.lease_token}
    return db.session.connection().execute(_delete_ended, given).rowcount == 1


@cache
def _ended(*, goes_on: bool) -> Any:
    """Return the statement that ends an attempt which has succeeded; built once, as the claim is."""
    again = true() if goes_on else Job.runs_again
    result = bindparam("job_result", type_=Job.result.type)
    return (
        update(Job)
        .where(*_is_attempt(bindparam("job_id"), bindparam("token")))
        .values(
            state=case((again, JobState.WAITING.value), else_=JobState.SUCCEEDED.value),
            attempts=case((again, 0), else_=Job.attempts),
            due_at=case((again, database_now()), else_=Job.due_at),
            finished_at=case((again, None), else_=database_now()),
            runs_again=False,
            error=None,
            # What was asked for again begins anew.
            result=result if goes_on else case((Job.runs_again, null()), else_=result),
            **_ENDED_NOW,
        )
    )


def fail_attempt(job: ClaimedJob, error: str, *, is_last: bool = False) -> JobState | None:
    """Record that an attempt failed: the job waits for the next one, or has failed after the last.

    Return its state; None if the lease is lost.
    """
    is_last = is_last or job.attempts >= declared_tasks()[job.task].attempts
    state = JobState.FAILED if is_last else JobState.WAITING
    failed = (
        update(Job)
        .where(*_is_attempt(job.id, job.lease_token))
        .values(state=state, error=error[:ERROR_MAX], **_ENDED_NOW)
    )
    if is_last:
        failed = failed.values(finished_at=database_now(), runs_again=False)
    else:
        failed = failed.values(due_at=database_now(backoff_s(job.attempts)))
    if db.session.connection().execute(failed).rowcount != 1:
        return None
    if is_last:
        _enqueue_next(job.task)
    return state


def lapsed_attempts(connection: Connection) -> list[ClaimedJob]:
    """Return attempts whose worker has not extended their lease. One SELECT."""
    lapsed = select(*_ATTEMPT).where(*is_lapsed()).limit(LAPSED_BATCH_SIZE)
    return [ClaimedJob(*row) for row in connection.execute(lapsed)]


def is_lapsed() -> tuple[Any, ...]:
    """Return the conditions under which the worker of a running job, whose task this code knows, is gone."""
    known = Job.task.in_([constant(name) for name in declared_tasks()])
    return Job.state == constant(JobState.RUNNING), Job.leased_until < database_now(), known


def cancel(job_id: UUID) -> bool:
    """Cancel an unfinished job; return False if it has finished. A running attempt cannot commit any more."""
    cancelled = (
        update(Job)
        .where(Job.id == job_id, UNFINISHED)
        .values(state=JobState.CANCELLED, finished_at=database_now(), runs_again=False, **_ENDED_NOW)
    )
    return db.session.connection().execute(cancelled).rowcount == 1


def retry(job_id: UUID) -> bool:
    """Run a failed or cancelled job again, with all its attempts; return False if it is in another state."""
    again = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_((JobState.FAILED, JobState.CANCELLED)))
        .values(state=JobState.WAITING, attempts=0, finished_at=None, **_NOTHING_DONE)
        .values(due_at=database_now(), updated_at=database_now())
    )
    wake_workers_on_commit(db.session())
    return db.session.connection().execute(again).rowcount == 1


def purge_finished(retention_s: float) -> int:
    """Delete one batch of the jobs that finished more than `retention_s` ago; return how many."""
    is_old = (Job.state.in_(FINISHED_STATES), Job.finished_at < database_now(-retention_s))
    old = select(Job.id).where(*is_old).limit(PURGE_BATCH_SIZE)
    return db.session.connection().execute(delete(Job).where(Job.id.in_(old))).rowcount


def _earliest_due(connection: Connection, *conditions: Any) -> tuple[datetime | None, datetime]:
    """Return when the first waiting job is or was due, and the time of the database."""
    earliest = select(func.min(Job.due_at), database_now()).where(Job.state == JobState.WAITING, *conditions)
    due_at, now = connection.execute(earliest).one()
    return due_at, now


_ATTEMPT = (Job.id, Job.task, Job.payload, Job.attempts, Job.lease_token, Job.owner_id, Job.result)
# With the times as expressions and the rest as parameters, the rows of one call are one round trip.
_insert_jobs = insert(Job.__table__).values(  # type: ignore[arg-type]
    due_at=database_now(), updated_at=database_now()
)

_ENDED_NOW = {"lease_token": None, "leased_until": None, "updated_at": database_now()}
_NOTHING_DONE = {"progress_done": None, "progress_total": None, "progress_message": None, "result": None}


def _is_attempt(job_id: Any, lease_token: Any) -> tuple[Any, ...]:
    """Return the conditions under which an attempt is still the current one of its job."""
    return Job.id == job_id, Job.state == JobState.RUNNING, Job.lease_token == lease_token


_delete_ended = delete(Job).where(*_is_attempt(bindparam("job_id"), bindparam("token")), ~Job.runs_again)


def _enqueue_next(name: str) -> None:
    task = declared_tasks()[name]
    if task.every_s is not None:
        enqueue_periodic(task, delay_s=task.every_s)
