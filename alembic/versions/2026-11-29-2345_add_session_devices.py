"""Add to sessions their device, the family of its address, and when they end at the latest.

Sessions of before have none of them: they are listed without a device, and end when they are not used.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5d27c9f0ab61"
down_revision: str | Sequence[str] | None = "3c9d27f1e6a8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("ends_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("device", sa.String(60)))
    op.add_column("sessions", sa.Column("address_family", sa.String(8)))


def downgrade() -> None:
    # Not in batch mode, which would make the table anew: SQLite can drop a column since 3.35.
    op.drop_column("sessions", "address_family")
    op.drop_column("sessions", "device")
    op.drop_column("sessions", "ends_at")
