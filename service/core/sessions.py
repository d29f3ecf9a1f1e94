"""How does a log-in begin, go on and end? Sessions, and the refresh tokens that keep them alive.

Everything here is part of the transaction of the request. Rows are locked in the order session, tokens: the
order in which deleting an account reaches them.
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
from sqlalchemy import ColumnElement, delete, select, update

from service.config import settings
from service.core.identity import Identity
from service.core.tokens import Claims, TokenRevoked, encode_token
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import RefreshToken, Session
from service.models.users import User

# Tokens are refused by their own `exp`; their rows stay a little longer than any two clocks may differ.
RETENTION_AFTER_EXPIRY = timedelta(days=1)
PURGE_BATCH_SIZE = 1_000

_NONCE_BYTES = 12  # what AES-GCM wants (NIST SP 800-38D, 5.2.1.1)

log = structlog.get_logger(__name__)


# Named to come after its parent: the catalogue describes a code by its first class.
class TokenRevokedOnReuse(TokenRevoked):
    """The refresh token had been used before, so somebody has a copy: the session has ended, log in again."""

    commit_on_raise = True


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A pair of tokens of one session; the access token is good for `expires_in` seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


def create_session(user: User) -> TokenPair:
    """Begin a session of `user` and return its first tokens. Two INSERTs."""
    now = utcnow()
    session = Session(user_id=user.id, created_at=now, last_used_at=now, expires_at=_session_expires_at(now))
    db.session.add(session)
    db.session.flush()
    return issue_tokens(user, session.id)


def rotate_refresh_token(caller: Identity) -> tuple[User, TokenPair]:
    """Return the account, and the pair of tokens that follows the refresh token `caller` came with.

    Of any number of callers with the same token one uses it up: whose UPDATE finds it unused. The others wait
    for that one's commit and, within the leeway, get the same refresh token. Whoever comes later ends
    the session: `TokenRevokedOnReuse`. `TokenRevoked` when the session or the account has ended meanwhile.
    Five SQL statements for the first, four for the others.
    """
    now = utcnow()
    user = _extend_session(caller, now)
    refresh_token = _consume_refresh_token(caller, user, now) or _reuse_within_grace_period(caller, now)
    access_token = encode_token("access", _claims(user, caller.session_id))
    return user, TokenPair(access_token, refresh_token, settings().access_token_s)


def issue_tokens(user: User, session_id: UUID) -> TokenPair:
    """Return a new pair of tokens of a session of `user`. One INSERT."""
    access, refresh = _claims(user, session_id), _claims(user, session_id)
    _store_refresh_token(refresh)
    return TokenPair(
        encode_token("access", access), encode_token("refresh", refresh), settings().access_token_s
    )


def revoke_session(session_id: UUID) -> None:
    """End a session: its tokens are refused from the commit on. One UPDATE."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=utcnow())
    )


def revoke_sessions(user: User, *, keep: UUID | None = None) -> None:
    """Refuse every token of `user` that was issued so far, and end all sessions but `keep`.

    The session that is kept needs new tokens.
    """
    user.token_version += 1
    ended = update(Session).where(Session.user_id == user.id, Session.revoked_at.is_(None))
    if keep is not None:
        ended = ended.where(Session.id != keep)
    db.session.execute(ended.values(revoked_at=utcnow()))


def purge_sessions() -> int:
    """Delete at most `PURGE_BATCH_SIZE` each of the expired sessions and refresh tokens, and as many old successors.

    Return how many rows that was: call it, each time in a transaction of its own, until none is left. Nobody is
    logged out, and no theft goes unnoticed: what is deleted would have been refused for its age.
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
    """Let the caller's session last longer and return its account; it is ours alone until the transaction ends."""
    session = (
        update(Session)
        .where(Session.id == caller.session_id, Session.revoked_at.is_(None))
        .values(last_used_at=now, expires_at=_session_expires_at(now))
        .returning(Session.user_id)
    )
    if db.session.execute(session).one_or_none() is None:
        raise TokenRevoked
    user = db.session.get(User, caller.id)
    if user is None or user.token_version != caller.token_version:
        raise TokenRevoked
    return user


def _consume_refresh_token(caller: Identity, user: User, now: datetime) -> str | None:
    """Return the token that takes the place of the caller's, None if that has been used already or never was."""
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
    # The last successor of a session that nobody refreshes again stays until `purge_sessions`.
    outlived = update(RefreshToken).where(
        RefreshToken.session_id == caller.session_id, *_grace_period_over(now)
    )
    db.session.execute(outlived.values(successor=None))
    _store_refresh_token(claims)
    return token


def _reuse_within_grace_period(caller: Identity, now: datetime) -> str:
    """Return the token that took the place of the caller's; end the session if that is too long ago."""
    used = select(RefreshToken.used_at, RefreshToken.successor).where(
        RefreshToken.jti_hash == _hash(caller.token_id)
    )
    row = db.session.execute(used).one_or_none()
    if row is None:
        raise TokenRevoked
    if row.successor is not None and now - row.used_at <= _grace_period():
        return _decrypt_token(caller, row.successor)
    revoke_session(caller.session_id)
    log.warning(
        "a used refresh token came back: its session has been ended",
        session_id=str(caller.session_id),
        user_id=caller.id,
        used_s_ago=round((now - row.used_at).total_seconds(), 1),
    )
    raise TokenRevokedOnReuse


def _store_refresh_token(claims: Claims) -> None:
    """Remember a refresh token, by its hash. One INSERT."""
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
    """Return the cipher for the successor of the caller's refresh token.

    Its key comes from the `jti` of that token, 122 random bits of which the database has the hash only: neither who
    reads the database nor who has the signing keys can open a successor, and a new signing key changes nothing.
    """
    # HKDF with another purpose than the hash that is stored: neither tells anything about the other.
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"colophon: successor of a refresh token")
    return AESGCM(derivation.derive(caller.token_id.encode()))


def _grace_period_over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a refresh token that still has its successor and will never give it again."""
    return RefreshToken.successor.is_not(None), RefreshToken.used_at < now - _grace_period()


def _grace_period() -> timedelta:
    return timedelta(seconds=settings().refresh_leeway_s)


def _session_expires_at(now: datetime) -> datetime:
    return now + timedelta(days=settings().refresh_token_days)


def _hash(token_id: str) -> bytes:
    # The id is random: nothing that a salt or a slow hash would make harder to guess.
    return hashlib.sha256(token_id.encode()).digest()
