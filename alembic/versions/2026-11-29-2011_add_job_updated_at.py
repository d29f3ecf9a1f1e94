"""Add to jobs the time of their last change, by which they are listed.

Code before it writes jobs without it: these are listed last. SQLite adds a column with a constant default only.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7b3e9a51c84d"
down_revision: str | Sequence[str] | None = "f3b86a0d5c17"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column(
        "updated_at",
        sa.DateTime(timezone=True),
        server_default="1970-01-01 00:00:00.000000",
        nullable=False,
    )
    op.add_column("jobs", column)
    op.execute("UPDATE jobs SET updated_at = COALESCE(finished_at, started_at, created_at)")
    op.drop_index("ix_jobs_state", "jobs")
    op.create_index("ix_jobs_state", "jobs", ["state", "updated_at", "id"])
    op.create_index("ix_jobs_updated_at", "jobs", ["updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_jobs_updated_at", "jobs")
    op.drop_index("ix_jobs_state", "jobs")
    op.create_index("ix_jobs_state", "jobs", ["state", "id"])
    # Not in batch mode, which would make the table anew: SQLite can drop a column since 3.35.
    op.drop_column("jobs", "updated_at")
