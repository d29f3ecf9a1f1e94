"""Single-use links: issuing, redeeming and revoking them, and the purge of old ones. Mails with links are elsewhere.

Only the SHA-256 of a secret is stored. It has 256 random bits: nobody finds one by trying, so that a link's state
(expired, used, revoked) can be told to whoever has the secret, and an unknown one needs no slow hash. One purpose
knows nothing of the secrets of the others.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from service.config import settings
from service.contract.problems import Conflict, NotFound, Problem
from service.contract.types import with_error
from service.core.database import read_connection
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role

SECRET_BYTES = 32
SECRET_PATTERN = with_error(r"^[A-Za-z0-9_-]{43}$", "It must be the secret of a link, as it was mailed.")

# Used and revoked links are shown to administrators for so long.
RETENTION_AFTER_EXPIRY = timedelta(days=30)

_OF_PASSKEYS = (
    LinkPurpose.PASSKEY_REGISTRATION,
    LinkPurpose.PASSKEY_LOGIN,
    LinkPurpose.PASSKEY_SECOND_FACTOR,
    LinkPurpose.PASSKEY_STEP_UP,
)

# So that nobody fills a mailbox.
COUNTED_FOR = timedelta(hours=1)


class LinkInvalid(NotFound):
    """The link is not valid: it is incomplete, or a newer one was sent since. Use the link of the newest mail."""

    code = "LINK_INVALID"


class LinkExpired(Conflict):
    """The link has expired. Ask for a new one."""

    code = "LINK_EXPIRED"


class LinkUsed(Conflict):
    """The link was used already; it can be used once."""

    code = "LINK_USED"


class LinkRevoked(Conflict):
    """The link was revoked. Ask for a new one."""

    code = "LINK_REVOKED"


LINK_PROBLEMS = (LinkInvalid, LinkExpired, LinkUsed, LinkRevoked)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is about."""

    id: UUID
    user_id: int | None
    email: str | None
    role: Role | None
    created_by_id: int | None
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = (
    SingleUseLink.id,
    SingleUseLink.user_id,
    SingleUseLink.email,
    SingleUseLink.role,
    SingleUseLink.created_by_id,
    SingleUseLink.expires_at,
    SingleUseLink.used_at,
    SingleUseLink.revoked_at,
)
_UNUSED = (SingleUseLink.used_at.is_(None), SingleUseLink.revoked_at.is_(None))


def new_secret() -> str:
    """Return a new secret: 43 characters of base64url."""
    return secrets.token_urlsafe(SECRET_BYTES)


def link_url(path: str, secret: str) -> str:
    """Return the URL of a page of the site with a secret.

    The secret is in the fragment, which browsers send to no server: it is in no access log and no Referer. Programs
    that open each link of a mail cannot use it up either.
    """
    return f"{settings().site_url}{path}#{secret}"


def find_link(purpose: LinkPurpose, secret: str) -> Link:
    """Return an open link; raise one of `LINK_PROBLEMS`. One statement, whatever the secret is."""
    link = _link_of(read_connection(), purpose, secret)
    if link is None or not _is_open(link):
        raise _refusal(link)
    return link


def redeem_link(purpose: LinkPurpose, secret: str) -> Link:
    """Use an open link up, in the session's transaction; raise one of `LINK_PROBLEMS`.

    One UPDATE decides: of two requests with the same secret, the second waits for the commit of the first, and finds
    the link used.
    """
    now = utcnow()
    redeemed = (
        update(SingleUseLink)
        .where(*_is_secret_of(purpose, secret), *_UNUSED, SingleUseLink.expires_at > now)
        .values(used_at=now)
        .returning(*_COLUMNS)
    )
    row: Any = db.session.connection().execute(redeemed).one_or_none()
    if row is None:
        raise _refusal(_link_of(db.session.connection(), purpose, secret))
    return Link(*row)


def store_secret(link_id: UUID, secret: str) -> bool:
    """Let `secret` be the only one of an open link; return False if the link is not open. One UPDATE."""
    stored = (
        update(SingleUseLink)
        .where(SingleUseLink.id == link_id, *_UNUSED, SingleUseLink.expires_at > utcnow())
        .values(secret_hash=_hash(secret))
    )
    return db.session.connection().execute(stored).rowcount == 1


def renew_link(link_id: UUID, *, expires_at: datetime, created_by_id: int) -> bool:
    """Extend a link that was neither used nor revoked, without a secret until `store_secret`: the old one is dead.

    Whoever renews it is responsible for it from now on. Return False if it was used or revoked. One UPDATE.
    """
    renewed = (
        update(SingleUseLink)
        .where(SingleUseLink.id == link_id, *_UNUSED)
        .values(secret_hash=None, expires_at=expires_at, created_by_id=created_by_id)
    )
    return db.session.connection().execute(renewed).rowcount == 1


