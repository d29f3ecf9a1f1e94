"""Models of tags and of their assignment to posts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, IntegerId, Model, utcnow
from service.models.posts import Post

TAG_NAME_MAX = 50
TAG_SLUG_MAX = 60


class Tag(Model):
    """A tag: its name, unique ignoring case, and its slug for URLs."""

    __tablename__ = "tags"
    __table_args__ = (
        UniqueConstraint("name_key", name="uq_tags_name_key"),
        UniqueConstraint("slug", name="uq_tags_slug"),
    )

    id: Mapped[IntegerId]
    name: Mapped[str] = mapped_column(String(TAG_NAME_MAX))
    name_key: Mapped[str] = mapped_column(String(TAG_NAME_MAX * 3))
    slug: Mapped[str] = mapped_column(String(TAG_SLUG_MAX))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration


class PostTag(Model):
    """The assignment of a tag to a post, with its position among the post's tags."""

    __tablename__ = "post_tags"
    __table_args__ = (Index("ix_post_tags_tag_post", "tag_id", "post_id"),)

    post_id: Mapped[UUID] = mapped_column(ForeignKey(Post.id, ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(BigId, ForeignKey(Tag.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]
