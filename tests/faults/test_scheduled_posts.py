"""Scheduled posts and workers that are killed: each is published and announced once, and at its time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.pool import NullPool

from service.config import settings
from service.core.database import database_now
from service.extensions import db
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.jobs import Job
from service.models.posts import Post, PostStatus
from service.models.users import User
from tests.accounts import auth_headers
from tests.factories import create_post, create_user
from tests.servers import INHERITED, ROOT, stop
from tests.waiting import wait_until

POSTS = 2_000 if os.environ.get("FAULTS") == "long" else 500
WORKERS = 4

Worker = subprocess.Popen[bytes]


@pytest.fixture
def engine(client: FlaskClient, database_url: str) -> Iterator[sa.Engine]:
    # The workers have connections of their own; ours must not be in a transaction while they write.
    engine = sa.create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS announcements"))
        connection.execute(sa.text("CREATE TABLE announcements (post_id VARCHAR(36) NOT NULL)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE announcements"))


@contextlib.contextmanager
def workers(database_url: str, number: int, poll_s: float) -> Iterator[list[Worker]]:
    """Run so many workers with one process each; they are killed at the end, if they have not stopped."""
    folder = settings().var_dir
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "PYTHONPATH": str(ROOT),
    }
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(Path(folder, "posts-worker.log").open("ab"))
        started = []
        for _ in range(number):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.posts_worker", str(poll_s)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            stack.callback(stop, process)
            started.append(process)
        yield started


def schedule_many(author: User, at: datetime) -> None:
    """Copy a scheduled post, so that there are `POSTS`."""
    first = create_post(author, status=PostStatus.SCHEDULED, scheduled_at=at)
    with db.engine.begin() as connection:
        row = connection.execute(sa.select(Post.__table__).where(Post.id == first.id)).one()._asdict()
        copies = [{**row, "id": uuid7(), "slug": f"due-{number}"} for number in range(1, POSTS)]
        connection.execute(sa.insert(Post.__table__), copies)  # type: ignore[arg-type]


def count(engine: sa.Engine, status: PostStatus) -> int:
    with engine.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(Post).where(Post.status == status)
        return connection.execute(statement).scalar_one()


def announced(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT post_id FROM announcements")))


def schedule(client: FlaskClient, post: Post, headers: Any, at: datetime) -> None:
    body = {"publish_at": at.isoformat()}
    response = client.post(f"/api/posts/{post.id}/schedule", json=body, headers=headers)
    assert response.status_code == 200, response.json


def test_of_many_that_are_due_at_once_each_is_published_and_announced_once(
    client: FlaskClient, engine: sa.Engine, database_url: str
) -> None:
    schedule_many(create_user(), utcnow() - timedelta(seconds=1))
    db.session.remove()
    db.engine.dispose()
    with workers(database_url, WORKERS, 0.5) as processes:
        # In the middle of it, between two transactions or within one, whichever worker is at it.
        wait_until(lambda: count(engine, PostStatus.PUBLISHED) > 0)
        os.killpg(processes[0].pid, signal.SIGKILL)
        wait_until(lambda: len(announced(engine)) >= POSTS, 240)
    assert count(engine, PostStatus.PUBLISHED) == POSTS
    assert len(announced(engine)) == len(set(announced(engine))) == POSTS


def test_a_post_is_published_at_its_time_without_looking_for_it(
    client: FlaskClient, engine: sa.Engine, database_url: str
) -> None:
    author = create_user()
    headers = auth_headers(author)
    far, near = create_post(author), create_post(author)
    schedule(client, far, headers, utcnow() + timedelta(days=1))
    with workers(database_url, 1, 600):
        # It has done all that is due, and waits: for a day, or for the earlier time that it is then told.
        wait_until(lambda: is_idle(engine))
        schedule(client, near, headers, utcnow() + timedelta(seconds=2))
        wait_until(lambda: announced(engine))
    assert announced(engine) == [str(near.id)]
    shown = client.get(f"/api/posts/{near.id}").json
    assert (shown["status"], client.get(f"/api/posts/{far.id}").status_code) == ("published", 404)


def is_idle(engine: sa.Engine) -> bool:
    due = sa.select(Job.id).where(
        sa.or_(Job.state == "running", (Job.state == "waiting") & (Job.due_at <= database_now()))
    )
    with engine.connect() as connection:
        names = set(connection.scalars(sa.select(Job.task)))
        return connection.execute(due).first() is None and "jobs.purge_finished" in names
