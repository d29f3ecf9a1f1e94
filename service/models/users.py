"""Model of user accounts, and their roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Enum, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from service.models.base import IntegerId, Model, utcnow
from service.models.casefolding import casefold

USERNAME_MAX = 32
DISPLAY_NAME_MAX = 80
EMAIL_MAX = 254  # the longest address in an SMTP path (RFC 5321)
BIO_MAX = 1_000


class Role(StrEnum):
    """The roles of accounts, in ascending order: each has the permissions of the roles before it."""

    READER = "reader"
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"

    def at_least(self, role: Role) -> bool:
        """Tell whether this role has at least the permissions of `role`."""
        return _RANK[self] >= _RANK[role]


_RANK = {role: rank for rank, role in enumerate(Role)}


class User(Model):
    """A user account. Its id is never reused.

    The `..._key` columns hold the case-folded form of a name, for uniqueness and search; they are set automatically.
    `unsubscribe_token` is in the links of mails that switch `comment_notifications` off, None until the first of them.
    `avatar` is a denormalized copy of the image `avatar_id` in wire form: reads join nothing. `version` is incremented
    with every change, for ETags; incrementing `token_version` invalidates all tokens. `pending_email` is the address
    that the owner has asked for and not confirmed; `deletion_at` is when a worker deletes the account.
    """

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("username_key", name="uq_users_username_key"),
        UniqueConstraint("email_key", name="uq_users_email_key"),
        Index("uq_users_unsubscribe_token", "unsubscribe_token", unique=True),
        Index("ix_users_deletion_at", "deletion_at"),
    )

    id: Mapped[IntegerId]
    username: Mapped[str] = mapped_column(String(USERNAME_MAX))
    username_key: Mapped[str] = mapped_column(String(USERNAME_MAX))
    display_name: Mapped[str] = mapped_column(String(DISPLAY_NAME_MAX))
    display_name_key: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(String(EMAIL_MAX))  # None: an author who cannot log in
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_MAX))
    pending_email: Mapped[str | None] = mapped_column(String(EMAIL_MAX))
    password_hash: Mapped[str | None] = mapped_column(String(255))  # None: login by password is impossible
    # Whether a login needs the code of the account's `SecondFactor`, which is then confirmed.
    has_second_factor: Mapped[bool] = mapped_column(default=False, server_default="0")
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=16, values_callable=lambda roles: [role.value for role in roles])
    )
    is_active: Mapped[bool] = mapped_column(default=True)
    bio: Mapped[str] = mapped_column(String(BIO_MAX), default="")
    # Whether to send a mail about each comment on a post of this author.
    comment_notifications: Mapped[bool] = mapped_column(default=True, server_default="1")
    unsubscribe_token: Mapped[str | None] = mapped_column(String(43))
    # No foreign key here: that of `media_uses`, which has a row for it, keeps the file from being deleted.
    avatar_id: Mapped[UUID | None]
    avatar: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column()
    token_version: Mapped[int] = mapped_column(default=1)
    deletion_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration

    @validates("username", "display_name", "email")
    def _keep_key(self, name: str, value: str | None) -> str | None:
        setattr(self, f"{name}_key", None if value is None else casefold(value))
        return value