def set_link_user(link_id: UUID, user_id: int) -> None:
    """Record which account has used the link. One UPDATE."""
    used_by = update(SingleUseLink).where(SingleUseLink.id == link_id).values(user_id=user_id)
    db.session.connection().execute(used_by)


def revoke_link(link_id: UUID) -> bool:
    """Revoke a link, whether or not it has expired; return False if it was used or revoked. One UPDATE."""
    return _revoke(SingleUseLink.id == link_id) == 1


def revoke_links_created_by(user_id: int) -> None:
    """Revoke all unused links for which the account is responsible: it may not create them any more. One UPDATE."""
    _revoke(SingleUseLink.created_by_id == user_id)


def revoke_password_resets(user_id: int) -> None:
    """Revoke all unused links that would set a password of the account, and its begun logins. One UPDATE."""
    ways_in = (LinkPurpose.PASSWORD_RESET, LinkPurpose.LOGIN_CHALLENGE)
    _revoke(SingleUseLink.purpose.in_(ways_in), SingleUseLink.user_id == user_id)


def revoke_email_changes(user_id: int) -> None:
    """Revoke all unused links that would give the account another address. One UPDATE."""
    _revoke(SingleUseLink.purpose == LinkPurpose.EMAIL_CHANGE, SingleUseLink.user_id == user_id)


def count_links_before(link_id: UUID) -> int:
    """Return how many links with the purpose and the address of this one were made in the last hour, before it.

    One SELECT.
    """
    this = (
        select(SingleUseLink.purpose, SingleUseLink.email_key).where(SingleUseLink.id == link_id).subquery()
    )
    counted = select(func.count()).where(
        SingleUseLink.purpose == this.c.purpose,
        SingleUseLink.email_key == this.c.email_key,
        SingleUseLink.id < link_id,  # they begin with the time
        SingleUseLink.created_at > utcnow() - COUNTED_FOR,
    )
    return db.session.connection().execute(counted).scalar_one()


def count_email_changes(user_id: int) -> int:
    """Return how many links of the last hour are for another address of the account. One SELECT."""
    counted = select(func.count()).where(
        SingleUseLink.purpose == LinkPurpose.EMAIL_CHANGE,
        SingleUseLink.user_id == user_id,
        SingleUseLink.created_at > utcnow() - COUNTED_FOR,
    )
    return db.session.connection().execute(counted).scalar_one()


def purge_links(batch_size: int) -> int:
    """Delete one batch of the links that expired long ago; return the number of rows.

    What a passkey signs is of no use to anybody once it has expired, and anybody can ask for it: it goes at once.
    """
    now = utcnow()
    old = select(SingleUseLink.id).where(
        or_(
            SingleUseLink.expires_at < now - RETENTION_AFTER_EXPIRY,
            and_(SingleUseLink.purpose.in_(_OF_PASSKEYS), SingleUseLink.expires_at < now),
        )
    )
    return (
        db.session.connection()
        .execute(delete(SingleUseLink).where(SingleUseLink.id.in_(old.limit(batch_size))))
        .rowcount
    )


def _revoke(*conditions: Any) -> int:
    revoked = update(SingleUseLink).where(*conditions, *_UNUSED).values(revoked_at=utcnow())
    return db.session.connection().execute(revoked).rowcount


def _link_of(connection: Connection, purpose: LinkPurpose, secret: str) -> Link | None:
    row = connection.execute(select(*_COLUMNS).where(*_is_secret_of(purpose, secret))).one_or_none()
    return None if row is None else Link(*row)


def _is_open(link: Link) -> bool:
    return link.used_at is None and link.revoked_at is None and link.expires_at > utcnow()


def _refusal(link: Link | None) -> Problem:
    """Return why a link that is not open cannot be used."""
    if link is None:
        return LinkInvalid()
    if link.used_at is not None:
        return LinkUsed()
    return LinkRevoked() if link.revoked_at is not None else LinkExpired()


def _is_secret_of(purpose: LinkPurpose, secret: str) -> tuple[Any, ...]:
    return SingleUseLink.secret_hash == _hash(secret), SingleUseLink.purpose == purpose


def _hash(secret: str) -> bytes:
    # The secret is random: a salt or a slow hash would not make it harder to guess.
    return hashlib.sha256(secret.encode()).digest()
