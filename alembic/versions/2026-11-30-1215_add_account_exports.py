"""Let exports be of one account's data; those of before are of all posts."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c4d81f6e2b97"
down_revision: str | Sequence[str] | None = "7a1e94c3d5f8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("waiting", "running", "succeeded", "failed", "cancelled")

# SQLite adds a foreign key by copying the table. Written out, so that `--sql` can print it without a database.
BEFORE = sa.Table(
    "exports",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("owner_id", BIG_ID, nullable=True),
    sa.Column("job_id", sa.Uuid(), nullable=False),
    sa.Column("state", sa.Enum(*STATES, name="jobstate", native_enum=False, length=16), nullable=False),
    sa.Column("post_count", sa.Integer(), nullable=True),
    sa.Column("image_count", sa.Integer(), nullable=True),
    sa.Column("size_bytes", sa.BigInteger(), nullable=True),
    sa.Column("sha256", sa.String(length=64), nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(
        ["owner_id"], ["users.id"], name="fk_exports_owner_id_users", ondelete="SET NULL"
    ),
    sa.PrimaryKeyConstraint("id", name="pk_exports"),
    sa.Index("ix_exports_expires_at", "expires_at"),
    sa.Index("ix_exports_owner_id", "owner_id"),
)


def upgrade() -> None:
    with op.batch_alter_table("exports", copy_from=BEFORE) as exports:
        exports.add_column(sa.Column("account_id", BIG_ID, nullable=True))
        exports.create_foreign_key(
            op.f("fk_exports_account_id_users"), "users", ["account_id"], ["id"], ondelete="CASCADE"
        )
        exports.create_index(op.f("ix_exports_account_id"), ["account_id"], unique=True)


def downgrade() -> None:
    op.execute("DELETE FROM exports WHERE account_id IS NOT NULL")
    with op.batch_alter_table("exports") as exports:
        exports.drop_constraint(op.f("fk_exports_account_id_users"), type_="foreignkey")
        exports.drop_index(op.f("ix_exports_account_id"))
        exports.drop_column("account_id")
