"""An import whose workers are killed: it goes on where it was, nothing is doubled, and it is what one run makes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.pool import NullPool

from service.config import settings
from service.extensions import db
from service.importing.actions import BATCH
from service.models.imports import Import, ImportItem
from service.models.posts import Post
from service.models.users import Role
from tests.accounts import auth_headers
from tests.audit_protection import protection_lifted
from tests.factories import create_user
from tests.faults.job_workers import LONG, kill_all, runners_of, worker
from tests.importing.publication import imported, png, post, publication, write
from tests.imports.test_routes import comparable, start
from tests.waiting import wait_until

KILLED = 2


@pytest.fixture
def engine(app: Flask, database_url: str) -> Iterator[sa.Engine]:
    # The worker has connections of its own; ours must not be in a transaction while it writes.
    engine = sa.create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def site(number: int) -> dict[str, str | bytes]:
    """Return posts that link to each other, with tags, aliases and an image."""
    pages = {
        f"p-{each:04}.md": post(
            f"P {each}",
            f"[next](p-{(each + 1) % number:04}.md) ![x](p.png)",
            front=f'aliases = ["/old/{each}"]\n[taxonomies]\ntags = ["t{each % 7}"]',
        )
        for each in range(number)
    }
    return {**pages, "p.png": png(200)}


def done(engine: sa.Engine, import_id: str) -> int:
    with engine.connect() as connection:
        return connection.execute(
            sa.select(Import.created_count).where(Import.id == UUID(import_id))
        ).scalar_one()


def kill_while_it_imports(
    client: FlaskClient, engine: sa.Engine, database_url: str, number: int, tmp_path: Path
) -> None:
    files, folder = site(number), settings().var_dir
    author = create_user(role=Role.ADMIN, username="root")
    imported(write(tmp_path / "site", files), default_author_id=author.id)
    expected = comparable()
    with engine.begin() as connection, protection_lifted(connection):
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(table.delete())
    admin = auth_headers(create_user(role=Role.ADMIN, username="root"))
    started = start(client, admin, files)
    db.session.remove()
    for killed in range(KILLED):
        with worker(folder, database_url) as process:
            wait_until(lambda killed=killed: done(engine, started["id"]) > killed * BATCH)  # type: ignore[misc]
            if killed % 2:
                kill_all(process)
            else:
                for runner in runners_of(process):
                    os.kill(runner, signal.SIGKILL)
    assert done(engine, started["id"]) < number
    with worker(folder, database_url):
        wait_until(lambda: done(engine, started["id"]) == number, 120)
        wait_until(
            lambda: client.get(f"/api/imports/{started['id']}", headers=admin).json["state"] == "succeeded"
        )
    assert comparable() == expected
    with engine.connect() as connection:
        paths = Counter(connection.scalars(sa.select(ImportItem.path)))
        assert connection.scalar(sa.select(sa.func.count(Post.id))) == number
    assert paths == Counter(name for name in files if name.endswith(".md"))
    assert len(publication()) == number


def test_goes_on_where_it_was(
    client: FlaskClient, engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    kill_while_it_imports(client, engine, database_url, 5 * BATCH, tmp_path)


@LONG
def test_of_a_large_publication_goes_on_where_it_was(
    client: FlaskClient, engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    kill_while_it_imports(client, engine, database_url, 60 * BATCH, tmp_path)
