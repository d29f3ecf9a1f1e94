"""Login sessions and refresh-token rotation with reuse detection and a grace period; purging of old rows.

Everything here is part of the transaction of the request. Lock order: session, then refresh tokens, as in the cascade
of deleting an account.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, case, delete, or_, select, update

from service.config import settings
from service.core.audit_log import record
from service.core.devices import Device
from service.core.identity import Identity
from service.core.tokens import Claims, TokenRevoked, encode_token
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import RefreshToken, Session
from service.models.users import User

# Expired tokens are rejected by their `exp`. The rows are kept for longer than clocks can differ.
RETENTION_AFTER_EXPIRY = timedelta(days=1)
PURGE_BATCH_SIZE = 1_000

_NONCE_BYTES = 12  # the recommended length for AES-GCM (NIST SP 800-38D, 5.2.1.1)

log = structlog.get_logger(__name__)


# The name must sort after its parent's: the error catalogue describes a code by its first class.
class TokenRevokedOnReuse(TokenRevoked):
    """The refresh token was reused, so that it may have been stolen. The session was revoked: log in again."""

    commit_on_raise = True


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Access and refresh token of a session; the access token expires in `expires_in` seconds."""

    session_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int


def create_session(user: User, device: Device | None = None) -> TokenPair:
    """Create a session for `user` on a device and return its first pair of tokens. Two INSERTs."""
    now = utcnow()
    session = Session(
        user_id=user.id,
        created_at=now,
        last_used_at=now,
        expires_at=_session_expires_at(now),
        ends_at=now + timedelta(days=settings().session_days),
        authenticated_at=now,
        device=device.name if device else None,
        address_family=device.address_family if device else None,
    )
    db.session.add(session)
    db.session.flush()
    return issue_tokens(user, session.id)


def rotate_refresh_token(caller: Identity) -> tuple[User, TokenPair]:
    """Rotate the caller's refresh token; return its account and the next pair of tokens.

    Of concurrent requests with the same token, the one whose UPDATE finds it unused consumes it. The others wait for
    its commit and get the same next refresh token within the grace period. A later reuse revokes the session and raises
    `TokenRevokedOnReuse` (RFC 9700, 4.14.2). Raise `TokenRevoked` if the session or the account has ended meanwhile.
    Five SQL statements for the first request, four for the others.
    """
    now = utcnow()
    user = _extend_session(caller, now)
    refresh_token = _consume_refresh_token(caller, user, now) or _reuse_within_grace_period(caller, now)
    access_token = encode_token("access", _claims(user, caller.session_id))
    return user, TokenPair(caller.session_id, access_token, refresh_token, settings().access_token_s)


def issue_tokens(user: User, session_id: UUID) -> TokenPair:
    """Issue a new pair of tokens for a session of `user`. One INSERT."""
    access, refresh = _claims(user, session_id), _claims(user, session_id)
    _store_refresh_token(refresh)
    return TokenPair(
        session_id,
        encode_token("access", access),
        encode_token("refresh", refresh),
        settings().access_token_s,
    )


def revoke_session(session_id: UUID) -> None:
    """Revoke a session: its tokens are rejected from the commit on. One UPDATE."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=utcnow())
    )


def revoke_session_of(user_id: int, session_id: UUID) -> bool:
    """Revoke a session of an account; return False if it has none with this id that is open. One UPDATE."""
    ended = (
        update(Session)
        .where(*is_open(user_id), Session.id == session_id)
        .values(revoked_at=utcnow())
        .returning(Session.id)
    )
    return db.session.execute(ended).one_or_none() is not None


def is_open(user_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the sessions with which the account is logged in."""
    return Session.user_id == user_id, Session.revoked_at.is_(None), Session.expires_at > utcnow()


def has_logged_in_from(user_id: int, device: Device) -> bool:
    """Return whether the account has a session, open or not, of such a device, or none at all. One statement."""
    sessions = select(Session.device).where(Session.user_id == user_id).distinct()
    devices = set(db.session.scalars(sessions))
    return not devices or device.name in devices


def revoke_sessions(user: User, *, keep: UUID | None = None) -> None:
    """Revoke all sessions of `user` except `keep`, whose tokens stay valid. One UPDATE.

    The caller holds the lock on the row of `user`: a concurrent login waits for it and its session is not revoked.
    """
    ended = update(Session).where(Session.user_id == user.id, Session.revoked_at.is_(None))
    if keep is not None:
        ended = ended.where(Session.id != keep)
    db.session.execute(ended.values(revoked_at=utcnow()))


def revoke_tokens(user: User, *, keep: UUID | None = None) -> None:
    """Invalidate all tokens of `user` and revoke all sessions except `keep`, which needs new tokens."""
    user.token_version += 1
    revoke_sessions(user, keep=keep)


