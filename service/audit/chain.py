"""The chain over the entries of the audit log: each has the code of the one before it in its own.

A job appends what is committed, in the order in which it finds it: no writer waits for the end of the chain, and a
transaction that commits late is appended late, whatever its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from service.core.audit_log import record
from service.core.audit_macs import CHAIN_START, AuditKeys, end_message, link_message
from service.core.jobs.tasks import PermanentFailure
from service.extensions import db
from service.models.audit import AuditChainEnd, AuditEntry

BATCH_SIZE = 1_000
END_ID = 1

_entries = AuditEntry.__table__
_append = (
    update(_entries)  # type: ignore[arg-type]
    .where(_entries.c.id == bindparam("entry_id"), _entries.c.position.is_(None))
    .values(position=bindparam("place"), chain_mac=bindparam("code"))
)


class ChainEndChanged(PermanentFailure):
    """The end of the chain was changed, or signed with the key of another server."""

    def __init__(self) -> None:
        super().__init__(
            "The end of the audit log's chain was not signed with the key of this server. Run `flask audit verify`; "
            "when it is clear what has happened, `flask audit restart`."
        )


def extend_chain() -> int:
    """Append a batch of entries to the chain in the session's transaction; return how many. Raise `ChainEndChanged`."""
    keys = AuditKeys.load(create=True)
    end = _lock_end(keys)
    new = db.session.execute(
        select(AuditEntry.id, AuditEntry.mac)
        .where(AuditEntry.position.is_(None))
        .order_by(AuditEntry.id)
        .limit(BATCH_SIZE)
    ).all()
    if new:
        links = _links(keys, end, new)
        db.session.connection().execute(_append, links)
        _sign_end(keys, end, links[-1]["place"], links[-1]["code"])
    return len(new)


def restart_chain() -> int:
    """Sign the end of the chain as it is, and record that; return its position.

    After SECRET_KEY was changed, or a finding of the verification was looked into: the entries stay as they are.
    """
    end = _lock_row()
    last = db.session.execute(
        select(AuditEntry.position, AuditEntry.chain_mac)
        .where(AuditEntry.position.is_not(None))
        .order_by(AuditEntry.position.desc())
        .limit(1)
    ).one_or_none()
    position, chain_mac = (last.position, last.chain_mac) if last else (end.position, end.chain_mac)
    _sign_end(AuditKeys.load(create=True), end, position, chain_mac)
    record("audit.restarted", position=position)
    return int(position)


def _lock_end(keys: AuditKeys) -> AuditChainEnd:
    end = _lock_row()
    if end.position and not keys.verify(end_message(end.position, end.chain_mac), end.signature):
        raise ChainEndChanged
    return end


def _lock_row() -> AuditChainEnd:
    """Lock the end of the chain until the transaction ends: there is one place behind it."""
    end = db.session.get(AuditChainEnd, END_ID, with_for_update=True, populate_existing=True)
    return end or AuditChainEnd(id=END_ID, position=0, chain_mac=CHAIN_START, signature=b"")


def _links(keys: AuditKeys, end: AuditChainEnd, new: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the places of the new entries behind the end, each with its code."""
    links, code = [], end.chain_mac
    for place, entry in enumerate(new, end.position + 1):
        code = keys.sign(link_message(code, place, entry.mac))
        links.append({"entry_id": entry.id, "place": place, "code": code})
    return links


def _sign_end(keys: AuditKeys, end: AuditChainEnd, position: int, chain_mac: bytes) -> None:
    end.position, end.chain_mac = position, chain_mac
    end.signature = keys.sign(end_message(position, chain_mac))
    db.session.add(end)
    db.session.flush()
