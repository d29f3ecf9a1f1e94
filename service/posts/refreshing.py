"""Brings what has happened to media to the posts that use them: their copies of images are written anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from service.core.events import emit
from service.extensions import db
from service.models.media import MediaUse
from service.models.posts import PUBLIC_STATUSES
from service.models.posts import Post as PostRow
from service.posts.images import find_images, record_uses, recorded_uses

# Posts that are refreshed in one transaction.
BATCH_SIZE = 50

_columns = select(
    PostRow.id,
    PostRow.author_id,
    PostRow.status,
    PostRow.trashed_at,
    PostRow.body_html,
    PostRow.cover_id,
    PostRow.cover_alt_text,
    PostRow.cover_caption,
    PostRow.card_id,
    PostRow.cover,
    PostRow.card,
    PostRow.images,
)


def posts_using(media_id: UUID, after: UUID | None = None) -> list[UUID]:
    """Return the ids of up to `BATCH_SIZE` posts that use a file, those in the trash too, in order. One SELECT."""
    using = select(MediaUse.post_id).where(MediaUse.media_id == media_id, MediaUse.post_id.is_not(None))
    if after is not None:
        using = using.where(MediaUse.post_id > after)
    rows = db.session.scalars(using.distinct().order_by(MediaUse.post_id).limit(BATCH_SIZE))
    return [post_id for post_id in rows if post_id is not None]


def refresh_images(post_ids: Sequence[UUID], *, adopt: bool = False) -> int:
    """Write the images of posts anew from the media that they use; return how many of the posts show others now.

    These get a new `images_version`, so that no 304 hides the change, and keep their version, so that it is no conflict
    for who is editing them. `adopt`: files that the bodies name and that have become media since are used from now on.
    """
    # FOR NO KEY UPDATE, in the order of ids, as everywhere.
    locked = _columns.where(PostRow.id.in_(post_ids)).order_by(PostRow.id).with_for_update(key_share=True)
    posts = db.session.execute(locked).all()
    found = find_images(posts, recorded_uses([post.id for post in posts]), only_recorded=not adopt)
    record_uses(found)
    return sum(_write(post, found[post.id].columns) for post in posts)


def _write(post: Any, columns: Any) -> bool:
    changed = {name: value for name, value in columns.items() if value != getattr(post, name)}
    if not changed:
        return False
    images = update(PostRow).where(PostRow.id == post.id)
    db.session.execute(
        images.values(**changed, images_version=PostRow.images_version + 1),
        execution_options={"synchronize_session": False},
    )
    if post.status in PUBLIC_STATUSES and post.trashed_at is None:
        emit("post.images_changed", post_id=post.id, author_id=post.author_id)
    return True
