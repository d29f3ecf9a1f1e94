"""How does a log-in begin, go on and end? Sessions, and the refresh tokens that keep them alive.

Everything here is part of the transaction of the request.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from service.config import settings
from service.core.identity import Identity
from service.core.tokens import Claims, TokenRevoked, sign_token
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import RefreshToken, Session
from service.models.users import User


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens of one session; the access token is good for `expires_in` seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


def open_session(user: User) -> Tokens:
    """Begin a session of `user` and return its first tokens. Two INSERTs."""
    now = utcnow()
    session = Session(user_id=user.id, created_at=now, last_used_at=now, expires_at=_expiry(now))
    db.session.add(session)
    db.session.flush()
    return issue_tokens(user, session.id)


def continue_session(caller: Identity) -> tuple[User, Tokens]:
    """Use up the refresh token that `caller` came with; return the account and the next pair of tokens.

    Of any number of callers with the same token one succeeds: whoever's UPDATE finds it unused. The
    others, and whoever comes with a session that has ended meanwhile, get `TokenRevoked`.
    """
    now = utcnow()
    token = (
        update(RefreshToken)
        .where(RefreshToken.jti_hash == _hash(caller.token_id), RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.session_id)
    )
    session = (
        update(Session)
        .where(Session.id == caller.session_id, Session.revoked_at.is_(None))
        .values(last_used_at=now, expires_at=_expiry(now))
        .returning(Session.user_id)
    )
    if db.session.execute(token).one_or_none() is None or db.session.execute(session).one_or_none() is None:
        raise TokenRevoked
    user = db.session.get(User, caller.id)
    if user is None or user.token_version != caller.token_version:
        raise TokenRevoked
    return user, issue_tokens(user, caller.session_id)


def issue_tokens(user: User, session_id: UUID) -> Tokens:
    """Return a new pair of tokens of a session of `user`. One INSERT."""
    access, refresh = (Claims(user.id, session_id, user.token_version, str(uuid4())) for _ in range(2))
    token = RefreshToken(
        jti_hash=_hash(refresh.token_id), session_id=session_id, expires_at=_expiry(utcnow())
    )
    db.session.add(token)
    db.session.flush()
    return Tokens(sign_token("access", access), sign_token("refresh", refresh), settings().access_token_s)


def end_session(session_id: UUID) -> None:
    """End a session: its tokens are refused from the commit on. One UPDATE."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=utcnow())
    )


def end_sessions(user: User, *, keep: UUID | None = None) -> None:
    """Refuse every token of `user` that was issued so far, and end all sessions but `keep`.

    The session that is kept needs new tokens.
    """
    user.token_version += 1
    ended = update(Session).where(Session.user_id == user.id, Session.revoked_at.is_(None))
    if keep is not None:
        ended = ended.where(Session.id != keep)
    db.session.execute(ended.values(revoked_at=utcnow()))


def _expiry(now: datetime) -> datetime:
    return now + timedelta(days=settings().refresh_token_days)


def _hash(token_id: str) -> bytes:
    # The id is random: nothing that a salt or a slow hash would make harder to guess.
    return hashlib.sha256(token_id.encode()).digest()
