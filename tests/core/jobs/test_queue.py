"""The queue: enqueueing with a change, claims, leases, and how attempts end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from service.core.database import database_now, read_connection, transaction
from service.core.jobs import queue
from service.core.jobs.queue import LeaseLost
from service.core.jobs.tasks import PayloadInvalid, concurrency_limits, declared_tasks
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import ERROR_MAX, Job, JobState
from service.worker import import_tasks
from tests.core.jobs.sample_tasks import (
    add,
    add_and_forget,
    add_few_at_a_time,
    add_first,
    add_then_raise,
    do_periodically,
    fail_periodically,
    never_end,
)
from tests.factories import create_user

# psycopg parses a longer one each time, which takes longer than to run it.
KEPT_STATEMENT_LENGTH = 4_096


class TestClock:
    @pytest.mark.parametrize("offset_s", [-30, 0, 0.5, 3_600])
    def test_is_that_of_the_database(self, app, offset_s):
        before = utcnow()
        now = read_connection().execute(select(database_now(offset_s))).scalar_one()
        # SQLite's has milliseconds.
        assert before - timedelta(milliseconds=1) <= now - timedelta(seconds=offset_s) <= utcnow()


class TestEnqueue:
    def test_adds_a_waiting_job(self, jobs):
        row = jobs.row(jobs.enqueue(add, number=7))
        assert (row.task, row.payload, row.state, row.attempts) == ("tests.add", {"number": 7}, "waiting", 0)

    def test_belongs_to_the_change(self, jobs):
        queue.enqueue(add, number=7)
        db.session.rollback()
        assert jobs.all_rows() == []

    @pytest.mark.parametrize("payload", [{}, {"number": -1}, {"number": "7"}, {"number": 7, "other": 1}])
    def test_refuses_a_payload_that_does_not_fit(self, jobs, payload):
        with pytest.raises(PayloadInvalid) as raised:
            jobs.enqueue(add, **payload)
        assert "7" not in str(raised.value)
        assert jobs.all_rows() == []

    def test_joins_a_waiting_job_with_the_key(self, jobs):
        first = jobs.enqueue(add, unique_key="one", number=1)
        assert jobs.enqueue(add, unique_key="one", number=2) == first
        assert jobs.enqueue(add, unique_key="two", number=2) != first
        assert len(jobs.all_rows()) == 2

    def test_joins_at_the_earlier_time(self, jobs):
        job_id = jobs.enqueue(add, unique_key="one", delay_s=3_600, number=1)
        assert jobs.claim() is None
        jobs.enqueue(add, unique_key="one", number=1)
        jobs.enqueue(add, unique_key="one", delay_s=3_600, number=1)
        assert jobs.claim().id == job_id

    def test_can_be_due_at_an_instant(self, jobs):
        at, earlier = (utcnow() + timedelta(days=days) for days in (2, 1))
        job_id = jobs.enqueue(add, unique_key="one", due_at=at, number=1)
        assert jobs.row(job_id).due_at == at
        jobs.enqueue(add, unique_key="one", due_at=earlier, number=1)
        jobs.enqueue(add, unique_key="one", due_at=at, number=1)
        assert jobs.row(job_id).due_at == earlier
        assert jobs.claim() is None

    def test_a_running_job_runs_once_more(self, jobs):
        # It may have read what has changed since: to join it would lose the change.
        job_id = jobs.enqueue(add, unique_key="one", number=1)
        job = jobs.claim()
        assert jobs.enqueue(add, unique_key="one", number=1) == job_id
        with transaction():
            queue.succeed(job)
        assert jobs.row(job_id).state == "waiting"
        again = jobs.claim()
        assert (again.id, again.attempts) == (job_id, 1)
        with transaction():
            queue.succeed(again)
        assert jobs.row(job_id).state == "succeeded"

    def test_a_finished_job_is_not_joined(self, jobs):
        first = jobs.enqueue(add, unique_key="one", number=1)
        job = jobs.claim()
        with transaction():
            queue.succeed(job)
        assert jobs.enqueue(add, unique_key="one", number=1) != first


class TestClaim:
    def test_takes_the_most_urgent_that_is_due(self, jobs):
        later = jobs.enqueue(add_first, delay_s=3_600, number=0)
        second, third = (jobs.enqueue(add, number=number) for number in (2, 3))
        first = jobs.enqueue(add_first, number=1)
        assert [jobs.claim().id for _ in range(3)] == [first, second, third]
        assert jobs.claim() is None
        assert jobs.row(later).state == "waiting"

    def test_counts_the_attempt_before_the_work(self, jobs):
        job_id = jobs.enqueue(add, number=1)
        assert jobs.claim().attempts == 1
        row = jobs.row(job_id)
        assert (row.state, row.attempts) == ("running", 1)
        # The clock goes on within a statement.
        assert abs(row.leased_until - row.started_at - timedelta(seconds=queue.LEASE_S)) < timedelta(
            seconds=1
        )

    def test_leaves_tasks_of_newer_code(self, jobs):
        jobs.set(jobs.enqueue(add, number=1), task="tests.unknown")
        assert jobs.claim() is None
        assert queue.seconds_until_due(read_connection()) is None

    def test_of_many_gives_each_job_to_one(self, app, jobs):
        expected = {jobs.enqueue(add, number=number) for number in range(40)}

        def claim_all():
            claimed = []
            with app.app_context():
                while job := jobs.claim():
                    claimed.append(job.id)
            return claimed

        with ThreadPoolExecutor(4) as pool:
            claimed = [
                job_id for found in [pool.submit(claim_all) for _ in range(4)] for job_id in found.result()
            ]
        assert len(claimed) == 40
        assert set(claimed) == expected


class TestClaimWithASuccess:
    def end(self, job):
        queue.succeed(job)
        return queue.claim_following(db.session.connection(), job)

    def test_begins_the_most_urgent_and_counts_its_attempt(self, jobs):
        jobs.enqueue(add_first, number=0)
        other, second = jobs.enqueue(add, number=2), jobs.enqueue(add_first, number=1)
        first = jobs.claim()
        with transaction():
            following = self.end(first)
        assert (following.id, following.attempts, following.payload) == (second, 1, {"number": 1})
        row = jobs.row(second)
        assert (row.state, row.attempts, row.lease_token) == ("running", 1, following.lease_token)
        assert (jobs.row(first.id).state, jobs.row(other).state) == ("succeeded", "waiting")

    def test_is_none_when_nothing_is_due(self, jobs):
        jobs.enqueue(add, number=1)
        jobs.enqueue(add, delay_s=3_600, number=2)
        job = jobs.claim()
        with transaction():
            assert self.end(job) is None

    def test_is_undone_with_it(self, jobs):
        first, second = (jobs.enqueue(add, number=number) for number in (1, 2))
        job = jobs.claim()
        assert self.end(job).id == second
        db.session.rollback()
        row = jobs.row(second)
        assert (jobs.row(first).state, row.state, row.attempts) == ("running", "waiting", 0)

    def test_leaves_a_limited_job_to_a_transaction_of_its_own(self, jobs):
        # Two processes could choose the same place: the effect of the first job would be undone.
        limited = jobs.enqueue(add_few_at_a_time, number=2)
        jobs.set(limited, priority=50)
        first = jobs.enqueue(add_first, number=1)
        less_urgent = jobs.enqueue(add, number=3)
        job = jobs.claim()
        assert job.id == first
        with transaction():
            assert self.end(job) is None
        assert (jobs.row(first).state, jobs.row(less_urgent).state) == ("succeeded", "waiting")
        assert jobs.claim().id == limited

    def test_is_not_risked_for_a_job_that_is_repeated(self, jobs):
        repeated = jobs.enqueue(add, number=1)
        with transaction():
            queue.fail_attempt(jobs.claim(), "no")
        jobs.make_due(repeated)
        jobs.enqueue(add, number=2)
        job = jobs.claim()
        assert job.attempts == 2
        with transaction():
            assert self.end(job) is None

    def test_is_not_risked_for_a_job_with_one_attempt(self, jobs):
        jobs.enqueue(never_end, number=1)
        jobs.enqueue(add, number=2)
        job = jobs.claim()
        with transaction():
            assert self.end(job) is None


class TestStatements:
    def test_stay_short_enough_to_be_kept_by_the_driver(self, app):
        import_tasks()
        # Those of the tests are in it, too.
        every = (frozenset(declared_tasks()), frozenset(concurrency_limits().items()), 30.0)
        longest = max(
            len(str(queue._claim(*every, unlimited).compile(db.engine))) for unlimited in (True, False)
        )
        assert longest <= KEPT_STATEMENT_LENGTH


class TestConcurrency:
    def finish(self, job):
        with transaction():
            queue.succeed(job)

    def test_the_limit_of_a_task_holds_others_back(self, jobs):
        for number in range(3):
            jobs.enqueue(add_few_at_a_time, number=number)
        other = jobs.enqueue(add, number=9)
        first, second = jobs.claim(), jobs.claim()
        assert {first.task, second.task} == {"tests.add_few_at_a_time"}
        # The others are not in the way.
        assert jobs.claim().id == other
        assert jobs.claim() is None
        self.finish(first)
        assert jobs.claim().task == "tests.add_few_at_a_time"
        assert jobs.claim() is None

    def test_each_key_has_its_own(self, jobs):
        for number in range(3):
            jobs.enqueue(add_few_at_a_time, number=number, concurrency_key="one")
        other = jobs.enqueue(add_few_at_a_time, number=3, concurrency_key="two")
        assert jobs.claim()
        assert jobs.claim()
        assert jobs.claim().id == other
        assert jobs.claim() is None

    def test_many_at_once_are_held_to_it(self, jobs):
        queue.enqueue_all([(add_few_at_a_time, {"number": number}) for number in range(3)])
        db.session.commit()
        assert jobs.claim()
        assert jobs.claim()
        assert jobs.claim() is None

    def test_whoever_waits_for_a_place_is_not_due(self, jobs):
        # Otherwise a worker would look for it again and again.
        for number in range(3):
            jobs.enqueue(add_few_at_a_time, number=number)
        assert queue.seconds_until_due(read_connection()) == 0
        first, _second = jobs.claim(), jobs.claim()
        assert queue.seconds_until_due(read_connection()) is None
        with transaction():
            queue.fail_attempt(first, "no")
        assert queue.seconds_until_due(read_connection()) == 0

    def test_claims_at_the_same_moment_do_not_exceed_it(self, app, jobs):
        for number in range(12):
            jobs.enqueue(add_few_at_a_time, number=number)
        most = []

        def work():
            with app.app_context():
                while job := queue.claim_next(db.engine):
                    with db.engine.connect() as connection:
                        running = select(Job.id).where(Job.state == JobState.RUNNING)
                        most.append(len(connection.execute(running).all()))
                    self.finish(job)

        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work) for _ in range(6)]:
                done.result()
        assert max(most) <= 2
        with db.engine.connect() as connection:
            assert set(connection.scalars(select(Job.state))) == {JobState.SUCCEEDED}

    def test_a_job_of_code_whose_task_had_a_limit_runs_alone(self, jobs):
        for number in range(2):
            jobs.set(jobs.enqueue(add, number=number), concurrency_key="tests.add")
        job = jobs.claim()
        assert jobs.claim() is None
        self.finish(job)
        assert jobs.claim()


class TestOwner:
    def test_is_kept_and_given_to_the_attempt(self, jobs):
        user = create_user()
        jobs.enqueue(add, number=1, owner=user.id)
        assert jobs.claim().owner_id == user.id

    def test_whose_account_is_deleted_leaves_the_job(self, jobs):
        user = create_user()
        job_id = jobs.enqueue(add, number=1, owner=user.id)
        db.session.delete(user)
        db.session.commit()
        assert jobs.row(job_id).owner_id is None


class TestEnds:
    def test_a_job_can_say_when_there_is_more_to_do(self, jobs):
        job_id = jobs.enqueue(add, unique_key="one", number=1)
        at = utcnow() + timedelta(days=1)
        with transaction():
            queue.succeed(jobs.claim(), more=at)
        row = jobs.row(job_id)
        assert (row.state, row.due_at, row.attempts, row.finished_at) == ("waiting", at, 0, None)

    def test_what_was_asked_for_meanwhile_is_not_put_off(self, jobs):
        job_id = jobs.enqueue(add, unique_key="one", number=1)
        job = jobs.claim()
        jobs.enqueue(add, unique_key="one", number=1)
        with transaction():
            queue.succeed(job, more=utcnow() + timedelta(days=1))
        assert jobs.claim().id == job_id

    def test_one_that_is_not_kept_is_gone_when_it_has_succeeded(self, jobs):
        job_id = jobs.enqueue(add_and_forget, number=1)
        with transaction():
            queue.fail_attempt(jobs.claim(), "no")
        assert jobs.row(job_id).error == "no"
        jobs.make_due(job_id)
        with transaction():
            queue.succeed(jobs.claim())
        assert jobs.all_rows() == []

    def test_one_that_is_not_kept_runs_again_when_it_was_asked_for(self, jobs):
        job_id = jobs.enqueue(add_and_forget, unique_key="one", number=1)
        job = jobs.claim()
        jobs.enqueue(add_and_forget, unique_key="one", number=1)
        with transaction():
            queue.succeed(job)
        assert jobs.claim().id == job_id

    def test_one_that_is_not_kept_needs_its_lease(self, jobs):
        job_id = jobs.enqueue(add_and_forget, number=1)
        job = jobs.claim()
        jobs.set(job_id, lease_token=uuid4())
        with pytest.raises(LeaseLost), transaction():
            queue.succeed(job)
        assert jobs.row(job_id).state == "running"

    def test_a_failed_attempt_waits_for_the_next(self, jobs):
        job_id = jobs.enqueue(add_then_raise, number=1)
        with transaction():
            assert queue.fail_attempt(jobs.claim(), "no") == JobState.WAITING
        row = jobs.row(job_id)
        assert (row.state, row.error, row.lease_token) == ("waiting", "no", None)
        assert timedelta(seconds=2) <= row.due_at - row.started_at <= timedelta(seconds=66)

    def test_the_last_attempt_is_the_end(self, jobs):
        job_id = jobs.enqueue(add_then_raise, number=1)
        for expected in (JobState.WAITING, JobState.FAILED):
            job = jobs.claim()
            with transaction():
                assert queue.fail_attempt(job, "no") == expected
            jobs.make_due(job_id)
        row = jobs.row(job_id)
        assert row.attempts == 2
        assert row.finished_at is not None
        assert jobs.claim() is None

    def test_a_long_error_is_cut(self, jobs):
        job_id = jobs.enqueue(add, number=1)
        with transaction():
            queue.fail_attempt(jobs.claim(), "x" * 5_000)
        assert len(jobs.row(job_id).error) == ERROR_MAX

    def test_a_lapsed_lease_is_a_failed_attempt(self, jobs):
        lapsed, running = jobs.enqueue(add, number=1), jobs.enqueue(add, number=2)
        jobs.claim(), jobs.claim()
        jobs.lapse(lapsed)
        (job,) = queue.lapsed_attempts(read_connection())
        assert job.id == lapsed
        with transaction():
            queue.fail_attempt(job, queue.WORKER_LOST)
        assert (jobs.row(lapsed).state, jobs.row(running).state) == ("waiting", "running")

    @pytest.mark.parametrize("end", ["succeed", "fail"])
    def test_whoever_lost_the_lease_ends_nothing(self, jobs, end):
        job_id = jobs.enqueue(add, number=1)
        first = jobs.claim()
        with transaction():
            queue.fail_attempt(first, "lost")
        jobs.make_due(job_id)
        second = jobs.claim()
        if end == "succeed":
            with pytest.raises(LeaseLost), transaction():
                queue.succeed(first)
        else:
            with transaction():
                assert queue.fail_attempt(first, "late") is None
        with db.engine.begin() as connection:
            assert not queue.extend_lease(connection, first)
            assert queue.extend_lease(connection, second)
        assert jobs.row(job_id).state == "running"

    def test_a_cancelled_job_does_not_run(self, jobs):
        job_id = jobs.enqueue(add, number=1)
        with transaction():
            assert queue.cancel(job_id)
            assert not queue.cancel(job_id)
        assert jobs.claim() is None

    def test_a_job_that_is_cancelled_while_it_runs_commits_nothing(self, jobs):
        job_id = jobs.enqueue(add, number=1)
        job = jobs.claim()
        with transaction():
            assert queue.cancel(job_id)
        with pytest.raises(LeaseLost), transaction():
            queue.succeed(job)
        assert jobs.row(job_id).state == "cancelled"

    def test_a_retry_has_all_attempts_again(self, jobs):
        job_id = jobs.enqueue(add, number=1)
        with transaction():
            assert not queue.retry(job_id)
            queue.cancel(job_id)
            assert queue.retry(job_id)
        assert jobs.claim().attempts == 1


class TestPeriodic:
    def test_is_added_once(self, jobs):
        missing = queue.missing_periodic_tasks(read_connection())
        assert do_periodically in missing
        for _ in range(2):
            with transaction():
                queue.enqueue_periodic(do_periodically)
        assert len(jobs.all_rows()) == 1
        assert do_periodically not in queue.missing_periodic_tasks(read_connection())

    @pytest.mark.parametrize("task", [do_periodically, fail_periodically])
    def test_is_due_again_after_each_end(self, jobs, task):
        with transaction():
            queue.enqueue_periodic(task)
        job = jobs.claim()
        with transaction():
            if task is do_periodically:
                queue.succeed(job)
            else:
                queue.fail_attempt(job, "never")
        first, second = jobs.all_rows()
        assert (first.state in {"succeeded", "failed"}, second.state) == (True, "waiting")
        assert abs((second.due_at - first.finished_at).total_seconds() - 3_600) < 60
        assert jobs.claim() is None


class TestPurge:
    def test_deletes_what_finished_long_ago(self, jobs):
        old, fresh, waiting = (jobs.enqueue(add, number=number) for number in range(3))
        for job_id in (old, fresh):
            with transaction():
                queue.cancel(job_id)
        jobs.set(old, finished_at=database_now(-7_200))
        with transaction():
            assert queue.purge_finished(3_600) == 1
        assert {row.id for row in jobs.all_rows()} == {fresh, waiting}
