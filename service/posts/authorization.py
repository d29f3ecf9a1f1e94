"""Who may call the operations on posts, for their routes to declare; which posts, is decided in `permissions`."""

from __future__ import annotations

from service.contract import authenticated, optional_auth_or_api_key
from service.contract.decorators import F
from service.core.authorization import owner_or
from service.core.permissions import can_edit_all_posts, can_write_posts


def reads_posts(function: F) -> F:
    """Allow anyone to read published posts; others are for their authors, editors and admins."""
    return optional_auth_or_api_key("posts:read")(owner_or(can_edit_all_posts)(function))


def edits_a_post(function: F) -> F:
    """Allow authors to change their own posts, editors and admins to change all."""
    edits = authenticated(permission=can_write_posts, scope="posts:write")
    return edits(owner_or(can_edit_all_posts)(function))


def reads_trash(function: F) -> F:
    """Allow everybody to see their own posts in the trash, editors and admins to see all."""
    return authenticated(scope="posts:read")(owner_or(can_edit_all_posts)(function))