def purge_sessions() -> int:
    """Delete one batch of expired sessions and refresh tokens, and clear rotated tokens after their grace period.

    Return the number of rows: call it in a transaction of its own until it is 0. Nobody is logged out, and reuse is
    still detected: only tokens that would be rejected as expired are deleted.
    """
    now = utcnow()
    expired = now - RETENTION_AFTER_EXPIRY
    sessions = select(Session.id).where(Session.expires_at < expired).limit(PURGE_BATCH_SIZE)
    tokens = select(RefreshToken.jti_hash).where(RefreshToken.expires_at < expired).limit(PURGE_BATCH_SIZE)
    successors = select(RefreshToken.jti_hash).where(*_grace_period_over(now)).limit(PURGE_BATCH_SIZE)
    statements = (
        delete(Session).where(Session.id.in_(sessions)),
        delete(RefreshToken).where(RefreshToken.jti_hash.in_(tokens)),
        update(RefreshToken).where(RefreshToken.jti_hash.in_(successors)).values(successor=None),
    )
    connection = db.session.connection()
    return sum(connection.execute(statement).rowcount for statement in statements)


def _extend_session(caller: Identity, now: datetime) -> User:
    """Extend the caller's session and return its account. The session row stays locked until the transaction ends."""
    session = (
        update(Session)
        .where(
            Session.id == caller.session_id,
            Session.revoked_at.is_(None),
            or_(Session.ends_at.is_(None), Session.ends_at > now),
        )
        .values(last_used_at=now, expires_at=_extended(now))
        .returning(Session.user_id)
    )
    if db.session.execute(session).one_or_none() is None:
        raise TokenRevoked
    user = db.session.get(User, caller.id)
    if user is None or user.token_version != caller.token_version:
        raise TokenRevoked
    return user


def _consume_refresh_token(caller: Identity, user: User, now: datetime) -> str | None:
    """Consume the caller's refresh token and return the next one; None if it was used before or never existed."""
    claims = _claims(user, caller.session_id)
    token = encode_token("refresh", claims)
    used = (
        update(RefreshToken)
        .where(RefreshToken.jti_hash == _hash(caller.token_id), RefreshToken.used_at.is_(None))
        .values(used_at=now, successor=_encrypt_token(caller, token) if settings().refresh_leeway_s else None)
        .returning(RefreshToken.session_id)
    )
    if db.session.execute(used).one_or_none() is None:
        return None
    # The last rotated token of an abandoned session is cleared by `purge_sessions`.
    outlived = update(RefreshToken).where(
        RefreshToken.session_id == caller.session_id, *_grace_period_over(now)
    )
    db.session.execute(outlived.values(successor=None))
    _store_refresh_token(claims)
    return token


def _reuse_within_grace_period(caller: Identity, now: datetime) -> str:
    """Return the token that replaced the caller's within the grace period; after it, revoke the session."""
    used = select(RefreshToken.used_at, RefreshToken.successor).where(
        RefreshToken.jti_hash == _hash(caller.token_id)
    )
    row = db.session.execute(used).one_or_none()
    if row is None:
        raise TokenRevoked
    if row.successor is not None and now - row.used_at <= _grace_period():
        return _decrypt_token(caller, row.successor)
    revoke_session(caller.session_id)
    record("session.token_reused", caller.session_id, actor_id=caller.id)
    log.warning(
        "a used refresh token came back: its session has been ended",
        session_id=str(caller.session_id),
        user_id=caller.id,
        used_s_ago=round((now - row.used_at).total_seconds(), 1),
    )
    raise TokenRevokedOnReuse


def _store_refresh_token(claims: Claims) -> None:
    """Store the hash of a refresh token. One INSERT."""
    token = RefreshToken(
        jti_hash=_hash(claims.token_id),
        session_id=claims.session_id,
        expires_at=_session_expires_at(utcnow()),
    )
    db.session.add(token)
    db.session.flush()


def _claims(user: User, session_id: UUID) -> Claims:
    return Claims(user.id, session_id, user.token_version, str(uuid4()))


def _encrypt_token(caller: Identity, token: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(caller).encrypt(nonce, token.encode(), None)


def _decrypt_token(caller: Identity, sealed: bytes) -> str:
    return _cipher(caller).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()


def _cipher(caller: Identity) -> AESGCM:
    """Return the cipher that encrypts the token which replaced the caller's refresh token.

    Its key is derived from the `jti` of the caller's token, 122 random bits of which the database has only the hash.
    Neither access to the database nor the signing keys suffice to decrypt it, and key rotation does not affect it.
    """
    # HKDF, not the stored SHA-256: the key cannot be computed from the hash in the database.
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"colophon: successor of a refresh token")
    return AESGCM(derivation.derive(caller.token_id.encode()))


def _grace_period_over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for tokens whose grace period is over and that still store the token that replaced them."""
    return RefreshToken.successor.is_not(None), RefreshToken.used_at < now - _grace_period()


def _grace_period() -> timedelta:
    return timedelta(seconds=settings().refresh_leeway_s)


def _extended(now: datetime) -> ColumnElement[datetime]:
    """Return until when a session lasts that is used now: never beyond its end."""
    expires_at = _session_expires_at(now)
    return case((Session.ends_at < expires_at, Session.ends_at), else_=expires_at)


def _session_expires_at(now: datetime) -> datetime:
    return now + timedelta(days=settings().refresh_token_days)


def _hash(token_id: str) -> bytes:
    # The id is random: a salt or a slow hash would not make it harder to guess.
    return hashlib.sha256(token_id.encode()).digest()
