"""One attempt: what a task does is committed with the job's success, or not at all."""

import pytest
from sqlalchemy import text

from service.core.database import transaction
from service.core.jobs import queue
from service.core.jobs.queue import Progress
from service.core.jobs.runner import Heartbeat, look_after_jobs, run_attempt
from service.core.jobs.running import current_job
from service.extensions import db
from service.models.jobs import PROGRESS_MESSAGE_MAX
from tests.core.jobs.sample_tasks import (
    add,
    add_in_two_runs,
    add_then_raise,
    count_runs,
    do_periodically,
    fail_for_good,
    fail_in_words,
    leave_nothing,
    report_then_raise,
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


class TestResult:
    def test_grows_over_the_runs_of_a_job(self, app, jobs):
        job_id = jobs.enqueue(count_runs)
        for runs in (1, 2):
            run_attempt(app, jobs.claim())
            row = jobs.row(job_id)
            assert (row.state, row.result, row.progress_done) == ("waiting", {"runs": runs}, runs)
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (row.state, row.result) == ("succeeded", {"runs": 3})
        assert (row.progress_done, row.progress_total, row.progress_message) == (3, 3, "Run 3")

    def test_that_is_not_the_declared_one_fails(self, app, jobs):
        job_id = jobs.enqueue(leave_nothing)
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (row.state, row.error) == (
            "waiting",
            "ResultInvalid: tests.leave_nothing: the result does not fit its schema",
        )

    def test_begins_anew_for_a_job_that_was_asked_for_again(self, app, jobs):
        job_id = jobs.enqueue(count_runs, unique_key="one")
        for _ in range(2):
            run_attempt(app, jobs.claim())
        last = jobs.claim()
        jobs.enqueue(count_runs, unique_key="one")
        run_attempt(app, last)
        row = jobs.row(job_id)
        assert (row.state, row.result) == ("waiting", None)

    def test_is_forgotten_by_a_retry(self, app, jobs):
        job_id = jobs.enqueue(count_runs)
        run_attempt(app, jobs.claim())
        with transaction():
            queue.cancel(job_id)
            queue.retry(job_id)
        row = jobs.row(job_id)
        assert (row.result, row.progress_done, row.progress_message) == (None, None, None)


class TestProgress:
    def test_is_seen_while_the_transaction_of_the_task_is_open(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with Heartbeat(app, job) as heartbeat, transaction():
            if db.engine.dialect.name == "postgresql":  # SQLite has one writer
                db.session.execute(text("INSERT INTO effects VALUES (1)"))
            heartbeat.show_progress(Progress(3, 10, "Three"))
            row = wait_until(lambda: (row := jobs.row(job_id)).progress_done and row)
            assert (row.progress_done, row.progress_total, row.progress_message) == (3, 10, "Three")
            # The connection that shows progress commits nothing of the task.
            assert jobs.effects() == []

    def test_never_holds_up_the_task(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with Heartbeat(app, job) as heartbeat, transaction():
            db.session.execute(text("INSERT INTO effects VALUES (1)"))
            for done in range(1_000):
                heartbeat.show_progress(Progress(done))
            queue.succeed(job, progress=Progress(1_000))
        row = jobs.row(job_id)
        assert (row.state, row.progress_done, jobs.effects()) == ("succeeded", 1_000, [1])

    def test_of_a_failed_attempt_stays_and_its_effect_does_not(self, app, jobs):
        job_id = jobs.enqueue(report_then_raise, number=7)
        shown = []
        run_attempt(app, jobs.claim(), shown.append)
        assert (jobs.row(job_id).state, jobs.effects()) == ("failed", [])
        assert shown == [Progress(7, None, "on the way")]

    def test_of_an_attempt_that_lost_its_lease_is_not_written(self, app, jobs):
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with transaction():
            queue.fail_attempt(job, "lost")
        with db.engine.begin() as connection:
            queue.write_progress(connection, job, Progress(3))
        assert jobs.row(job_id).progress_done is None

    def test_a_long_message_is_cut(self, jobs):
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with db.engine.begin() as connection:
            queue.write_progress(connection, job, Progress(3, message="x" * 1_000))
        assert len(jobs.row(job_id).progress_message) == PROGRESS_MESSAGE_MAX

    def test_there_is_no_job_outside_of_tasks(self, app):
        with pytest.raises(LookupError):
            current_job()


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
