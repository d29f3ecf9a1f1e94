"""Background tasks of posts: the publication of scheduled posts, and what happens to the images that posts show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from service.core.database import database_time
from service.core.jobs.running import current_job
from service.core.jobs.tasks import task
from service.models.events import MEDIA_ID
from service.posts import media_replacement, refreshing
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


# Soon: whoever has just written the post looks at it. Before the renditions of further images.
@task("posts.refresh_images", payload={"media_id": MEDIA_ID}, priority=60, kept=False)
def refresh_images(media_id: str) -> bool:
    """Show an image as it is now in the posts that use it, one batch after the other."""
    return _for_posts_using(UUID(media_id), refreshing.refresh_images)


@task("posts.rewrite_media", payload={"media_id": MEDIA_ID}, priority=60, kept=False)
def rewrite_media(media_id: str) -> bool:
    """Give the posts that use a file its new address, one batch after the other."""
    media = UUID(media_id)
    return _for_posts_using(media, lambda post_ids: media_replacement.rewrite_posts(media, post_ids))


@task("posts.forget_former_names", every_s=3_600)
def forget_former_names() -> bool:
    """Delete former files of media which no post shows any more, a day after they were replaced."""
    return media_replacement.forget_next_former_name()


def _for_posts_using(media_id: UUID, act: Callable[[Sequence[UUID]], object]) -> bool:
    """Do something with the next batch of posts that use a file; return whether there is more to do."""
    # Where the last batch has ended, as long as there is more to do.
    state = current_job().result
    after = state.pop("after", None)
    post_ids = refreshing.posts_using(media_id, after=None if after is None else UUID(after))
    act(post_ids)
    if len(post_ids) < refreshing.BATCH_SIZE:
        return False
    state["after"] = str(post_ids[-1])
    return True
