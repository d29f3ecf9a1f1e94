"""Create, rename and revoke API keys; raises this feature's errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from service.api_keys.mails import api_key_created_mail
from service.api_keys.queries import ApiKey, get_api_key
from service.config import settings
from service.contract.problems import Conflict, NotFound
from service.contract.validated_request import IfMatch
from service.core.api_keys import ApiKeyParts, hash_secret, new_secret, write_api_key
from service.core.audit_log import record
from service.core.etags import without_variant
from service.core.identity import Identity
from service.core.mail.sending import send_mail
from service.core.scopes import SCOPES
from service.core.step_up import require_step_up
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.api_keys import ApiKey as ApiKeyRow
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.users import User

KEYS_MAX = 50


class TooManyApiKeys(Conflict):
    """The account has 50 API keys, as many as there may be. Revoke one first."""

    code = "TOO_MANY_API_KEYS"


class ApiKeyLifetimeTooLong(Conflict):
    """API keys of this server cannot last so long (`API_KEY_MAX_DAYS`). Send fewer days."""

    code = "API_KEY_LIFETIME_TOO_LONG"


@dataclass(frozen=True, slots=True)
class CreatedApiKey:
    """A new key, with the text to send."""

    api_key: ApiKey
    key: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api_key, name)


def create_api_key(
    caller: Identity, *, name: str, scopes: list[str], expires_in_days: int | None = None
) -> CreatedApiKey:
    """Create a key of the caller; it is in the result and nowhere else in clear. The owner is told by mail.

    Raise `StepUpRequired`, `ApiKeyLifetimeTooLong`, `TooManyApiKeys`; `TokenRevoked` if the account was deleted
    meanwhile.
    """
    require_step_up(caller)
    days = expires_in_days or min(settings().api_key_days, settings().api_key_max_days)
    if days > settings().api_key_max_days:
        raise ApiKeyLifetimeTooLong
    _lock_owner_with_room(caller)
    parts, now = ApiKeyParts(uuid7(), new_secret()), utcnow()
    row = ApiKeyRow(
        id=parts.id,
        user_id=caller.id,
        name=name,
        scopes=[scope for scope in SCOPES if scope in scopes],
        secret_hash=hash_secret(parts.secret),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(row)
    send_mail(api_key_created_mail, to=caller.id, key_id=str(parts.id))
    db.session.flush()
    record("api_key.created", row.id, owner_id=caller.id, scopes=row.scopes, expires_at=row.expires_at)
    return CreatedApiKey(get_api_key(caller, parts.id, db.session.connection()), write_api_key(parts))


def rename_api_key(caller: Identity, key_id: UUID, precondition: IfMatch, **changes: Any) -> ApiKey:
    """Rename a key of the caller, as administrator of anyone. Raise `NotFound`, `PreconditionFailed`."""
    row = _lock(caller, key_id, precondition)
    if changes.get("name", row.name) != row.name:
        row.name = changes["name"]
        row.version += 1
        db.session.flush()
        record("api_key.renamed", row.id, owner_id=row.user_id)
    return get_api_key(caller, key_id, db.session.connection())


def revoke_api_key(caller: Identity, key_id: UUID, precondition: IfMatch) -> None:
    """Revoke a key of the caller, as administrator of anyone: all workers refuse it from the commit on.

    Raise `NotFound`, `PreconditionFailed`.
    """
    row = _lock(caller, key_id, precondition)
    record("api_key.revoked", row.id, owner_id=row.user_id)
    db.session.delete(row)
    db.session.flush()


def _lock_owner_with_room(caller: Identity) -> None:
    """Lock the account, so that keys that are created at once count each other."""
    owner = select(User.id).where(User.id == caller.id).with_for_update(key_share=True)
    if db.session.scalar(owner) is None:
        raise TokenRevoked
    keys = select(func.count()).select_from(ApiKeyRow).where(ApiKeyRow.user_id == caller.id)
    if (db.session.scalar(keys) or 0) >= KEYS_MAX:
        raise TooManyApiKeys


def _lock(caller: Identity, key_id: UUID, precondition: IfMatch) -> ApiKeyRow:
    row = db.session.get(ApiKeyRow, key_id, with_for_update=True)
    if row is None:
        raise NotFound
    precondition.check(get_api_key(caller, key_id, db.session.connection()).etag, without_variant)
    return row
