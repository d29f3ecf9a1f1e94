"""A worker with the tasks of the tests, and leases short enough for a test: the arguments are
how many processes, and how often they look for jobs without being woken."""

from __future__ import annotations

import sys

import tests.core.jobs.sample_tasks  # noqa: F401 - declares the tasks
from service.app import create_app
from service.core.jobs import queue, runner, tasks
from service.core.jobs.pool import Pool

if __name__ == "__main__":
    queue.LEASE_S, queue.HEARTBEAT_S = 1.5, 0.4
    runner.POLL_S = float(sys.argv[2])
    tasks.BACKOFF_S = 0.05
    Pool(create_app(), int(sys.argv[1])).run()
