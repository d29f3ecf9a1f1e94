"""The chain: what is committed is appended by a job, and what is done to the log by SQL is found or refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from service.audit import retention, verification
from service.audit.chain import ChainEndChanged, extend_chain
from service.audit.retention import delete_expired
from service.audit.tasks import extend, purge_expired
from service.audit.verification import Kind, verify_log
from service.core import audit_log
from service.core.audit_macs import AuditKeys
from service.core.database import transaction
from service.extensions import db
from service.models.base import utcnow
from tests.audit.log import chained, change, entries, recorded
from tests.conftest import on_postgresql
from tests.job_runs import run_all


def findings(expected=None):
    report = verify_log(AuditKeys.load(create=False), expected)
    return [(finding.kind, finding.text) for finding in report.findings]


def kinds():
    return [kind for kind, _text in findings()]


class TestChain:
    def test_job_appends_what_is_new(self, app):
        chained(2)
        recorded(1)
        assert [entry.position for entry in entries()] == [1, 2, None]
        chained()
        assert [entry.position for entry in entries()] == [1, 2, 3]
        assert findings() == []

    def test_late_commit_comes_behind_newer_ids(self, app, monkeypatch):
        """A transaction that began before others and commits behind them is appended then; nobody waits for it."""
        recorded(2)
        early, _late = entries()
        chained()
        monkeypatch.setattr(audit_log, "uuid7", lambda: UUID(int=early.id.int - 1))
        recorded(1)
        chained()
        assert [entry.position for entry in entries()] == [3, 1, 2]
        assert findings() == []

    def test_changed_end_is_not_built_upon(self, app):
        chained(2)
        change("UPDATE audit_chain_ends SET position = 1")
        recorded(1)
        with pytest.raises(ChainEndChanged), transaction():
            extend_chain()

    def test_task_goes_on_until_all_is_appended(self, app, monkeypatch):
        monkeypatch.setattr("service.audit.chain.BATCH_SIZE", 2)
        recorded(3)
        for more in (True, True, False):
            with transaction():
                assert extend.run() is more
        assert [entry.position for entry in entries()] == [1, 2, 3]


class TestTriggers:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entries SET action = 'item.deleted'",
            "UPDATE audit_entries SET position = 9 WHERE position = 1",
            "UPDATE audit_entries SET position = NULL, chain_mac = NULL",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_entries WHERE position = 1",
        ],
    )
    def test_refuse_to_change_an_entry(self, app, statement):
        chained(2)
        recorded(1)
        before = entries()
        with pytest.raises(sa.exc.DBAPIError, match="audit log"), db.engine.begin() as connection:
            connection.execute(sa.text(statement))
        assert entries() == before

    def test_refuse_to_replace_an_entry(self, app, database_kind):
        if database_kind != "sqlite":
            pytest.skip("only SQLite has INSERT OR REPLACE")
        chained(1)
        [entry] = entries()
        columns = ", ".join("'item.deleted'" if name == "action" else name for name in entry._fields)
        statement = f"INSERT OR REPLACE INTO audit_entries SELECT {columns} FROM audit_entries"
        with pytest.raises(sa.exc.DBAPIError, match="audit log"), db.engine.begin() as connection:
            connection.execute(sa.text(statement))

    @on_postgresql
    @pytest.mark.parametrize("table", ["audit_entries", "audit_checkpoints"])
    def test_refuse_to_truncate(self, app, table):
        with pytest.raises(sa.exc.DBAPIError, match="audit log"), db.engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {table}"))

    @pytest.mark.parametrize(
        "statement", ["UPDATE audit_checkpoints SET position = 9", "DELETE FROM audit_checkpoints"]
    )
    def test_refuse_to_change_a_checkpoint(self, app, monkeypatch, statement):
        expired(monkeypatch, 1)
        with pytest.raises(sa.exc.DBAPIError, match="audit log"), db.engine.begin() as connection:
            connection.execute(sa.text(statement))


class TestVerification:
    def test_finds_nothing_in_an_empty_log(self, app):
        AuditKeys.load(create=True)
        assert findings() == []

    @pytest.mark.parametrize(
        "column", ["action = 'item.deleted'", "actor_id = 9", "object_id = '9'", "details = '{\"a\": 1}'"]
    )
    def test_finds_a_changed_entry(self, app, column):
        chained(3)
        change(f"UPDATE audit_entries SET {column} WHERE position = 2")
        assert kinds() == [Kind.CHANGED]
        assert "Entry 2" in findings()[0][1]

    def test_finds_a_changed_entry_that_is_not_in_the_chain(self, app):
        recorded(1)
        change("UPDATE audit_entries SET object_id = '9'")
        assert kinds() == [Kind.INSERTED]

    @pytest.mark.parametrize(
        ("removed", "said"),
        [
            ("position = 1", "Entry 1 is missing."),
            ("position IN (2, 3)", "Entries 2 to 3 are missing."),
            ("position = 4", "The newest entries are missing: 4 to 4."),
        ],
    )
    def test_finds_removed_entries(self, app, removed, said):
        chained(4)
        change(f"DELETE FROM audit_entries WHERE {removed}")
        assert findings() == [(Kind.REMOVED, said)]

    def test_finds_that_all_were_removed(self, app):
        chained(2)
        change("DELETE FROM audit_entries")
        assert kinds() == [Kind.REMOVED]

    def test_finds_an_inserted_entry(self, app):
        chained(1)
        [entry] = entries()
        columns = ", ".join(
            {"id": ":id", "position": "NULL", "chain_mac": "NULL"}.get(name, name) for name in entry._fields
        )
        forged = UUID(int=entry.id.int + 1)
        value = forged.hex if db.engine.dialect.name == "sqlite" else str(forged)
        if db.engine.dialect.name == "postgresql":
            columns = columns.replace(":id", "CAST(:id AS uuid)")
        change(f"INSERT INTO audit_entries SELECT {columns} FROM audit_entries", id=value)
        assert kinds() == [Kind.INSERTED]
        chained()  # the job appends it; it is found as ever
        assert kinds() == [Kind.CHANGED]

    def test_finds_entries_that_changed_places(self, app):
        chained(3)
        for before, after in ((1, 9), (2, 1), (9, 2)):
            change(
                "UPDATE audit_entries SET position = :after WHERE position = :before",
                before=before,
                after=after,
            )
        assert Kind.INSERTED in kinds()

    def test_finds_a_longer_chain_than_was_signed(self, app):
        chained(2)
        change("DELETE FROM audit_chain_ends")
        assert kinds() == [Kind.INSERTED]

    def test_finds_a_changed_end(self, app):
        chained(2)
        change("UPDATE audit_chain_ends SET position = 1")
        assert kinds() == [Kind.CHANGED, Kind.INSERTED]

    def test_finds_a_chain_that_was_made_anew(self, app):
        chained(2)
        head = verify_log(AuditKeys.load(create=False)).head
        noted = head[0], head[1].hex()[:32]
        assert findings(noted) == []
        change("DELETE FROM audit_entries")
        change("DELETE FROM audit_chain_ends")
        assert findings() == []
        assert findings(noted) == [(Kind.REMOVED, "There is no entry 2 in the chain.")]
        chained(2)
        assert findings() == []
        assert findings(noted) == [(Kind.CHANGED, "The chain up to entry 2 is not the one that was noted.")]

    def test_reads_in_batches(self, app, monkeypatch):
        monkeypatch.setattr(verification, "BATCH_SIZE", 2)
        chained(5)
        assert verify_log(AuditKeys.load(create=False)).entries == 5

    def test_reports_no_more_than_anybody_reads(self, app, monkeypatch):
        monkeypatch.setattr(verification, "FINDINGS_MAX", 2)
        chained(3)
        change("UPDATE audit_entries SET actor_id = 9")
        assert kinds() == [Kind.CHANGED] * 2


def expired(monkeypatch, number):
    """Let a number of entries be in the chain that retention has deleted."""
    chained(number)
    monkeypatch.setattr(retention, "utcnow", lambda: utcnow() + timedelta(days=366))
    with transaction():
        assert delete_expired() == number
    monkeypatch.undo()


class TestRetention:
    def test_ends_at_a_signed_checkpoint(self, app, monkeypatch):
        expired(monkeypatch, 3)
        assert entries() == []
        chained(2)
        assert [entry.position for entry in entries()] == [4, 5]
        report = verify_log(AuditKeys.load(create=False))
        assert (report.findings, report.first, report.entries) == ([], 4, 2)

    def test_keeps_what_is_younger_and_what_follows_it(self, app):
        chained(2)
        with transaction():
            assert delete_expired() == 0
        assert len(entries()) == 2

    def test_stops_at_the_first_entry_that_is_kept(self, app, monkeypatch):
        chained(3)
        third = entries()[2].recorded_at
        monkeypatch.setattr(retention, "utcnow", lambda: third + timedelta(days=365))
        kept = sum(entry.recorded_at >= third for entry in entries())
        with transaction():
            assert delete_expired() == 3 - kept

    def test_does_not_delete_what_is_not_in_the_chain(self, app, monkeypatch):
        recorded(1)
        monkeypatch.setattr(retention, "utcnow", lambda: utcnow() + timedelta(days=366))
        with transaction():
            assert delete_expired() == 0
        assert len(entries()) == 1

    def test_goes_on_while_the_log_is_verified(self, app, monkeypatch):
        """The verification has read the checkpoint, then retention deletes the beginning."""
        chained(3)
        original = verification._chained

        def after_retention(**options):
            with transaction():
                delete_expired()
            return original(**options)

        monkeypatch.setattr(retention, "BATCH_SIZE", 2)
        monkeypatch.setattr(retention, "utcnow", lambda: utcnow() + timedelta(days=366))
        monkeypatch.setattr(verification, "_chained", after_retention)
        assert findings() == []

    def test_forged_checkpoint_is_found(self, app):
        chained(2)
        change(
            "INSERT INTO audit_checkpoints (position, chain_mac, signature, created_at) "
            "SELECT position, chain_mac, mac, recorded_at FROM audit_entries WHERE position = 1"
        )
        change("DELETE FROM audit_entries WHERE position = 1")
        assert kinds() == [Kind.INSERTED, Kind.REMOVED]

    def test_entry_before_the_checkpoint_is_found(self, app, monkeypatch):
        expired(monkeypatch, 2)
        chained(1)
        change("UPDATE audit_entries SET position = 1")
        assert Kind.INSERTED in kinds()

    def test_task_deletes_and_counts(self, app, jobs, monkeypatch):
        chained(3)
        monkeypatch.setattr(retention, "utcnow", lambda: utcnow() + timedelta(days=366))
        monkeypatch.setattr(retention, "BATCH_SIZE", 2)
        job_id = jobs.enqueue(purge_expired)
        assert run_all(app, jobs) == 3
        assert jobs.row(job_id).result == {"deleted": 3}
        assert entries() == []
