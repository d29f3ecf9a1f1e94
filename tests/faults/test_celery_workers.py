"""Celery workers and brokers that are killed: nothing is lost or done twice, for the broker carries wake-ups only."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request

import pytest
from redis import Redis as RedisClient
from sqlalchemy import create_engine, select, update
from sqlalchemy.pool import NullPool

from service.app import create_app
from service.models.jobs import Job
from tests import brokers
from tests.conftest import on_postgresql, settings_on
from tests.core.jobs.sample_tasks import (
    add,
    create_effects,
    effects,
    kill_process,
    never_end,
    never_end_for_a_minute,
)
from tests.faults.job_workers import (
    JOBS,
    LONG,
    PORTION,
    are_finished,
    enqueue,
    enqueue_many,
    kill_all,
    kill_workers,
    runners_of,
    states,
    worker,
)
from tests.servers import ROOT, free_port, running
from tests.waiting import wait_until

pytestmark = on_postgresql

PROCESSES_KILLED = 4


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with brokers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory):
    with brokers.rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["redis", pytest.param("rabbitmq", marks=LONG)])
def main_broker(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def engine(app, database_url):
    engine = create_engine(database_url, poolclass=NullPool)
    create_effects(engine)
    return engine


@pytest.fixture
def celery_context(engine, database_url, tmp_path):
    """Return a function that enters the context of an application whose commits wake Celery workers."""
    entered = []

    def enter(broker):
        app = create_app(settings_on(database_url, tmp_path, **environment(broker)))
        entered.append(app.app_context())
        entered[-1].push()

    yield enter
    for context in reversed(entered):
        context.pop()


def environment(broker):
    return {"JOB_ENGINE": "celery", "JOB_BROKER_URL": broker.url}


class TestKilledWorker:
    def test_no_job_is_lost_and_none_is_done_twice(
        self, main_broker, celery_context, engine, tmp_path, database_url
    ):
        broker = main_broker
        celery_context(broker)
        jobs = []
        with worker(tmp_path, database_url, env=environment(broker)) as process:
            for _ in range(PROCESSES_KILLED):
                done = len(effects(engine))
                jobs += enqueue_many(PORTION, first=len(jobs))
                wait_until(lambda done=done: len(effects(engine)) > done)
                for child in runners_of(process)[-1:]:  # the youngest; beat is older
                    os.kill(child, signal.SIGKILL)
            others = len(jobs)
            jobs += enqueue_many(JOBS, first=others)
            wait_until(lambda: len(effects(engine)) > others)
            kill_all(process)
        assert len(effects(engine)) < len(jobs)
        with worker(tmp_path, database_url, env=environment(broker)):
            wait_until(lambda: are_finished(engine, jobs))
        assert effects(engine) == list(range(len(jobs)))
        assert set(states(engine, *jobs)) == {"succeeded"}

    @LONG
    def test_jobs_of_killed_workers_are_repeated_within_a_minute(
        self, broker, celery_context, engine, tmp_path, database_url
    ):
        celery_context(broker)
        kill_workers(engine, tmp_path, database_url, environment(broker))


class TestJobsThatKill:
    def test_fail_after_their_attempts_and_hold_up_nobody(
        self, redis, celery_context, engine, tmp_path, database_url
    ):
        celery_context(redis)
        with worker(tmp_path, database_url, processes=2, env=environment(redis)):
            endless = enqueue(never_end, number=1)
            killing = enqueue(kill_process, number=2)
            others = [enqueue(add, number=number) for number in range(10, 20)]
            wait_until(lambda: states(engine, *others).count("succeeded") == 10)
            wait_until(lambda: states(engine, endless, killing) == ["failed", "failed"])
            # What is cancelled ends, too.
            cancelled = enqueue(never_end_for_a_minute, number=3)
            wait_until(lambda: states(engine, cancelled) == ["running"])
            with engine.begin() as connection:
                connection.execute(
                    update(Job).where(Job.id == cancelled).values(state="cancelled", lease_token=None)
                )
            more = [enqueue(add, number=number) for number in range(20, 22)]
            wait_until(lambda: are_finished(engine, more))
        assert effects(engine) == list(range(10, 22))
        with engine.connect() as connection:
            rows = connection.execute(
                select(Job.attempts, Job.error).where(Job.id.in_([endless, killing])).order_by(Job.id)
            ).all()
        # On a busy machine the lease of the job may end before its process is missed.
        missed = ("The process that ran the job ended.", "The worker stopped while the job was running.")
        assert rows in [[(1, "The time limit of 0.5 s was exceeded."), (2, error)] for error in missed]


class TestBroker:
    def test_killed_and_emptied_loses_nothing(
        self, tmp_path_factory, celery_context, engine, tmp_path, database_url
    ):
        with brokers.redis(tmp_path_factory.mktemp("mortal")) as broker:
            celery_context(broker)
            with worker(tmp_path, database_url, env=environment(broker)):
                jobs = enqueue_many(JOBS // 2)
                wait_until(lambda: effects(engine))
                RedisClient.from_url(broker.url).flushall()
                wait_until(lambda: are_finished(engine, jobs))
                broker.kill()
                jobs += [enqueue(add, number=number) for number in range(JOBS // 2, JOBS // 2 + 10)]
                broker.start()  # empty
                wait_until(lambda: are_finished(engine, jobs))
                # And wake-ups pass again: by itself, this worker would look in ten minutes.
        assert effects(engine) == list(range(JOBS // 2 + 10))

    @LONG
    def test_rabbitmq_killed_and_started_again_loses_nothing(
        self, rabbitmq, celery_context, engine, tmp_path, database_url
    ):
        celery_context(rabbitmq)
        with worker(tmp_path, database_url, env=environment(rabbitmq)):
            jobs = enqueue_many(JOBS)
            wait_until(lambda: effects(engine))
            rabbitmq.kill()
            jobs += [enqueue(add, number=number) for number in range(JOBS, JOBS + 10)]
            rabbitmq.start()
            wait_until(lambda: are_finished(engine, jobs), 120)
        assert effects(engine) == list(range(JOBS + 10))


class TestWakeUp:
    def test_an_idle_worker_starts_at_once(self, broker, celery_context, engine, tmp_path, database_url):
        celery_context(broker)
        # By itself it would look for jobs in ten minutes.
        with worker(tmp_path, database_url, poll_s=600, lease_s=30, env=environment(broker)):
            first = enqueue(add, number=0)
            wait_until(lambda: are_finished(engine, [first]))
            for number in range(1, 4):
                job = enqueue(add, number=number)
                wait_until(lambda job=job: are_finished(engine, [job]))


class TestSwitch:
    @pytest.mark.parametrize("engines", ["embedded celery", pytest.param("celery embedded", marks=LONG)])
    def test_loses_and_doubles_nothing(self, engines, redis, celery_context, engine, tmp_path, database_url):
        of = {"celery": environment(redis), "embedded": {}}
        before, after = engines.split()
        if before == "celery":
            celery_context(redis)
        jobs = enqueue_many(JOBS)
        with worker(tmp_path, database_url, env=of[before]) as process:
            wait_until(lambda: effects(engine))
            process.terminate()
            process.wait(60)
        assert 0 < len(effects(engine)) < JOBS
        with worker(tmp_path, database_url, env=of[after]):
            wait_until(lambda: are_finished(engine, jobs))
        assert effects(engine) == list(range(JOBS))
        assert set(states(engine, *jobs)) == {"succeeded"}


class TestFlower:
    def test_shows_the_worker_and_its_tasks(self, redis, celery_context, engine, tmp_path, database_url):
        port = free_port()
        env = {
            "DATABASE_URL": database_url,
            "VAR_DIR": str(tmp_path),
            "FLASK_ENV": "testing",
            "PYTHONPATH": str(ROOT),
            "FLOWER_UNAUTHENTICATED_API": "true",
            **environment(redis),
        }
        command = [sys.executable, "-m", "celery", "--app", "celery_app", "flower", f"--port={port}"]
        command.append("--address=127.0.0.1")
        celery_context(redis)

        def get(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
                return json.load(response)

        with (
            running(command, port, tmp_path / "flower", env=env),
            worker(tmp_path, database_url, env=environment(redis)),
        ):
            wait_until(lambda: states(engine, enqueue(add, number=1)) == ["succeeded"])
            (name,) = wait_until(lambda: get("/api/workers?refresh=1"))
            assert name.startswith("colophon-")
            names = wait_until(lambda: {task["name"] for task in get("/api/tasks").values() if task["name"]})
        assert names <= {"jobs.work", "jobs.tick"}
