"""Mutants of the queue of jobs and of the broker that wakes its workers."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_BROKER = "service/core/jobs/broker.py"
_QUEUE = "service/core/jobs/queue.py"
_WORKER = "service/core/jobs/celery_worker.py"

ENGINES: tuple[Mutant, ...] = (
    mutant(
        "a wake-up that comes twice runs a job twice",
        _QUEUE,
        "        .where(Job.state == JobState.WAITING, Job.due_at <= database_now(), *can_run())",
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
        "the attempt of a process that died is not recorded",
        _WORKER,
        "                queue.fail_attempt(job, error)\n",
        "                pass\n",
        "engines",
    ),
)
