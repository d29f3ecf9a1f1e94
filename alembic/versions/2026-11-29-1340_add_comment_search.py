"""Add the case-folded text of comments for search, and the index for the list of comments across posts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

revision: str = "c81f5e0b7d24"
down_revision: str | Sequence[str] | None = "7d0e5b3c9a42"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH_SIZE = 1_000

comments = sa.table("comments", sa.column("id", sa.BigInteger), sa.column("body"), sa.column("body_key"))


def upgrade() -> None:
    with op.batch_alter_table("comments", schema=None) as batch_op:
        # Nullable: the code before this migration can go on inserting comments, which are found once they are edited.
        batch_op.add_column(sa.Column("body_key", sa.Text(), nullable=True))
        batch_op.create_index("ix_comments_newest", ["created_at", "id"], unique=False)
    # Case folding is not in SQL: a script for an administrator leaves existing comments out of the search.
    if not context.is_offline_mode():
        _fill_keys(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index("ix_comments_newest")
        batch_op.drop_column("body_key")


def _fill_keys(connection: sa.Connection) -> None:
    after = 0
    batch = (
        sa.select(comments.c.id, comments.c.body)
        .where(comments.c.id > sa.bindparam("after"))
        .order_by(comments.c.id)
        .limit(BATCH_SIZE)
    )
    change = (
        sa.update(comments)
        .where(comments.c.id == sa.bindparam("comment"))
        .values(body_key=sa.bindparam("key"))
    )
    while rows := connection.execute(batch, {"after": after}).all():
        connection.execute(change, [{"comment": row.id, "key": _casefold(row.body)} for row in rows])
        after = rows[-1].id


def _casefold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
