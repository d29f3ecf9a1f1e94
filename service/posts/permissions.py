"""Per-post permissions: who can read and edit a post. The only place that decides it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from service.core.identity import Identity
from service.core.permissions import can_edit_all_posts
from service.models.posts import PUBLIC_STATUSES, PostStatus


class PostAccess(Protocol):
    """The columns of a post that permissions depend on; implemented by `Post` rows and by rows of selects."""

    @property
    def author_id(self) -> int | None:
        """Id of the author; None if the account was deleted."""

    @property
    def status(self) -> PostStatus:
        """Status in the publishing workflow."""

    @property
    def trashed_at(self) -> datetime | None:
        """Time of the soft deletion; None if the post is not in the trash."""


def can_read_all_posts(viewer: Identity | None) -> bool:
    """Return whether the viewer can read all posts, including drafts: editors and admins."""
    return viewer is not None and can_edit_all_posts(viewer)


def can_edit_post(viewer: Identity | None, post: PostAccess) -> bool:
    """Return whether the viewer can edit the post: its author, editors and admins."""
    return viewer is not None and (viewer.id == post.author_id or can_edit_all_posts(viewer))


def can_read_post(viewer: Identity | None, post: PostAccess) -> bool:
    """Return whether the viewer can read the post.

    Everybody can read published and archived posts; drafts only those who can edit them; nobody posts in the trash.
    """
    if post.trashed_at is not None:
        return False
    return post.status in PUBLIC_STATUSES or can_edit_post(viewer, post)
