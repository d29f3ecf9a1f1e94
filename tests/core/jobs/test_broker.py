"""Wake-ups through a broker: they are sent after the commit, by a thread, and never hold up or fail a request."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from redis import Redis as RedisClient

from service.app import create_app
from service.core.database import transaction
from service.core.degradation import degraded
from service.core.jobs import broker, queue
from service.extensions import db
from tests import brokers
from tests.conftest import settings_on
from tests.core.jobs.sample_tasks import add
from tests.servers import ROOT, free_port
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with brokers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def application(jobs, database_url, tmp_path):
    """Return a function that makes an application with the broker at a URL."""
    return lambda url: create_app(
        settings_on(database_url, tmp_path, JOB_ENGINE="celery", JOB_BROKER_URL=url)
    )


def unread(redis):
    return RedisClient.from_url(redis.url).llen(broker.QUEUE.name)


def enqueue(number):
    with transaction():
        return queue.enqueue(add, number=number)


class TestWakeUp:
    @pytest.fixture(autouse=True)
    def _empty(self, redis):
        RedisClient.from_url(redis.url).flushall()

    def test_is_sent_after_the_commit(self, application, redis, jobs):
        app = application(redis.url)
        with app.app_context():
            with transaction() as session:
                queue.enqueue(add, number=1)
                session.flush()
                app.extensions["job_broker"].flush()
                assert unread(redis) == 0
            wait_until(lambda: unread(redis) == 1)

    def test_is_not_sent_after_a_rollback(self, application, redis, jobs):
        app = application(redis.url)
        with app.app_context():
            queue.enqueue(add, number=1)
            db.session.rollback()
            enqueue(2)
            wait_until(lambda: unread(redis))
            app.extensions["job_broker"].flush()
        assert unread(redis) == 1

    def test_does_not_fill_a_broker_that_nobody_reads(self, application, redis, jobs):
        app = application(redis.url)
        with app.app_context():
            for number in range(2 * broker.UNREAD_MAX):
                enqueue(number)
                app.extensions["job_broker"].flush()
        assert unread(redis) == broker.UNREAD_MAX


class TestUnavailable:
    def test_a_broker_that_never_answers_holds_up_no_commit(self, application, jobs, monkeypatch):
        monkeypatch.setattr(broker, "TIMEOUT_S", 20)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            app = application(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            with app.app_context():
                ids = [enqueue(number) for number in range(100)]
        assert [jobs.row(job_id).state for job_id in ids] == ["waiting"] * 100

    def test_what_could_not_be_sent_is_sent_when_the_broker_is_back(
        self, application, jobs, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(broker, "RETRY_S", 0.05)
        with brokers.redis(tmp_path) as redis:
            app = application(redis.url)
            with app.app_context():
                enqueue(1)
                wait_until(lambda: unread(redis) == 1)
                redis.kill()
                enqueue(2)
                sender = app.extensions["job_broker"]
                wait_until(lambda: sender.is_down)
                redis.start()
                wait_until(lambda: unread(redis) == 1)
                wait_until(lambda: not sender.is_down)

    def test_is_degraded_and_ready(self, application, jobs, redis):
        for url, names in ((f"redis://127.0.0.1:{free_port()}/0", ["broker"]), (redis.url, [])):
            app = application(url)
            with app.app_context():
                assert degraded() == names
            assert app.test_client().get("/health/ready").status_code == 200

    def test_is_told(self, redis):
        assert broker.is_reachable(redis.url)
        assert not broker.is_reachable(f"redis://127.0.0.1:{free_port()}/0")
        assert not broker.is_reachable(f"amqp://guest:guest@127.0.0.1:{free_port()}//")


def test_celery_is_loaded_only_where_the_setting_says_so(tmp_path):
    program = "import sys; from service.app import create_app; create_app('testing'); print('celery' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "False\n", done.stderr
