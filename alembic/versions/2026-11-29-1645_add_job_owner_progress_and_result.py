"""Keep for each job who asked for it, its progress and result, and the slot in which it runs.

All columns can be null: for the jobs that are there, and for the code before, which writes none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e5a90d4c7b31"
down_revision: str | Sequence[str] | None = "5d2e90c7b3f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WAITING = sa.text("state = 'waiting'")
RUNNING = sa.text("state = 'running'")
UNFINISHED = sa.text("state IN ('waiting', 'running')")
STATES = ("waiting", "running", "succeeded", "failed", "cancelled")
ADDED = {
    "owner_id": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "progress_done": sa.BigInteger(),
    "progress_total": sa.BigInteger(),
    "progress_message": sa.String(length=200),
    "result": sa.JSON(),
    "concurrency_key": sa.String(length=200),
    "concurrency_slot": sa.Integer(),
}

# SQLite adds a foreign key by copying the table. Written out, so that `--sql` can print it without a database.
BEFORE = sa.Table(
    "jobs",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("task", sa.String(length=80), nullable=False),
    sa.Column("payload", sa.JSON(), nullable=False),
    sa.Column("state", sa.Enum(*STATES, name="jobstate", native_enum=False, length=16), nullable=False),
    sa.Column("priority", sa.Integer(), nullable=False),
    sa.Column("unique_key", sa.String(length=200), nullable=True),
    sa.Column("runs_again", sa.Boolean(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("error", sa.Text(), nullable=True),
    sa.Column("lease_token", sa.Uuid(), nullable=True),
    sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    sa.Index("ix_jobs_waiting", "priority", "due_at", "id", sqlite_where=WAITING),
    sa.Index("ix_jobs_state", "state", "id"),
    sa.Index("uq_jobs_unique_key", "unique_key", unique=True, sqlite_where=UNFINISHED),
)


def upgrade() -> None:
    with op.batch_alter_table("jobs", copy_from=BEFORE) as batch_op:
        for name, kind in ADDED.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        batch_op.create_foreign_key(
            "fk_jobs_owner_id_users", "users", ["owner_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_jobs_owner_id", "jobs", ["owner_id"])
    op.create_index(
        "uq_jobs_concurrency_slot",
        "jobs",
        ["concurrency_key", "concurrency_slot"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )


def downgrade() -> None:
    op.drop_index("uq_jobs_concurrency_slot", "jobs")
    op.drop_index("ix_jobs_owner_id", "jobs")
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.drop_constraint("fk_jobs_owner_id_users", type_="foreignkey")
        for name in ADDED:
            batch_op.drop_column(name)
