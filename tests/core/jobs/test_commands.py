"""`flask jobs`: what an operator sees and does."""

import json
import re
from uuid import uuid4

import pytest

from service.core.database import database_now, transaction
from service.core.jobs import queue
from tests.core.jobs.sample_tasks import add, add_then_raise


@pytest.fixture
def flask_jobs(app):
    def run(*arguments, status=0):
        result = app.test_cli_runner().invoke(args=["jobs", *map(str, arguments)])
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.output
        return result.output

    return run


def fail(jobs, number):
    job_id = jobs.enqueue(add_then_raise, number=number)
    for _ in range(2):
        job = jobs.claim()
        with transaction():
            queue.fail_attempt(job, "RuntimeError: no\nmore")
        jobs.make_due(job_id)
    return job_id


class TestList:
    def test_says_so_when_there_is_none(self, jobs, flask_jobs):
        assert flask_jobs("list") == "No jobs.\n"

    def test_is_newest_first_with_the_first_line_of_the_error(self, jobs, flask_jobs):
        failed, waiting = fail(jobs, 1), jobs.enqueue(add, number=2)
        first, second = flask_jobs("list").splitlines()
        assert re.match(rf"{waiting}  waiting    tests\.add  due \d{{4}}-\S+ \S+  attempts 0$", first)
        assert re.match(rf"{failed}  failed .* attempts 2  RuntimeError: no$", second)

    def test_can_be_filtered(self, jobs, flask_jobs):
        failed, waiting = fail(jobs, 1), jobs.enqueue(add, number=2)
        assert str(waiting) not in flask_jobs("list", "--state", "failed")
        assert str(failed) not in flask_jobs("list", "--task", "tests.add")
        assert len(flask_jobs("list", "--limit", 1).splitlines()) == 1


class TestShow:
    def test_is_json(self, jobs, flask_jobs):
        job_id = jobs.enqueue(add, number=2)
        shown = json.loads(flask_jobs("show", job_id))
        assert (shown["id"], shown["payload"], shown["state"]) == (str(job_id), {"number": 2}, "waiting")

    def test_an_unknown_job_is_an_error(self, jobs, flask_jobs):
        assert "No job " in flask_jobs("show", uuid4(), status=1)


def test_stats_count_and_say_how_late_the_queue_is(jobs, flask_jobs):
    fail(jobs, 1)
    jobs.make_due(jobs.enqueue(add, delay_s=60, number=2))
    jobs.enqueue(add, number=3)
    lines = [" ".join(line.split()) for line in flask_jobs("stats").splitlines()]
    assert lines[:2] == ["tests.add waiting 2", "tests.add_then_raise failed 1"]
    assert re.fullmatch(r"The oldest job that is due has been waiting for [1-9]\d* s\.", lines[2])
    assert lines[3] == "Nothing is degraded."


def test_stats_say_what_is_degraded(jobs, flask_jobs):
    jobs.set(jobs.enqueue(add, number=3), due_at=database_now(-61))
    assert flask_jobs("stats").endswith("Degraded: jobs.\n")


class TestRetry:
    def test_runs_failed_jobs_again(self, jobs, flask_jobs):
        one, other = fail(jobs, 1), fail(jobs, 2)
        assert flask_jobs("retry", one) == "1 job will run again.\n"
        assert (jobs.row(one).state, jobs.row(other).state) == ("waiting", "failed")
        assert flask_jobs("retry", "--failed") == "1 job will run again.\n"
        assert jobs.row(other).state == "waiting"
        assert flask_jobs("retry", "--failed") == "0 jobs will run again.\n"

    def test_of_a_waiting_job_is_an_error(self, jobs, flask_jobs):
        assert "No failed or cancelled job" in flask_jobs("retry", jobs.enqueue(add, number=1), status=1)

    @pytest.mark.parametrize("arguments", [[], ["--failed", str(uuid4())]])
    def test_needs_jobs_or_all_failed(self, jobs, flask_jobs, arguments):
        assert "Name jobs, or give --failed." in flask_jobs("retry", *arguments, status=2)


class TestCancel:
    def test_ends_a_waiting_job(self, jobs, flask_jobs):
        job_id = jobs.enqueue(add, number=1)
        assert flask_jobs("cancel", job_id) == "Cancelled.\n"
        assert jobs.row(job_id).state == "cancelled"
        assert "No unfinished job" in flask_jobs("cancel", job_id, status=1)


class TestPurge:
    def test_deletes_finished_jobs(self, jobs, flask_jobs):
        fail(jobs, 1)
        waiting = jobs.enqueue(add, number=2)
        assert flask_jobs("purge", "--days", 1) == "Deleted 0 jobs.\n"
        assert flask_jobs("purge") == "Deleted 1 job.\n"
        assert [row.id for row in jobs.all_rows()] == [waiting]
