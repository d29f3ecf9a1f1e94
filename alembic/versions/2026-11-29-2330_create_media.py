"""Create media, their renditions and uses, and the columns of posts and users that show them.

The code before it can run on these tables: what it does not know is null or has a default.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3c9d27f1e6a8"
down_revision: str | Sequence[str] | None = "a6b714859fa5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def enumeration(name: str, *values: str) -> sa.Enum:
    """Return the type of a column with one of these texts."""
    return sa.Enum(*values, name=name, native_enum=False, length=16)


def upgrade() -> None:
    create_media()
    create_renditions()
    create_former_names()
    op.add_column("posts", sa.Column("cover_id", sa.Uuid(), nullable=True))
    op.add_column("posts", sa.Column("card_id", sa.Uuid(), nullable=True))
    op.add_column("posts", sa.Column("cover_alt_text", sa.String(length=1000), nullable=True))
    op.add_column("posts", sa.Column("cover_caption", sa.String(length=1000), nullable=True))
    op.add_column("posts", sa.Column("cover", sa.JSON(), nullable=True))
    op.add_column("posts", sa.Column("card", sa.JSON(), nullable=True))
    op.add_column("posts", sa.Column("images", sa.JSON(), nullable=True))
    op.add_column("posts", sa.Column("images_version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("users", sa.Column("avatar_id", sa.Uuid(), nullable=True))
    op.add_column("users", sa.Column("avatar", sa.JSON(), nullable=True))
    create_uses()


def create_media() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("kind", enumeration("mediakind", "image", "document"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("is_animated", sa.Boolean(), nullable=False),
        sa.Column("alt_text", sa.String(length=1000), nullable=False),
        sa.Column("caption", sa.String(length=1000), nullable=False),
        sa.Column("credit", sa.String(length=300), nullable=False),
        sa.Column("focal_x", sa.Integer(), nullable=False),
        sa.Column("focal_y", sa.Integer(), nullable=False),
        sa.Column("dominant_color", sa.String(length=7), nullable=True),
        sa.Column("placeholder", sa.String(length=1000), nullable=True),
        sa.Column("state", enumeration("mediastate", "processing", "ready", "failed"), nullable=False),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("uploader_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renditions_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["users.id"], name=op.f("fk_media_uploader_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("name", name="uq_media_name"),
    )
    op.create_index("ix_media_creation", "media", ["created_at", "id"])
    op.create_index("ix_media_change", "media", ["updated_at", "id"])
    op.create_index("ix_media_uploader_creation", "media", ["uploader_id", "created_at", "id"])
    op.create_index(op.f("ix_media_sha256"), "media", ["sha256"])
    op.create_index(
        "ix_media_missing_alt_text",
        "media",
        ["created_at", "id"],
        sqlite_where=sa.text("alt_text = ''"),
        postgresql_where=sa.text("alt_text = ''"),
    )


def create_renditions() -> None:
    op.create_table(
        "media_renditions",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("crop", enumeration("imagecrop", "square", "card"), nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_renditions_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_media_renditions")),
    )
    op.create_index(op.f("ix_media_renditions_media_id"), "media_renditions", ["media_id"])


def create_former_names() -> None:
    op.create_table(
        "media_former_names",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_former_names_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_media_former_names")),
    )
    op.create_index(op.f("ix_media_former_names_media_id"), "media_former_names", ["media_id"])


def create_uses() -> None:
    op.create_table(
        "media_uses",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("role", enumeration("mediarole", "body", "cover", "card", "avatar"), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_media_uses_media_id_media")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_media_uses_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_media_uses_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_uses")),
        sa.UniqueConstraint("media_id", "post_id", "role", name="uq_media_uses_post"),
        sa.UniqueConstraint("media_id", "user_id", "role", name="uq_media_uses_user"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_media_uses_post_id"), "media_uses", ["post_id"])
    op.create_index(op.f("ix_media_uses_user_id"), "media_uses", ["user_id"])


def downgrade() -> None:
    op.drop_table("media_uses")
    for name in ("avatar", "avatar_id"):
        op.drop_column("users", name)
    for name in (
        "images_version",
        "images",
        "card",
        "cover",
        "cover_caption",
        "cover_alt_text",
        "card_id",
        "cover_id",
    ):
        op.drop_column("posts", name)
    op.drop_table("media_former_names")
    op.drop_table("media_renditions")
    op.drop_table("media")
