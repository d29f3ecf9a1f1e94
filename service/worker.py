"""The worker: the modules that declare tasks and mails, and the command `flask worker`, which runs jobs."""

from __future__ import annotations

import sys
from importlib import import_module

import click
from flask import current_app
from flask.cli import with_appcontext

from service.config import settings
from service.core.cli_errors import cli_database_errors, require_current_schema
from service.core.jobs.pool import Pool
from service.extensions import db

# A module that is not named here declares nothing: no job of its tasks is run.
TASK_MODULES = (
    "service.core.jobs.retention",
    "service.core.idempotency.retention",
    "service.core.mail.sending",
    "service.core.revalidation",
    "service.core.uploads.sweeping",
    "service.media.deletion",
    "service.users.mails",
    "service.auth.mails",
    "service.api_keys.mails",
    "service.media.sweeping",
    "service.media_library.fetching",
    "service.auth.tasks",
    "service.auth.key_tasks",
    "service.second_factors.mails",
    "service.passkeys.mails",
    "service.password_resets.mails",
    "service.invitations.mails",
    "service.media.tasks",
    "service.users.tasks",
    "service.posts.tasks",
    "service.posts.mails",
    "service.comments.mails",
    "service.webhooks.tasks",
    "service.webhooks.mails",
    "service.imports.tasks",
    "service.exports.tasks",
    "service.account_exports.tasks",
    "service.audit.tasks",
)


def import_tasks() -> None:
    """Import all modules that declare tasks."""
    for name in TASK_MODULES:
        import_module(name)


@click.command("worker")
@click.option("--processes", type=click.IntRange(1, 64), help="How many jobs run at a time.")
@with_appcontext
def run_worker(processes: int | None) -> None:
    """Run background jobs until SIGTERM or Ctrl+C; running jobs are finished first.

    With `JOB_ENGINE=celery` it is a Celery worker, with beat; several may run, also on other machines.
    """
    import_tasks()
    with cli_database_errors():
        require_current_schema()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - handed to other processes
    number = processes or settings().worker_processes
    # The check has used the database; a connection must not be shared with the processes that are forked.
    db.session.remove()
    db.engine.dispose()
    if settings().job_engine == "celery":
        # Celery is loaded where it is used only.
        sys.exit(import_module("service.core.jobs.celery_worker").run_worker(app, number))
    Pool(app, number).run()
