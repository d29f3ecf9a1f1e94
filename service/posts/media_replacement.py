"""Gives posts the new address of a file that was replaced, and forgets its former names once no post has them.

The former file is served meanwhile, and its name stands for the media: whoever saves a text with it loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from service.core.database import database_now
from service.core.events import emit
from service.extensions import db
from service.media.actions import forget_former_names
from service.media.images import media_url
from service.models.media import FormerMediaName, Media
from service.models.posts import PUBLIC_STATUSES
from service.models.posts import Post as PostRow
from service.posts.content import apply_columns
from service.posts.refreshing import BATCH_SIZE, refresh_images

# Pages in caches and feeds, and texts in open editors, have the former address.
KEPT = timedelta(days=1)


def rewrite_posts(media_id: UUID, post_ids: Sequence[UUID]) -> None:
    """Replace the former addresses of a file in the bodies of posts, those of its renditions too, by the current one.

    A post whose body changes has a new version, but was not edited: `updated_at` stays.
    """
    former = select(FormerMediaName.name).where(FormerMediaName.media_id == media_id)
    stems = [re.escape(name.partition(".")[0]) for name in db.session.scalars(former)]
    name = db.session.scalar(select(Media.name).where(Media.id == media_id))
    if name is not None and stems:
        addresses = re.compile(rf"/media/(?:{'|'.join(stems)})(?:-[0-9x-]+)?\.[a-z0-9]{{1,8}}\b")
        for post in _lock_posts(post_ids):
            _rewrite(post, addresses, media_url(name))
    refresh_images(post_ids)


def forget_next_former_name() -> bool:
    """Delete the oldest former name that is `KEPT` no longer, or rewrite a batch of the posts that still have it.

    Return whether there was one.
    """
    old = select(FormerMediaName.name, FormerMediaName.media_id).where(
        FormerMediaName.replaced_at < database_now(-KEPT.total_seconds())
    )
    former = db.session.execute(old.order_by(FormerMediaName.replaced_at).limit(1)).one_or_none()
    if former is None:
        return False
    having = PostRow.body.contains(media_url(former.name.partition(".")[0]), autoescape=True)
    post_ids = db.session.scalars(
        select(PostRow.id).where(having).order_by(PostRow.id).limit(BATCH_SIZE)
    ).all()
    if post_ids:
        rewrite_posts(former.media_id, post_ids)
    else:
        forget_former_names([former.name])
    return True


def _lock_posts(post_ids: Sequence[UUID]) -> Sequence[PostRow]:
    posts = select(PostRow).where(PostRow.id.in_(post_ids)).order_by(PostRow.id)
    locked = posts.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(locked).all()


def _rewrite(post: PostRow, addresses: re.Pattern[str], address: str) -> None:
    columns = {name: addresses.sub(address, getattr(post, name)) for name in ("body", "body_html")}
    if columns["body"] == post.body:
        return
    apply_columns(post, columns)
    db.session.flush()
    if post.status in PUBLIC_STATUSES and post.trashed_at is None:
        emit("post.updated", post_id=post.id, author_id=post.author_id)
