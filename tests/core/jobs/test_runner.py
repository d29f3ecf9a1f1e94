"""One attempt: what a task does is committed with the job's success, or not at all."""

import pytest

from service.core.database import transaction
from service.core.jobs import queue
from service.core.jobs.runner import Heartbeat, look_after_jobs, run_attempt
from tests.core.jobs.sample_tasks import (
    add,
    add_in_two_runs,
    add_then_raise,
    do_periodically,
    fail_for_good,
    fail_in_words,
)
from tests.waiting import wait_until


class TestAttempt:
    def test_commits_the_effect_and_the_success(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        run_attempt(app, jobs.claim())
        assert (jobs.effects(), jobs.row(job_id).state) == ([7], "succeeded")

    def test_with_more_to_do_is_due_again_at_once(self, app, jobs):
        job_id = jobs.enqueue(add_in_two_runs, number=7)
        run_attempt(app, jobs.claim())
        assert (jobs.effects(), jobs.row(job_id).state) == ([7], "waiting")
        run_attempt(app, jobs.claim())
        assert (jobs.effects(), jobs.row(job_id).state) == ([7, 7], "succeeded")

    def test_keeps_nothing_of_a_task_that_raises(self, app, jobs):
        job_id = jobs.enqueue(add_then_raise, number=7)
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (jobs.effects(), row.state, row.error) == ([], "waiting", "RuntimeError: not 7")

    @pytest.mark.parametrize(
        ("task", "state", "error"),
        [
            (fail_in_words, "waiting", "The server is busy with 7."),
            (fail_for_good, "failed", "There is no 7."),
        ],
    )
    def test_a_failure_in_words_is_the_error_and_no_more(self, app, jobs, capsys, task, state, error):
        job_id = jobs.enqueue(task, number=7)
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (jobs.effects(), row.state, row.attempts, row.error) == ([], state, 1, error)
        assert (row.finished_at is None) == (state == "waiting")
        assert "Traceback" not in capsys.readouterr().err

    def test_keeps_nothing_when_the_lease_is_lost(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with transaction():
            queue.cancel(job_id)
        run_attempt(app, job)
        assert (jobs.effects(), jobs.row(job_id).state) == ([], "cancelled")

    def test_a_payload_of_other_code_is_an_error_of_the_job(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        jobs.set(job_id, payload={"count": 7})
        run_attempt(app, jobs.claim())
        assert jobs.row(job_id).error.startswith("PayloadInvalid: tests.add")


class TestHeartbeat:
    def test_extends_the_lease_while_the_job_runs(self, app, jobs, monkeypatch):
        monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        jobs.lapse(job_id)
        before = jobs.row(job_id).leased_until
        ended = []
        with Heartbeat(app, job, end=ended.append):
            wait_until(lambda: jobs.row(job_id).leased_until > before)
        assert ended == []

    def test_ends_the_process_when_the_lease_is_lost(self, app, jobs, monkeypatch):
        monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with transaction():
            queue.cancel(job_id)
        ended = []
        with Heartbeat(app, job, end=ended.append):
            wait_until(lambda: ended)
        assert ended[0] == 1


class TestCare:
    def test_lapsed_attempts_wait_again(self, jobs):
        job_id = jobs.enqueue(add, number=7)
        jobs.claim()
        jobs.lapse(job_id)
        look_after_jobs()
        row = jobs.row(job_id)
        assert (row.state, row.error) == ("waiting", queue.WORKER_LOST)

    def test_a_periodic_job_that_is_cancelled_is_due_a_period_later(self, jobs):
        look_after_jobs()
        (row,) = [row for row in jobs.all_rows() if row.task == do_periodically.name]
        with transaction():
            queue.cancel(row.id)
        look_after_jobs()
        (added,) = [
            row for row in jobs.all_rows() if row.task == do_periodically.name and row.state == "waiting"
        ]
        assert abs((added.due_at - row.due_at).total_seconds() - do_periodically.every_s) < 60

    def test_periodic_jobs_exist(self, jobs):
        look_after_jobs()
        look_after_jobs()
        assert [row.task for row in jobs.all_rows()].count(do_periodically.name) == 1
