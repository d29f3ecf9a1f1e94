"""Add the address that an account's owner has asked for, and when an account is deleted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7e50b3d91c48"
down_revision: str | Sequence[str] | None = "e2a97c41d0b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("pending_email", sa.String(length=254), nullable=True))
    op.add_column("users", sa.Column("deletion_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_users_deletion_at", "users", ["deletion_at"])


def downgrade() -> None:
    op.drop_index("ix_users_deletion_at", "users")
    op.drop_column("users", "deletion_at")
    op.drop_column("users", "pending_email")
