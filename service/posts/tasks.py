"""Background tasks of posts: the publication of scheduled posts."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.core.database import database_time
from service.core.jobs.tasks import task
from service.posts.due_posts import BATCH_SIZE, next_publication_at, publish_due_posts

# How often it looks for itself. The job is due at the time of the next post; this is for what no job was asked for.
SWEEP_S = 300
# When a post that is due is being changed.
RETRY_S = 0.5


# Before other work: a post is to be seen within two seconds of its time.
@task("posts.publish_scheduled", every_s=SWEEP_S, priority=10)
def publish_scheduled() -> bool | datetime:
    """Publish the posts whose time has come, one batch after the other, and return when the next one is due.

    There is one job, which is due at the earliest time of all scheduled posts.
    """
    if publish_due_posts() == BATCH_SIZE:
        return True
    now, next_at = database_time(), next_publication_at()
    sweep_at = now + timedelta(seconds=SWEEP_S)
    return sweep_at if next_at is None else min(sweep_at, max(next_at, now + timedelta(seconds=RETRY_S)))
