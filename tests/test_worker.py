"""`flask worker`: the tasks of this service, in processes."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from service.core.jobs.tasks import declared_tasks
from service.core.sessions import RETENTION_AFTER_EXPIRY
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.sessions import Session
from service.worker import TASK_MODULES, import_tasks
from tests.factories import create_user
from tests.servers import INHERITED, ROOT, stop
from tests.waiting import wait_until

COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]


def environment(database_url, folder):
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {"DATABASE_URL": database_url, "VAR_DIR": str(folder), "FLASK_ENV": "development"}


def test_every_task_module_is_named():
    files = [
        file
        for file in ROOT.glob("service/**/*.py")
        if re.search(r"^@(task|mail)\(", file.read_text(), re.MULTILINE)
    ]
    assert {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files} == set(TASK_MODULES)
    import_tasks()
    assert {"auth.purge_expired", "jobs.purge_finished"} <= set(declared_tasks())


def test_deletes_expired_sessions_by_itself(app, database_url, tmp_path):
    user = create_user()
    long_ago = utcnow() - RETENTION_AFTER_EXPIRY - timedelta(hours=1)
    db.session.add(Session(user_id=user.id, expires_at=long_ago))
    db.session.add(Session(user_id=user.id, expires_at=utcnow() + timedelta(days=1)))
    db.session.commit()
    engine = create_engine(database_url, poolclass=NullPool)

    def sessions():
        with engine.connect() as connection:
            return len(connection.execute(select(Session.id)).all())

    def states():
        with engine.connect() as connection:
            return sorted(connection.scalars(select(Job.state).where(Job.task == "auth.purge_expired")))

    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment(database_url, tmp_path), stdout=log, stderr=log
        )
    try:
        wait_until(lambda: states() == ["succeeded", "waiting"])  # this day's and the next one's
        assert sessions() == 1
        with engine.connect() as connection:
            purged = select(Job.result).where(Job.task == "auth.purge_expired", Job.state == "succeeded")
            assert connection.scalars(purged).one() == {"deleted": 1}
    finally:
        assert stop(process) == 0


@pytest.mark.parametrize("url", ["sqlite:///{folder}/new.sqlite3", "postgresql://nobody@127.0.0.1:9/none"])
def test_without_a_migrated_database_it_says_what_to_do(url, tmp_path):
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(url.format(folder=tmp_path), tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "The database has no tables" in done.stderr or "cannot be reached" in done.stderr


def test_celery_commands_without_the_engine_say_what_is_missing(tmp_path):
    env = environment(f"sqlite:///{tmp_path}/none.sqlite3", tmp_path) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "celery", "--app", "celery_app", "report"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "JOB_ENGINE is not celery" in done.stderr
