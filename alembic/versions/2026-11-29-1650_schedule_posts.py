"""Schedule posts: the time when a post will be published, and why it was not.

The code before it can run on these tables as long as no post is scheduled: it does not know the status.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d41a7c9e5b30"
down_revision: str | Sequence[str] | None = "e5a90d4c7b31"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "publication_failure",
                sa.Enum(
                    "author_inactive",
                    "author_not_permitted",
                    "author_deleted",
                    name="publicationfailure",
                    native_enum=False,
                    length=32,
                ),
                nullable=True,
            )
        )


def downgrade() -> None:
    # Posts that are scheduled become drafts again, in their place in the lists.
    op.execute(
        "UPDATE posts SET status = 'draft', listed_at = COALESCE(published_at, created_at), version = version + 1"
        " WHERE status = 'scheduled'"
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("publication_failure")
        batch_op.drop_column("scheduled_at")
