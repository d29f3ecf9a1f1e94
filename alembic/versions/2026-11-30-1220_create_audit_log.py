"""Create the audit log, which triggers keep append-only."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c4d80b1f6a72"
down_revision: str | Sequence[str] | None = "c4d81f6e2b97"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# An entry may be given its place in the chain once, and deleted when the newest checkpoint covers it.
SQLITE = (
    """
    CREATE TRIGGER audit_entries_refuse_replacement BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM audit_entries WHERE position = NEW.position)
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log cannot be replaced'); END
    """,
    """
    CREATE TRIGGER audit_entries_refuse_change BEFORE UPDATE OF
    id, recorded_at, action, actor_kind, actor_id, api_key_id, object_type, object_id, request_id, details, mac
    ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log cannot be changed'); END
    """,
    """
    CREATE TRIGGER audit_entries_refuse_moving BEFORE UPDATE OF position, chain_mac ON audit_entries
    WHEN OLD.position IS NOT NULL OR NEW.position IS NULL OR NEW.chain_mac IS NULL
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log cannot be changed'); END
    """,
    """
    CREATE TRIGGER audit_entries_refuse_deletion BEFORE DELETE ON audit_entries
    WHEN OLD.position IS NULL
    OR OLD.position > COALESCE((SELECT MAX(position) FROM audit_checkpoints), 0)
    BEGIN SELECT RAISE(ABORT, 'entries of the audit log cannot be deleted'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_refuse_replacement BEFORE INSERT ON audit_checkpoints
    WHEN EXISTS (SELECT 1 FROM audit_checkpoints WHERE position = NEW.position)
    BEGIN SELECT RAISE(ABORT, 'checkpoints of the audit log cannot be replaced'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_refuse_change BEFORE UPDATE ON audit_checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints of the audit log cannot be changed'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_refuse_deletion BEFORE DELETE ON audit_checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints of the audit log cannot be deleted'); END
    """,
)

POSTGRESQL = (
    """
    CREATE FUNCTION audit_entries_protect() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.position IS NOT NULL OR NEW.position IS NULL OR NEW.chain_mac IS NULL
            OR (to_jsonb(NEW) - 'position' - 'chain_mac') <> (to_jsonb(OLD) - 'position' - 'chain_mac') THEN
                RAISE EXCEPTION 'entries of the audit log cannot be changed';
            END IF;
            RETURN NEW;
        END IF;
        IF OLD.position IS NULL
        OR OLD.position > COALESCE((SELECT MAX(position) FROM audit_checkpoints), 0) THEN
            RAISE EXCEPTION 'entries of the audit log cannot be deleted';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log cannot be changed';
    END $$
    """,
    """
    CREATE TRIGGER audit_entries_protect BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_protect()
    """,
    """
    CREATE TRIGGER audit_entries_refuse_truncation BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
    """,
    """
    CREATE TRIGGER audit_checkpoints_refuse_change BEFORE UPDATE OR DELETE ON audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()
    """,
    """
    CREATE TRIGGER audit_checkpoints_refuse_truncation BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
    """,
)


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum("user", "api_key", "system", "anonymous", name="actorkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("chain_mac", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_entries_position")),
    )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "id"])
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor_id", "id"])
    op.create_index("ix_audit_entries_actor_action", "audit_entries", ["actor_id", "action", "id"])
    op.create_index("ix_audit_entries_object", "audit_entries", ["object_id", "object_type", "id"])
    op.create_index("ix_audit_entries_object_type", "audit_entries", ["object_type", "id"])
    op.create_table(
        "audit_chain_ends",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("chain_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain_ends")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("position", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("chain_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_checkpoints")),
    )
    for statement in SQLITE if op.get_context().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_chain_ends")
    op.drop_table("audit_entries")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_entries_protect()")
        op.execute("DROP FUNCTION audit_log_refuse()")
