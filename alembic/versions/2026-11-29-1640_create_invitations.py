"""Create single-use links and invitations."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5d2e90c7b3f1"
down_revision: str | Sequence[str] | None = "c8f14a6d2b79"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN_INVITATION = sa.text("purpose = 'invitation' AND used_at IS NULL AND revoked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "single_use_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("invitation", name="linkpurpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column(
            "role",
            sa.Enum("reader", "author", "editor", "admin", name="role", native_enum=False, length=16),
            nullable=True,
        ),
        sa.Column("created_by_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_single_use_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_single_use_links_created_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_single_use_links")),
        sa.UniqueConstraint("secret_hash", name="uq_single_use_links_secret_hash"),
    )
    op.create_index(op.f("ix_single_use_links_user_id"), "single_use_links", ["user_id"])
    op.create_index(op.f("ix_single_use_links_created_by_id"), "single_use_links", ["created_by_id"])
    op.create_index(
        "uq_single_use_links_open_invitation",
        "single_use_links",
        ["email_key"],
        unique=True,
        sqlite_where=OPEN_INVITATION,
        postgresql_where=OPEN_INVITATION,
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=True),
        sa.Column("mail_job_id", sa.Uuid(), nullable=True),
        sa.Column("mail_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["single_use_links.id"],
            name=op.f("fk_invitations_id_single_use_links"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_table("single_use_links")
