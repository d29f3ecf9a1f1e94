"""The links with which a recipient switches mails off, without logging in.

The token is random and kept with the account. A signature would need a key as old as the oldest mail in somebody's
mailbox; the keys that sign access tokens are rotated.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select, update

from service.config import Settings
from service.extensions import db
from service.models.users import User

TOKEN_LENGTH = 43


def unsubscribe_token(user_id: int) -> str:
    """Return the token of an account; it is made for the first mail. One SELECT, and once an UPDATE."""
    present = select(User.unsubscribe_token).where(User.id == user_id)
    token = db.session.scalar(present)
    if token is None:
        # Not a change of the account: its version and `updated_at` stay. Of two workers the second waits for the first.
        made = (
            update(User)
            .where(User.id == user_id, User.unsubscribe_token.is_(None))
            .values(unsubscribe_token=secrets.token_urlsafe(32), updated_at=User.updated_at)
        )
        db.session.connection().execute(made)
        token = db.session.scalar(present)
    assert token is not None  # noqa: S101  # for the type checker
    return token


def one_click_url(token: str, settings: Settings) -> str:
    """Return the URL for the header: mail clients POST to it, and a browser is led to the page."""
    return f"{settings.public_url}/api/unsubscribe/{token}"


def page_url(token: str, settings: Settings) -> str:
    """Return the URL for the text: a page that asks before it switches anything off, as programs open links, too."""
    return f"{settings.site_url}/unsubscribe/{token}"
