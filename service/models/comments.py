"""Model of comments: threaded by `parent_id`, soft-deleted while they have replies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from service.models.base import BigId, IntegerId, Model, utcnow
from service.models.casefolding import casefold
from service.models.posts import Post
from service.models.users import User

COMMENT_MAX = 5_000
DEPTH_MAX = 6


class Comment(Model):
    """A comment. A deleted comment with replies keeps its row without author and text; `deleted_at` is set.

    `depth` is 0 for a top-level comment, and the parent's depth plus 1 for a reply. `body_key` is the case-folded text
    for search; it is set automatically.
    """

    __tablename__ = "comments"
    __table_args__ = (
        Index("ix_comments_thread", "post_id", "created_at", "id"),
        Index("ix_comments_newest", "created_at", "id"),
    )

    id: Mapped[IntegerId]
    post_id: Mapped[UUID] = mapped_column(ForeignKey(Post.id, ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True)
    depth: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(Text)
    body_key: Mapped[str | None] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    author: Mapped[User | None] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration

    @validates("body")
    def _keep_key(self, _name: str, value: str) -> str:
        self.body_key = casefold(value)
        return value
