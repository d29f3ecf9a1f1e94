"""Who wrote an imported post? An account for each name, without a log-in, so that nobody can take it over."""

from __future__ import annotations

from sqlalchemy import select

from service.core.slugs import slugify, unique_slug
from service.extensions import db
from service.models.folding import fold
from service.models.users import DISPLAY_NAME_MAX, USERNAME_MAX, Role, User

_SHORTEST = 3


class Authors:
    """The accounts of the names in one import; each is looked up, or made, once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def id_of(self, name: str) -> int:
        """Return the id of the account without a log-in that has this display name; make it if there is none."""
        key = fold(name)
        if key not in self._known:
            self._known[key] = self._found(key) or self._made(name)
        return self._known[key]

    @staticmethod
    def _found(key: str) -> int | None:
        # An account that somebody can log in to is not taken for the author, whatever it calls itself.
        without_log_in = select(User.id).where(User.display_name_key == key, User.password_hash.is_(None))
        return db.session.scalar(without_log_in.order_by(User.id).limit(1))

    @staticmethod
    def _made(name: str) -> int:
        base = slugify(name, USERNAME_MAX - 4, fallback="author")
        base = base if len(base) >= _SHORTEST else f"{base}-author"
        taken = set(
            db.session.scalars(
                select(User.username_key).where(User.username_key.startswith(base, autoescape=True))
            )
        )
        user = User(
            username=unique_slug(base, taken, USERNAME_MAX),
            display_name=name[:DISPLAY_NAME_MAX],
            role=Role.AUTHOR,
        )
        db.session.add(user)
        db.session.flush()
        return user.id
