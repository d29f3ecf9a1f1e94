"""Accounts of the authors of imported posts: one per name, without a password, so that nobody can log in to them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select

from service.core.events import emit
from service.core.slugs import slugify, unique_slug
from service.core.texts import to_line
from service.extensions import db
from service.models.casefolding import casefold
from service.models.users import DISPLAY_NAME_MAX, USERNAME_MAX, Role, User
from service.users.reserved_names import is_reserved

_SHORTEST = 3


class Authors:
    """Get-or-create of accounts by display name, cached for one transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None], int] = {}

    def id_of(self, name: str, username: str | None = None) -> int:
        """Return the id of the account without a password that has this display name; create it if necessary.

        `username` comes from an export: it distinguishes accounts of the same name, and is used for a new one if free.
        """
        name = to_line(" ".join(name.split()))[:DISPLAY_NAME_MAX].strip()
        key = (casefold(name), username)
        if key not in self._known:
            self._known[key] = self._found(*key) or self._made(name, username)
        return self._known[key]

    @staticmethod
    def _found(name_key: str, username: str | None) -> int | None:
        # Accounts with a password are not matched: anybody can choose a display name.
        without_log_in = [
            User.display_name_key == name_key,
            User.password_hash.is_(None),
            User.email_key.is_(None),
        ]
        if username is not None:
            found = _first(*without_log_in, User.username_key == casefold(username))
            if found is not None or _is_free(username):
                return found
        return _first(*without_log_in)

    @staticmethod
    def _made(name: str, username: str | None) -> int:
        base = username or slugify(name, USERNAME_MAX - 4, fallback="writer")
        if len(base) < _SHORTEST or is_reserved(base):
            base = f"{base}-author"
        user = User(
            username=unique_slug(base, lambda wanted: not _is_free(wanted), USERNAME_MAX),
            display_name=name,
            role=Role.AUTHOR,
        )
        db.session.add(user)
        db.session.flush()
        emit("user.created", user_id=user.id)
        return user.id


def _first(*conditions: ColumnElement[bool]) -> int | None:
    return db.session.scalar(select(User.id).where(*conditions).order_by(User.id).limit(1))


def _is_free(username: str) -> bool:
    taken = select(exists().where(User.username_key == casefold(username)))
    return not is_reserved(username) and not db.session.scalar(taken)
