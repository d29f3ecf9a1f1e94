"""A worker of the service with leases short enough for a test, which announces each published post by an effect.

The argument is how often it looks for jobs, and for those of workers that are gone, without being woken.
"""

from __future__ import annotations

import sys

from sqlalchemy import text

from service.app import create_app
from service.core.jobs import queue, runner
from service.core.jobs.pool import Pool
from service.core.jobs.tasks import task
from service.extensions import db
from service.models.events import POST_ID
from service.worker import import_tasks


@task("tests.announce", payload={"post_id": POST_ID})
def announce(post_id: str) -> None:
    """Add a row for the announcement: a second one is seen."""
    db.session.execute(text("INSERT INTO announcements VALUES (:post_id)"), {"post_id": post_id})


if __name__ == "__main__":
    import_tasks()
    queue.LEASE_S, queue.HEARTBEAT_S, runner.POLL_S = 1.5, 0.4, float(sys.argv[1])
    app = create_app()
    app.extensions["reactions"] = {"post.published": (announce,)}
    Pool(app, 1).run()
