"""Who may see a post, and who may change it? The one place that says so."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from service.core.identity import Identity
from service.core.permissions import may_edit_everything
from service.models.posts import READABLE_BY_ANYONE, PostStatus


class Guarded(Protocol):
    """What must be known of a post to decide: of the table's rows, and of selects that name these columns."""

    @property
    def author_id(self) -> int | None:
        """The account that wrote it; None for a former author's."""

    @property
    def status(self) -> PostStatus:
        """Where it is in its life."""

    @property
    def trashed_at(self) -> datetime | None:
        """When it was put into the trash; None if it is not there."""


def sees_everything(viewer: Identity | None) -> bool:
    """Let editors and admins see the posts of all, drafts included."""
    return viewer is not None and may_edit_everything(viewer)


def may_edit(viewer: Identity | None, post: Guarded) -> bool:
    """Let authors act on their own posts, editors and admins on everyone's."""
    return viewer is not None and (viewer.id == post.author_id or may_edit_everything(viewer))


def may_read(viewer: Identity | None, post: Guarded) -> bool:
    """Let anyone read what is published or archived, a draft only who may edit it, and nobody what is in the trash."""
    if post.trashed_at is not None:
        return False
    return post.status in READABLE_BY_ANYONE or may_edit(viewer, post)
