"""CLI commands `flask jobs list|show|stats|retry|cancel|purge`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import click
import orjson
from flask.cli import AppGroup
from sqlalchemy import func, select

from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.database import read_connection, transaction
from service.core.degradation import degraded
from service.core.jobs import queue
from service.models.jobs import Job, JobState

LIST_MAX = 1_000

jobs = AppGroup("jobs", help="Show and manage background jobs.")

_state_option = click.option(
    "--state", type=click.Choice([state.value for state in JobState]), help="Only these."
)


@contextmanager
def _database() -> Iterator[None]:
    with cli_database_errors():
        require_current_schema()
        yield


@jobs.command("list")
@_state_option
@click.option("--task", help="Only jobs of this task.")
@click.option(
    "--limit", type=click.IntRange(1, LIST_MAX), default=50, show_default=True, help="At most so many."
)
def list_jobs(state: str | None, task: str | None, limit: int) -> None:
    """List jobs, the last changed ones first."""
    newest = select(Job.id, Job.task, Job.state, Job.attempts, Job.due_at, Job.error).order_by(
        Job.updated_at.desc(), Job.id.desc()
    )
    if state:
        newest = newest.where(Job.state == JobState(state))
    if task:
        newest = newest.where(Job.task == task)
    with _database():
        rows = read_connection().execute(newest.limit(limit)).all()
    for row in rows:
        error = f"  {row.error.splitlines()[0]}" if row.error else ""
        click.echo(
            f"{row.id}  {row.state:9}  {row.task}  due {_time(row.due_at)}  attempts {row.attempts}{error}"
        )
    if not rows:
        click.echo("No jobs.")


@jobs.command("show")
@click.argument("job_id", type=click.UUID)
def show_job(job_id: UUID) -> None:
    """Show a job as JSON."""
    with _database():
        row = read_connection().execute(select(Job.__table__).where(Job.id == job_id)).one_or_none()
    if row is None:
        raise click.ClickException(f"No job {job_id}.")
    click.echo(orjson.dumps(row._asdict(), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())


@jobs.command("stats")
def show_statistics() -> None:
    """Count the jobs of each task and state, and say how late they are and what is degraded."""
    counts = (
        select(Job.task, Job.state, func.count()).group_by(Job.task, Job.state).order_by(Job.task, Job.state)
    )
    with _database():
        rows = read_connection().execute(counts).all()
        late_s = queue.longest_wait_s(read_connection())
        names = degraded()
    for task, state, number in rows:
        click.echo(f"{task:40} {state:9} {number:8}")
    click.echo(f"The oldest job that is due has been waiting for {late_s:.0f} s.")
    click.echo(f"Degraded: {', '.join(names)}." if names else "Nothing is degraded.")


@jobs.command("retry")
@click.argument("job_ids", type=click.UUID, nargs=-1)
@click.option("--failed", is_flag=True, help="All failed jobs.")
def retry_jobs(job_ids: tuple[UUID, ...], failed: bool) -> None:
    """Run failed or cancelled jobs again."""
    if failed == bool(job_ids):
        raise click.UsageError("Name jobs, or give --failed.")
    with _database():
        if failed:
            job_ids = tuple(
                read_connection().scalars(select(Job.id).where(Job.state == JobState.FAILED).order_by(Job.id))
            )
        for job_id in job_ids:
            with transaction():
                is_waiting = queue.retry(job_id)
            if not is_waiting and not failed:
                raise click.ClickException(f"No failed or cancelled job {job_id}.")
    click.echo(f"{_count(len(job_ids))} will run again.")


@jobs.command("cancel")
@click.argument("job_id", type=click.UUID)
def cancel_job(job_id: UUID) -> None:
    """Cancel a job. What a running attempt has done so far is not kept."""
    with _database(), transaction():
        if not queue.cancel(job_id):
            raise click.ClickException(f"No unfinished job {job_id}.")
    click.echo("Cancelled.")


@jobs.command("purge")
@click.option(
    "--days", type=click.IntRange(0, 3_650), default=0, show_default=True, help="Finished so many days ago."
)
def purge_jobs(days: int) -> None:
    """Delete finished jobs."""
    total = 0
    with _database():
        while True:
            with transaction():
                deleted = queue.purge_finished(days * 86_400)
            if not deleted:
                break
            total += deleted
    click.echo(f"Deleted {_count(total)}.")


def _count(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S")
