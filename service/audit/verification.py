"""Verification of the audit log: which entries were changed, removed or inserted, past the triggers of the database.

It reads in batches, in no transaction: the service goes on meanwhile. What an entry says is proved by its own code, its
place by the chain, and that the newest ones are there by the signed end of the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from service.audit.chain import END_ID
from service.core.audit_macs import (
    CHAIN_START,
    CONTENT,
    AuditKeys,
    checkpoint_message,
    end_message,
    entry_message,
    link_message,
)
from service.core.database import read_connection
from service.models.audit import AuditChainEnd, AuditCheckpoint, AuditEntry

BATCH_SIZE = 2_000
FINDINGS_MAX = 1_000

_entries = AuditEntry.__table__
_columns = [_entries.c[name] for name in (*CONTENT, "mac", "position", "chain_mac")]


class Kind(StrEnum):
    """What was done to the log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was done to the log, in one sentence."""

    kind: Kind
    text: str


@dataclass(slots=True)
class Report:
    """What the verification has read and found; `head` is the last position of the chain with its code."""

    entries: int = 0
    unchained: int = 0
    first: int = 1
    head: tuple[int, bytes] = (0, CHAIN_START)
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, text: str) -> None:
        """Add a finding; after very many of them the rest would tell nothing new."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(kind, text))


def verify_log(keys: AuditKeys, expected: tuple[int, str] | None = None) -> Report:
    """Verify all entries, and return what was found.

    `expected` is a position with the beginning of its code in hexadecimal digits, noted outside of the database: who
    has the key of the server as well could have made the whole chain anew.
    """
    report = Report()
    end = _end()
    if end and not keys.verify(end_message(*end[:2]), end[2]):
        report.add(Kind.CHANGED, "The end of the chain was changed, or signed with another key.")
    place, code = _checkpoint(keys, report)
    report.first = place + 1
    for entry in _chained(after=0):
        if entry["position"] < report.first:
            report.add(Kind.INSERTED, f"{_named(entry)} is before the checkpoint at {report.first - 1}.")
            continue
        if entry["position"] != place + 1:
            place, code = _step_over_gap(keys, report, place, entry)
        _check_entry(keys, report, entry, code)
        place, code = entry["position"], entry["chain_mac"]
        report.entries += 1
        _compare(report, expected, place, code)
    report.head = (place, code)
    _check_end(report, end, place)
    _check_unchained(keys, report)
    if expected and not report.first <= expected[0] <= place:
        report.add(Kind.REMOVED, f"There is no entry {expected[0]} in the chain.")
    return report


def _checkpoint(keys: AuditKeys, report: Report) -> tuple[int, bytes]:
    """Return where the chain begins: behind the newest checkpoint, if there is one."""
    newest = select(AuditCheckpoint.position, AuditCheckpoint.chain_mac, AuditCheckpoint.signature)
    begin = 0, CHAIN_START
    for row in read_connection().execute(newest.order_by(AuditCheckpoint.position)):
        if keys.verify(checkpoint_message(row.position, row.chain_mac), row.signature):
            begin = row.position, row.chain_mac
        else:
            report.add(
                Kind.INSERTED, f"The checkpoint at {row.position} was not signed with the key of this server."
            )
    return begin


def _step_over_gap(keys: AuditKeys, report: Report, place: int, entry: dict[str, Any]) -> tuple[int, bytes]:
    """Report the entries that are missing before this one, unless retention has just deleted them."""
    begins_after, code = _checkpoint(keys, Report())
    if begins_after == entry["position"] - 1:
        return begins_after, code
    first, last = place + 1, entry["position"] - 1
    missing = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    report.add(Kind.REMOVED, f"{missing} missing.")
    return last, b""


def _check_entry(keys: AuditKeys, report: Report, entry: dict[str, Any], code: bytes) -> None:
    """Check an entry; behind a gap there is no code before it, and its own content proves it alone."""
    if not keys.verify(entry_message(entry), entry["mac"]):
        report.add(Kind.CHANGED, f"{_named(entry)} was changed, or not written by this server.")
    elif code and not keys.verify(link_message(code, entry["position"], entry["mac"]), entry["chain_mac"]):
        report.add(Kind.INSERTED, f"{_named(entry)} does not belong behind the entry before it.")


def _check_end(report: Report, end: tuple[int, bytes, bytes] | None, place: int) -> None:
    """Check that the chain is as long as its signed end says; both have grown meanwhile, never apart."""
    if end and place < end[0]:
        report.add(Kind.REMOVED, f"The newest entries are missing: {place + 1} to {end[0]}.")
    longest = read_connection().scalar(select(func.max(AuditEntry.position))) or 0
    now = _end()  # behind the look at the entries: a longer chain has had a longer end by then
    if longest > (now[0] if now else 0):
        report.add(Kind.INSERTED, f"The chain goes on to {longest}, behind its signed end.")


def _check_unchained(keys: AuditKeys, report: Report) -> None:
    """Check the entries that the next job appends to the chain."""
    waiting = select(*_columns).where(_entries.c.position.is_(None)).order_by(_entries.c.id)
    for row in map(dict, read_connection().execute(waiting).mappings()):
        report.unchained += 1
        if not keys.verify(entry_message(row), row["mac"]):
            report.add(Kind.INSERTED, f"{_named(row)} was not written by this server.")


def _compare(report: Report, expected: tuple[int, str] | None, place: int, code: bytes) -> None:
    if expected and place == expected[0] and not code.hex().startswith(expected[1].lower()):
        report.add(Kind.CHANGED, f"The chain up to entry {place} is not the one that was noted.")


def _chained(*, after: int) -> Iterator[dict[str, Any]]:
    """Yield the entries of the chain in its order, a batch at a time."""
    while True:
        batch = select(*_columns).where(_entries.c.position > after).order_by(_entries.c.position)
        rows = read_connection().execute(batch.limit(BATCH_SIZE)).mappings().all()
        yield from map(dict, rows)
        if len(rows) < BATCH_SIZE:
            return
        after = rows[-1]["position"]


def _end() -> tuple[int, bytes, bytes] | None:
    columns = select(AuditChainEnd.position, AuditChainEnd.chain_mac, AuditChainEnd.signature)
    row = read_connection().execute(columns.where(AuditChainEnd.id == END_ID)).one_or_none()
    return None if row is None else (row.position, row.chain_mac, row.signature)


def _named(entry: Any) -> str:
    place = f" {entry['position']}" if entry["position"] is not None else ""
    return f"Entry{place} ({entry['action']}, {entry['id']})"
