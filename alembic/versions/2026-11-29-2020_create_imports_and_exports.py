"""Create imports and exports."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a6b714859fa5"
down_revision: str | Sequence[str] | None = "7b3e9a51c84d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JOB_STATE = sa.Enum(
    "waiting",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    name="jobstate",
    native_enum=False,
    length=16,
)


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", JOB_STATE, nullable=False),
        sa.Column("post_count", sa.Integer(), nullable=True),
        sa.Column("image_count", sa.Integer(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_exports_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(op.f("ix_exports_expires_at"), "exports", ["expires_at"])
    op.create_index(op.f("ix_exports_owner_id"), "exports", ["owner_id"])

    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", JOB_STATE, nullable=False),
        sa.Column("upload_id", sa.String(length=32), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("site_urls", sa.JSON(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("generator", sa.String(length=40), nullable=True),
        sa.Column("summary", sa.String(length=500), nullable=True),
        sa.Column("total_posts", sa.Integer(), nullable=True),
        sa.Column("last_path", sa.String(length=1000), nullable=True),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("note_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_imports_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_imports_owner_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_author_id"), "imports", ["author_id"])
    op.create_index(op.f("ix_imports_created_at"), "imports", ["created_at"])
    op.create_index(op.f("ix_imports_owner_id"), "imports", ["owner_id"])

    op.create_table(
        "import_items",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "created",
                "updated",
                "unchanged",
                "skipped",
                "failed",
                name="itemoutcome",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("has_notes", sa.Boolean(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_items_import_id_imports"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_import_items_post_id_posts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_items")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_items_import_id", "import_items", ["import_id", "id"])
    op.create_index(op.f("ix_import_items_post_id"), "import_items", ["post_id"])


def downgrade() -> None:
    op.drop_table("import_items")
    op.drop_table("imports")
    op.drop_table("exports")
