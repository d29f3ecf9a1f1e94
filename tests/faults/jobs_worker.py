"""A worker with the tasks of the tests, of the engine of the settings. The arguments are how many processes, how often
they look for jobs without being woken, and how long a lease is, in seconds."""

from __future__ import annotations

import sys

import tests.core.jobs.sample_tasks  # noqa: F401 - declares the tasks
from service.app import create_app
from service.config import settings
from service.core.jobs import broker, queue, runner, tasks
from service.core.jobs.celery_worker import run_worker
from service.core.jobs.pool import Pool

if __name__ == "__main__":
    processes, poll_s, lease_s = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    queue.LEASE_S, queue.HEARTBEAT_S = lease_s, lease_s / 3
    runner.POLL_S = broker.TICK_S = poll_s
    tasks.BACKOFF_S = 0.05
    app = create_app()
    with app.app_context():
        is_celery = settings().job_engine == "celery"
    if is_celery:
        sys.exit(run_worker(app, processes))
    Pool(app, processes).run()
