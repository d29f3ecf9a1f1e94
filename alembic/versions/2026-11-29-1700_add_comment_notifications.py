"""Add the switch for mails about comments, and the token of the links that switch them off.

On for the accounts that are there, and for those that the code before this migration goes on creating.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8f2c61d0a94e"
down_revision: str | Sequence[str] | None = "d41a7c9e5b30"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("comment_notifications", sa.Boolean(), nullable=False, server_default="1")
    )
    op.add_column("users", sa.Column("unsubscribe_token", sa.String(length=43), nullable=True))
    op.create_index("uq_users_unsubscribe_token", "users", ["unsubscribe_token"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_users_unsubscribe_token", "users")
    op.drop_column("users", "unsubscribe_token")
    op.drop_column("users", "comment_notifications")
