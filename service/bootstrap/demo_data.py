"""Seeds a new database with demo posts, two of them scheduled, and comments."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select, update

from service.config import settings
from service.core.database import database_time, transaction
from service.core.jobs.queue import enqueue_periodic
from service.core.markdown import render_comment
from service.extensions import db
from service.importing.actions import import_tree
from service.importing.trees import read_tree
from service.models.comments import Comment
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.tasks import publish_scheduled

DEMO = Path(__file__).parent / "demo"


def seed_demo_data() -> int:
    """Import the demo posts and return their number; 0 if the database has posts, also in the trash."""
    with transaction():
        if db.session.scalar(select(exists().where(Post.id.is_not(None)))):
            return 0
    report = import_tree(read_tree(DEMO), default_author_id=None)
    if report.problems:
        raise RuntimeError(f"demo posts cannot be imported: {report.problems}")
    with transaction():
        # Forget the source files: a later import with files of the same names must not match the demo posts.
        db.session.execute(update(Post).values(source=None, source_hash=None, extra={}))
        _add_comments(tomllib.loads((DEMO / "comments.toml").read_text(encoding="utf-8")))
        _schedule(tomllib.loads((DEMO / "schedule.toml").read_text(encoding="utf-8")))
    return len(report.created)


def _add_comments(threads: Mapping[str, list[dict[str, Any]]]) -> None:
    """Add the comments of each post; a reply is an hour later than its parent."""
    authors = dict(db.session.execute(select(User.display_name, User.id)).all())
    posts = {post.slug: post for post in db.session.scalars(select(Post).where(Post.slug.in_(threads)))}
    for slug, comments in threads.items():
        _add_replies(posts[slug], None, comments, authors)


def _schedule(days: Mapping[str, int]) -> None:
    """Schedule drafts for 8 o'clock of the site, so many days from now."""
    now = database_time().astimezone(settings().site_zone)
    at = {
        slug: datetime.combine(now + timedelta(days=after), time(8), now.tzinfo)
        for slug, after in days.items()
    }
    for post in db.session.scalars(select(Post).where(Post.slug.in_(at))):
        post.status = PostStatus.SCHEDULED
        post.scheduled_at = post.listed_at = at[post.slug]
    db.session.flush()
    enqueue_periodic(publish_scheduled, due_at=min(at.values()))


def _add_replies(
    post: Post, parent: Comment | None, comments: Iterable[Mapping[str, Any]], authors: Mapping[str, int]
) -> None:
    for comment in comments:
        row = Comment(
            post_id=post.id,
            parent_id=parent.id if parent else None,
            author_id=authors[comment["author"]],
            depth=parent.depth + 1 if parent else 0,
            body=comment["body"],
            body_html=render_comment(comment["body"]),
            created_at=(parent.created_at if parent else post.listed_at) + timedelta(hours=1),
        )
        db.session.add(row)
        db.session.flush()
        _add_replies(post, row, comment.get("replies", ()), authors)
