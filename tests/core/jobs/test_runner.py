"""One attempt: what a task does is committed with the job's success, or not at all."""

import dataclasses

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.exc import OperationalError

from service.core.database import database_now, transaction
from service.core.jobs import queue, runner
from service.core.jobs.heartbeat import Heartbeat
from service.core.jobs.queue import Progress
from service.core.jobs.runner import Ended, Runner, Started, look_after_jobs, run_attempt, run_watched
from service.core.jobs.running import current_job
from service.core.jobs.tasks import declared_tasks
from service.extensions import db
from service.models.jobs import PROGRESS_MESSAGE_MAX, Job
from tests.core.jobs.sample_tasks import (
    add,
    add_few_at_a_time,
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


class TestNextAttempt:
    def test_begins_with_the_success(self, app, jobs):
        first, second = (jobs.enqueue(add, number=number) for number in (1, 2))
        following = run_attempt(app, jobs.claim(), claims_next=lambda: True)
        assert (following.id, jobs.row(second).attempts) == (second, 1)
        assert (jobs.row(first).state, jobs.row(second).state, jobs.effects()) == (
            "succeeded",
            "running",
            [1],
        )
        assert run_attempt(app, following, claims_next=lambda: True) is None
        assert jobs.effects() == [1, 2]

    def test_does_not_begin_in_a_process_that_stops(self, app, jobs):
        jobs.enqueue(add, number=1)
        second = jobs.enqueue(add, number=2)
        job = jobs.claim()
        with Heartbeat(app) as heartbeat:
            assert run_watched(app, job, heartbeat, lambda: False) is None
        assert (jobs.row(second).state, jobs.row(second).attempts) == ("waiting", 0)

    def test_does_not_begin_when_the_time_limit_is_near(self, app, jobs, monkeypatch):
        # The process could be ended for the first job when it is at the second.
        jobs.enqueue(add, number=1)
        second = jobs.enqueue(add, number=2)
        job = jobs.claim()
        hurried = dataclasses.replace(declared_tasks()[add.name], time_limit_s=0.0)
        monkeypatch.setitem(declared_tasks(), add.name, hurried)
        with Heartbeat(app) as heartbeat:
            assert run_watched(app, job, heartbeat, lambda: True) is None
        assert (jobs.row(second).state, jobs.effects()) == ("waiting", [1])

    @pytest.mark.parametrize("task", [add_then_raise, fail_in_words])
    def test_does_not_begin_with_a_failure(self, app, jobs, task):
        jobs.enqueue(task, number=1)
        second = jobs.enqueue(add, number=2)
        assert run_attempt(app, jobs.claim(), claims_next=lambda: True) is None
        assert (jobs.row(second).state, jobs.row(second).attempts) == ("waiting", 0)

    def test_does_not_begin_without_the_lease(self, app, jobs):
        first, second = (jobs.enqueue(add, number=number) for number in (1, 2))
        job = jobs.claim()
        with transaction():
            queue.cancel(first)
        assert run_attempt(app, job, claims_next=lambda: True) is None
        assert (jobs.row(second).state, jobs.row(second).attempts, jobs.effects()) == ("waiting", 0, [])

    def test_that_cannot_begin_costs_the_job_one_attempt(self, app, jobs, monkeypatch):
        job_id = jobs.enqueue(add, number=1)

        def claim(*_arguments, **_options):
            raise OperationalError("UPDATE", {}, Exception("canceled"))

        first = jobs.claim()
        with monkeypatch.context() as patched:
            patched.setattr(queue, "_claimed", claim)
            assert run_attempt(app, first, claims_next=lambda: True) is None
        assert (jobs.row(job_id).state, jobs.effects()) == ("waiting", [])
        jobs.make_due(job_id)
        second = jobs.claim()
        monkeypatch.setattr(queue, "_claimed", claim)
        run_attempt(app, second, claims_next=lambda: True)
        assert (jobs.row(job_id).state, jobs.effects()) == ("succeeded", [1])


class Pool:
    """The end of the pipe that a pool holds: it keeps what it is told, and closes after `stops_after` attempts."""

    def __init__(self, stops_after=None):
        self.told = []
        self._stops_after = stops_after

    def send(self, message):
        self.told.append(message)

    def poll(self, _timeout_s=0.0):
        return self._stops_after is not None and len(self.begun()) >= self._stops_after

    def begun(self):
        return [message.job.id for message in self.told if isinstance(message, Started)]


class TestRunner:
    @pytest.fixture(autouse=True)
    def without_looking_after_others(self, monkeypatch):
        monkeypatch.setattr(runner, "POLL_S", float("inf"))

    def run(self, app, pool):
        with Heartbeat(app) as heartbeat:
            Runner(app, pool)._run_due(heartbeat)

    def test_tells_of_each_attempt_and_of_the_last_end(self, app, jobs):
        expected = [jobs.enqueue(add, number=number) for number in range(3)]
        pool = Pool()
        self.run(app, pool)
        assert pool.begun() == expected
        assert isinstance(pool.told[-1], Ended)
        assert jobs.effects() == [0, 1, 2]

    def test_runs_limited_jobs_among_others(self, app, jobs):
        for number, task in enumerate((add, add_few_at_a_time, add, add_few_at_a_time, add_few_at_a_time)):
            jobs.enqueue(task, number=number)
        self.run(app, Pool())
        assert jobs.effects() == [0, 1, 2, 3, 4]
        assert {row.state for row in jobs.all_rows()} == {"succeeded"}

    def test_that_is_stopped_leaves_nothing_begun(self, app, jobs):
        for number in range(4):
            jobs.enqueue(add, number=number)
        self.run(app, Pool(stops_after=2))
        assert sorted(row.state for row in jobs.all_rows()) == [
            "succeeded",
            "succeeded",
            "waiting",
            "waiting",
        ]
        assert sum(row.attempts for row in jobs.all_rows()) == len(jobs.effects()) == 2

    def test_looks_after_others_though_more_is_due(self, app, jobs, monkeypatch):
        monkeypatch.setattr(runner, "POLL_S", 0)
        for number in range(2):
            jobs.enqueue(add, number=number)
        self.run(app, Pool())
        assert jobs.effects() == [0]


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
        with Heartbeat(app) as heartbeat, heartbeat.of(job), transaction():
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
        with Heartbeat(app) as heartbeat, heartbeat.of(job), transaction():
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
        with Heartbeat(app, end=ended.append) as heartbeat, heartbeat.of(job):
            wait_until(lambda: jobs.row(job_id).leased_until > before)
        assert ended == []

    def test_ends_the_process_when_the_lease_is_lost(self, app, jobs, monkeypatch):
        monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
        job_id = jobs.enqueue(add, number=7)
        job = jobs.claim()
        with transaction():
            queue.cancel(job_id)
        ended = []
        with Heartbeat(app, end=ended.append) as heartbeat, heartbeat.of(job):
            wait_until(lambda: ended)
        assert ended[0] == 1

    def test_lets_a_job_end_that_has_ended_its_lease_itself(self, app, jobs, monkeypatch):
        # The heartbeat may wait for the row until the success is committed, and finds it then.
        monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
        jobs.enqueue(add, number=7)
        job = jobs.claim()
        ended, beats = [], []
        extend = queue.extend_lease
        monkeypatch.setattr(queue, "extend_lease", lambda *given: beats.append(extend(*given)) or beats[-1])
        with Heartbeat(app, end=ended.append) as heartbeat, heartbeat.of(job) as attempt:
            attempt.is_ending = True
            with transaction():
                queue.succeed(job)
            wait_until(lambda: False in beats)
        assert ended == []

    def test_watches_over_one_job_after_the_other(self, app, jobs, monkeypatch):
        monkeypatch.setattr(queue, "HEARTBEAT_S", 0.02)
        first, second = (jobs.enqueue(add, number=number) for number in (1, 2))
        ended = []
        with Heartbeat(app, end=ended.append) as heartbeat:
            with heartbeat.of(jobs.claim()):
                pass
            # One that is over is no longer watched: its lease may end.
            with transaction():
                queue.cancel(first)
            with heartbeat.of(jobs.claim()):
                jobs.lapse(second)
                before = jobs.row(second).leased_until
                wait_until(lambda: jobs.row(second).leased_until > before)
        assert ended == []

    def test_shows_no_progress_without_a_job(self, app, jobs):
        with Heartbeat(app) as heartbeat:
            heartbeat.show_progress(Progress(1))
        assert jobs.all_rows() == []


class TestCare:
    def test_takes_one_statement_when_all_is_well(self, jobs):
        look_after_jobs()
        statements = []

        def note(*given):
            statements.append(given[2])

        event.listen(db.engine, "before_cursor_execute", note)
        assert look_after_jobs() == 0  # the periodic jobs are due
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(statements) == 1

    def test_tells_when_the_next_job_is_due(self, jobs):
        look_after_jobs()
        with db.engine.begin() as connection:
            connection.execute(update(Job).values(due_at=database_now(60)))
        assert 50 < look_after_jobs() <= 60
        lapsed = jobs.enqueue(add, number=7)
        jobs.claim()
        jobs.lapse(lapsed)
        # It waits for its next attempt.
        assert 0 < look_after_jobs() < 10

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
