"""Recording in the audit log, in the transaction of the change. Reading and verifying it is in `service.audit`.

An entry has ids, states and the names of fields; never names of people, addresses, texts or secrets.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import has_request_context
from sqlalchemy import insert

from service.core.audit_macs import AuditKeys, entry_message
from service.core.identity import current_user_or_none
from service.core.jobs.running import current_job
from service.core.request_ids import request_id_or_none
from service.extensions import db
from service.models.audit import ACTIONS, ActorKind, AuditEntry
from service.models.ids import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ActionNotDeclared(ValueError):
    """The action is not in `models.audit.ACTIONS`."""


def record(action: str, object_id: Any = None, /, *, actor_id: int | None = None, **details: Any) -> None:
    """Record what is done in the session's transaction: with that, it is committed or rolled back. One INSERT.

    The actor is who sent the request; `actor_id` names the account of somebody who has just proved to be its owner.
    Nobody waits for anybody: a job appends entries to the chain once they are committed. Raise `ActionNotDeclared`.
    """
    if action not in ACTIONS:
        raise ActionNotDeclared(f"the action {action} is not declared")
    entry_id = uuid7()
    entry = {
        "id": entry_id,
        "recorded_at": time_of(entry_id),
        "action": action,
        **(_current_actor() if actor_id is None else _actor(ActorKind.USER, actor_id)),
        "object_type": action.partition(".")[0],
        "object_id": None if object_id is None else str(object_id),
        "request_id": request_id_or_none(),
        "details": orjson.loads(orjson.dumps(details, option=orjson.OPT_UTC_Z)),
    }
    entry["mac"] = AuditKeys.load(create=True).sign(entry_message(entry))
    db.session.connection().execute(_insert, entry)


def time_of(entry_id: UUID) -> datetime:
    """Return the time in an id of version 7, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=entry_id.int >> 80)


def _current_actor() -> dict[str, Any]:
    if not has_request_context():
        return _actor(ActorKind.SYSTEM, _job_owner())
    caller = current_user_or_none()
    if caller is None:
        return _actor(ActorKind.ANONYMOUS, None)
    if caller.scopes is not None:  # the session of a key is the key
        return _actor(ActorKind.API_KEY, caller.id, caller.session_id)
    return _actor(ActorKind.USER, caller.id)


def _actor(kind: ActorKind, user_id: int | None, key_id: UUID | None = None) -> dict[str, Any]:
    return {"actor_kind": kind, "actor_id": user_id, "api_key_id": key_id}


def _job_owner() -> int | None:
    """Return who asked for the job that is running; None if nobody did."""
    try:
        return current_job().owner_id
    except LookupError:
        return None


_insert = insert(AuditEntry.__table__)  # type: ignore[arg-type]
