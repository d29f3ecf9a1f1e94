"""Selects of user accounts: single users, the user list with search, and public author profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson
from sqlalchemy import ColumnElement, Label, bindparam, func, or_, select

from service.contract.problems import Forbidden, NotFound
from service.contract.types import with_error
from service.core.database import read_connection
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.models.casefolding import LIKE_ESCAPE, casefold, like_pattern
from service.models.posts import PUBLIC_STATUSES, Post, PostStatus
from service.models.users import Role
from service.models.users import User as UserRow

USERNAME_PATTERN = with_error(
    r"^[A-Za-z0-9_-]{3,32}$", "It must consist of 3 to 32 letters, digits, hyphens and underscores."
)
_USERNAME = re.compile(USERNAME_PATTERN[1:-1], re.ASCII)


class AdminOnly(Forbidden):
    """Only administrators can change roles, activate and deactivate accounts, and filter users by these."""

    code = "ADMIN_ONLY"


@dataclass(frozen=True, slots=True)
class User:
    """A user as one viewer can see it.

    `email`, `pending_email`, `role`, `is_active`, `comment_notifications` and `deletion_at` are None unless the viewer
    is the user or an administrator.
    """

    id: int
    username: str
    display_name: str
    email: str | None
    pending_email: str | None
    role: Role | None
    is_active: bool | None
    comment_notifications: bool | None
    deletion_at: datetime | None
    bio: str
    avatar: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Author:
    """The public profile of an author."""

    id: int
    username: str
    display_name: str
    bio: str
    avatar: dict[str, Any] | None
    first_published_at: datetime | None
    created_at: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which mails that can be unsubscribed from are sent to an account."""

    comment_notifications: bool


@dataclass(frozen=True, slots=True)
class UserFilters:
    """Filters of the user list; None does not filter."""

    search: str | None = None
    role: Role | None = None
    is_active: bool | None = None


_columns = select(
    UserRow.id,
    UserRow.username,
    UserRow.display_name,
    UserRow.email,
    UserRow.pending_email,
    UserRow.role,
    UserRow.is_active,
    UserRow.comment_notifications,
    UserRow.deletion_at,
    UserRow.bio,
    UserRow.avatar,
    UserRow.created_at,
    UserRow.updated_at,
    UserRow.version,
)
_one = _columns.where(UserRow.id == bindparam("user_id"))


def _first_published_at(status: PostStatus) -> Label[datetime | None]:
    """Return the publication time of the user's first post with this status: the first entry of an index."""
    return (
        select(Post.published_at)
        .where(Post.author_id == UserRow.id, Post.status == status, Post.trashed_at.is_(None))
        .order_by(Post.listed_at)
        .limit(1)
        .scalar_subquery()
        .label(f"first_{status}_at")
    )


_author = _columns.add_columns(*map(_first_published_at, PUBLIC_STATUSES)).where(
    UserRow.username_key == bindparam("key"), UserRow.is_active, UserRow.role != Role.READER
)


def get_user(viewer: Identity, user_id: int) -> User:
    """Return the user as `viewer` can see it; raise `NotFound` if there is none. One statement."""
    row = read_connection().execute(_one, {"user_id": user_id}).one_or_none()
    if row is None:
        raise NotFound
    return _user_for_viewer(viewer, row)


def get_subscription(token: str) -> Subscription:
    """Return which mails the account with the token gets; raise `NotFound` if no account has it. One statement."""
    found = select(UserRow.comment_notifications).where(UserRow.unsubscribe_token == token)
    row = read_connection().execute(found).one_or_none()
    if row is None:
        raise NotFound
    return Subscription(*row)


def get_author(username: str) -> Author:
    """Return the public profile of an active account with a role above `reader`, by its case-insensitive username.

    Raise `NotFound` if there is none. One statement.
    """
    if not _USERNAME.fullmatch(username):
        raise NotFound
    row = read_connection().execute(_author, {"key": casefold(username)}).one_or_none()
    if row is None:
        raise NotFound
    first = min(filter(None, (row.first_published_at, row.first_archived_at)), default=None)
    # A post that is published or deleted changes the profile, but not the version of the user.
    etag = f'"author-{_version(row)}-{first.timestamp() if first else 0}"'
    return Author(row.id, row.username, row.display_name, row.bio, row.avatar, first, row.created_at, etag)


def list_users(viewer: Identity, page: PageRequest, filters: UserFilters) -> OffsetPage[User]:
    """Return a page of users, oldest first. Two statements.

    `search` matches a part of the username or display name, ignoring case; for administrators also of the e-mail
    address. For others a match would disclose an address that the response hides. Raise `AdminOnly` if others filter
    by role or by whether users can log in.
    """
    if not viewer.is_admin and (filters.role is not None or filters.is_active is not None):
        raise AdminOnly
    connection = read_connection()
    conditions = _conditions(filters, with_email=viewer.is_admin)
    total = connection.execute(select(func.count()).select_from(UserRow).where(*conditions)).scalar_one()
    rows = connection.execute(
        _columns.where(*conditions).order_by(UserRow.id).limit(page.limit).offset(page.offset)
    )
    return OffsetPage([_user_for_viewer(viewer, row) for row in rows], total, page)


def full_user(row: Any) -> User:
    """Return a user as the user and administrators see it; `row` is a `UserRow` or a row of `_columns`."""
    return User(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        pending_email=row.pending_email,
        role=row.role,
        is_active=row.is_active,
        comment_notifications=row.comment_notifications,
        deletion_at=row.deletion_at,
        bio=row.bio,
        avatar=row.avatar,
        created_at=row.created_at,
        updated_at=row.updated_at,
        etag=f'"user-{_version(row)}"',
    )


def _version(row: Any) -> str:
    """Return the version of a user for entity tags; the variant is that of the avatar."""
    avatar = f".{crc32(orjson.dumps(row.avatar)):08x}" if row.avatar else ""
    return f"{row.id}-{row.version}{avatar}"


def _user_for_viewer(viewer: Identity, row: Any) -> User:
    user = full_user(row)
    if viewer.id == row.id or viewer.is_admin:
        return user
    # Another representation: with the same ETag a cache could mix up the two.
    etag = f'"user-{_version(row)}-public"'
    return replace(
        user,
        email=None,
        pending_email=None,
        role=None,
        is_active=None,
        comment_notifications=None,
        deletion_at=None,
        etag=etag,
    )


def _conditions(filters: UserFilters, *, with_email: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.search is not None:
        conditions.append(_search_condition(filters.search, with_email=with_email))
    if filters.role is not None:
        conditions.append(UserRow.role == filters.role)
    if filters.is_active is not None:
        conditions.append(UserRow.is_active.is_(filters.is_active))
    return conditions


def _search_condition(text: str, *, with_email: bool) -> ColumnElement[bool]:
    # The case-folded columns: LIKE and lower() of the two databases differ for letters beyond ASCII.
    columns: list[ColumnElement[Any]] = [UserRow.username_key.expression, UserRow.display_name_key.expression]
    if with_email:
        columns.append(UserRow.email_key.expression)
    return or_(*(column.like(like_pattern(text), escape=LIKE_ESCAPE) for column in columns))
