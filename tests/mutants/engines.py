"""Mutants of the queue of jobs and of the broker that wakes its workers."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_BROKER = "service/core/jobs/broker.py"
_HEARTBEAT = "service/core/jobs/heartbeat.py"
_QUEUE = "service/core/jobs/queue.py"
_RUNNER = "service/core/jobs/runner.py"
_WORKER = "service/core/jobs/celery_worker.py"

ENGINES: tuple[Mutant, ...] = (
    mutant(
        "a wake-up that comes twice runs a job twice",
        _QUEUE,
        "        .where(Job.state == constant(JobState.WAITING), Job.due_at <= database_now(), *can_run())",
        "        .where(Job.due_at <= database_now(), *can_run())",
        "engines",
    ),
    mutant(
        "a request fails when the broker is gone",
        _BROKER,
        "            self._condition.notify_all()\n\n    def flush",
        "            self._send(jobs, None)\n\n    def flush",
        "engines",
    ),
    mutant(
        "a broker that nobody reads is filled",
        _BROKER,
        "range(min(number, UNREAD_MAX - unread))",
        "range(number)",
        "engines",
    ),
    mutant(
        "what could not be sent is forgotten",
        _BROKER,
        "                    self._number = max(self._number, 1)",
        "                    self._number = 0",
        "engines",
    ),
    mutant(
        "the effect of a job is undone when another process takes the last place",
        _QUEUE,
        "_claimed(connection, unlimited=True)",
        "_claimed(connection)",
        "jobs",
    ),
    mutant(
        "a claim that fails costs a job all its attempts",
        _QUEUE,
        "    if ended.attempts > 1 or declared_tasks()[ended.task].attempts == 1:\n",
        "    if False:\n",
        "jobs",
    ),
    mutant(
        "a process that stops begins another job",
        _RUNNER,
        "time.monotonic() < ends_alone_at_s and goes_on()",
        "time.monotonic() < ends_alone_at_s",
        "jobs",
    ),
    mutant(
        "the time limit of a job ends the next one",
        _RUNNER,
        "time.monotonic() < ends_alone_at_s and goes_on()",
        "goes_on()",
        "jobs",
    ),
    mutant(
        "a heartbeat that finds its job done ends the process with the next one",
        _HEARTBEAT,
        "if not is_ours and not attempt.is_ending:",
        "if not is_ours:",
        "jobs",
    ),
    mutant(
        "the attempt of a process that died is not recorded",
        _WORKER,
        "                queue.fail_attempt(job, error)\n",
        "                pass\n",
        "engines",
    ),
)
