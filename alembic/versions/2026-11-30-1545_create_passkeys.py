"""Create passkeys; no account has one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e2b9a7c41d0"
down_revision: str | Sequence[str] | None = "c4d80b1f6a72"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"])


def downgrade() -> None:
    # Whoever had nothing but passkeys has no second factor left.
    op.execute(
        "DELETE FROM recovery_codes WHERE user_id IN (SELECT user_id FROM passkeys) AND user_id NOT IN "
        "(SELECT user_id FROM second_factors WHERE enabled_at IS NOT NULL)"
    )
    users = sa.table("users", sa.column("id"), sa.column("has_second_factor", sa.Boolean()))
    passkeys = sa.table("passkeys", sa.column("user_id"))
    factors = sa.table("second_factors", sa.column("user_id"), sa.column("enabled_at"))
    op.execute(
        users.update()
        .where(
            users.c.id.in_(sa.select(passkeys.c.user_id)),
            users.c.id.not_in(sa.select(factors.c.user_id).where(factors.c.enabled_at.is_not(None))),
        )
        .values(has_second_factor=False)
    )
    op.drop_table("passkeys")
