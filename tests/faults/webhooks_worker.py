"""A worker of the service that repeats webhooks at once, with leases and time-outs short enough for a test."""

from __future__ import annotations

from service.app import create_app
from service.core.jobs import queue, runner, tasks
from service.core.jobs.pool import Pool
from service.webhooks import attempts, outcomes
from service.worker import import_tasks

# A third of 60 attempts in a row fails less than once in 10^28 times.
DELAYS_S = (0.05,) * 60

if __name__ == "__main__":
    import_tasks()
    queue.LEASE_S, queue.HEARTBEAT_S, runner.POLL_S = 1.5, 0.4, 0.5
    tasks.BACKOFF_S = 0.05
    attempts.TIMEOUT_S, outcomes.RETRY_DELAYS_S = 0.3, DELAYS_S
    Pool(create_app(), 2).run()
