"""What a process of a Celery worker does with a message: a wake-up, and no more."""

import signal
import time
from uuid import uuid4

import pytest

from service.core.jobs import celery_worker
from service.core.jobs.celery_worker import CeleryRunner, Slots
from service.core.jobs.queue import ClaimedJob
from tests.core.jobs.sample_tasks import add, kill_process, never_end


class Sender:
    """Keeps the wake-ups that it was asked to send."""

    def __init__(self):
        self.now = 0
        self.later_s = []

    def wake(self, jobs=1, *, in_s=0):
        if in_s:
            self.later_s.append(in_s)
        else:
            self.now += jobs


@pytest.fixture
def sender():
    return Sender()


@pytest.fixture
def runner(app, jobs, sender, monkeypatch):
    monkeypatch.setattr(celery_worker, "_index", lambda: 1)
    monkeypatch.setitem(app.extensions, "job_broker", sender)
    return CeleryRunner(app)


class TestWork:
    def test_runs_all_that_is_due(self, runner, jobs):
        for number in range(3):
            jobs.enqueue(add, number=number)
        runner.work()
        assert jobs.effects() == [0, 1, 2]

    def test_a_message_that_comes_twice_does_no_harm(self, runner, jobs):
        job_id = jobs.enqueue(add, number=7)
        runner.work()
        runner.work()
        assert (jobs.effects(), jobs.row(job_id).attempts) == ([7], 1)

    def test_hands_on_what_is_left_after_a_while(self, runner, jobs, sender, monkeypatch):
        monkeypatch.setattr(celery_worker, "SLICE_S", 0)
        runner._look_again_s = float("inf")  # no periodic jobs
        for number in range(2):
            jobs.enqueue(add, number=number)
        sender.now = 0
        runner.work()
        assert (len(jobs.effects()), sender.now) == (1, 1)

    def test_comes_back_once_for_what_is_due_soon(self, runner, jobs, sender):
        runner.work()  # the periodic jobs, which may take seconds
        jobs.set(jobs.enqueue(add, number=7), due_at=celery_worker.queue.database_now(8))
        runner.work()
        runner.work()
        (later_s,) = sender.later_s
        assert 0 < later_s <= 9

    def test_repeats_what_a_killed_worker_was_at_without_a_tick(self, runner, jobs):
        job_id = jobs.enqueue(add, number=7)
        jobs.claim()
        jobs.lapse(job_id)
        runner.work()
        assert jobs.row(job_id).error == celery_worker.queue.WORKER_LOST

    def test_leaves_the_alarm_off(self, runner, jobs):
        jobs.enqueue(add, number=7)
        runner.work()
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


class TestTick:
    def test_wakes_for_jobs_that_nobody_runs(self, runner, jobs, sender):
        runner.tick()  # adds the periodic jobs
        jobs.enqueue(add, number=7)
        sender.now = 0
        runner.tick()
        assert sender.now == celery_worker.TICK_WAKE_UPS

    def test_makes_lapsed_attempts_wait_again(self, runner, jobs):
        job_id = jobs.enqueue(add, number=7)
        jobs.claim()
        jobs.lapse(job_id)
        runner.tick()
        assert jobs.row(job_id).state == "waiting"

    def test_sends_nothing_while_nothing_is_due_soon(self, runner, jobs, sender):
        runner.tick()
        while sender.now:  # again, if the machine was too slow for all of it
            sender.now = 0
            runner.work()
        runner.tick()
        assert (sender.now, sender.later_s) == (0, [])


class TestLostAttempt:
    @pytest.mark.parametrize(
        ("task", "passed_s", "error"),
        [
            (never_end, 10, "The time limit of 0.5 s was exceeded."),
            (kill_process, 0, "The process that ran the job ended."),
        ],
    )
    def test_is_recorded_by_the_next_process(self, runner, jobs, task, passed_s, error):
        job_id = jobs.enqueue(task, number=7)
        job = jobs.claim()
        deadline_s = time.monotonic() + (-passed_s if passed_s else 60)
        runner._slots.begin(1, job, deadline_s)
        runner.work()
        assert jobs.row(job_id).error == error
        assert runner._slots.lost(1) is None

    def test_a_process_sees_its_own_place_only(self):
        slots = Slots()
        job = ClaimedJob(uuid4(), add.name, {"number": 7}, 3, uuid4())
        slots.begin(4, job, time.monotonic() + 60)
        assert slots.lost(3) is None
        lost, _ = slots.lost(4)
        assert (lost.id, lost.attempts, lost.lease_token) == (job.id, 3, job.lease_token)
        slots.end(4)
        assert slots.lost(4) is None
