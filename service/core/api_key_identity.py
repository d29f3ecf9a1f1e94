"""Authenticates the API key of a request as its owner, limited by the scopes of the key; records when it was used.

The verifier and the check of scopes belong to the security scheme `apiKeyAuth` of the document. The database is asked
in each request: a key that is revoked, and an owner who is deactivated or has another role, count at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import DBAPIError

from service.contract.problems import Unauthorized
from service.core.api_keys import (
    ApiKeyExpired,
    InsufficientScope,
    InvalidApiKey,
    is_api_key,
    matches_hash,
    parse_api_key,
)
from service.core.database import read_connection
from service.core.identity import Identity, bearer_token
from service.models.api_keys import ApiKey
from service.models.base import utcnow
from service.models.users import User

# All responses to a bad key; a missing one is `Unauthorized`.
API_KEY_PROBLEMS = (Unauthorized, InvalidApiKey, ApiKeyExpired, InsufficientScope)

# How exactly the last use of a key is known. A write for each request would cost more than the request.
LAST_USED_INTERVAL = timedelta(minutes=1)

_OWNER_SELECT = (
    select(
        ApiKey.secret_hash,
        ApiKey.scopes,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        User.id,
        User.username,
        User.role,
        User.has_second_factor,
        User.token_version,
    )
    .join(User, User.id == ApiKey.user_id)
    .where(ApiKey.id == bindparam("key_id"), User.is_active)
)


def verify_api_key(optional: bool = False) -> Identity | None:
    """Authenticate a request by its API key; None if authentication is optional and no header was sent.

    Raise `Unauthorized` without a key, `InvalidApiKey` or `ApiKeyExpired`. One SQL statement, and one UPDATE a minute.
    """
    credential = bearer_token()
    if credential is None and optional:
        return None
    if credential is None or not is_api_key(credential):
        raise Unauthorized
    key, now = parse_api_key(credential), utcnow()
    row = read_connection().execute(_OWNER_SELECT, {"key_id": key.id}).one_or_none()
    if row is None or not matches_hash(key.secret, row.secret_hash):
        raise InvalidApiKey
    if row.expires_at <= now:
        raise ApiKeyExpired
    if row.last_used_at is None or row.last_used_at <= now - LAST_USED_INTERVAL:
        _record_use(key.id, now)
    # No session has the id of a key, and it has never logged in: no step-up counts for it.
    return Identity(
        row.id,
        row.username,
        row.role,
        session_id=key.id,
        token_id=str(key.id),
        token_version=row.token_version,
        has_second_factor=row.has_second_factor,
        scopes=frozenset(row.scopes),
    )


def check_scopes(identity: Identity, required: Iterable[str]) -> None:
    """Raise `InsufficientScope` if the caller's API key lacks one of the required scopes."""
    if identity.scopes is None or not identity.scopes.issuperset(required):
        raise InsufficientScope(required)


def _record_use(key_id: UUID, now: datetime) -> None:
    """Record that the key was used; of concurrent requests the first does. The request does not fail for it."""
    unrecorded = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - LAST_USED_INTERVAL)
    used = update(ApiKey).where(ApiKey.id == key_id, unrecorded).values(last_used_at=now)
    with suppress(DBAPIError):
        read_connection().execute(used)
