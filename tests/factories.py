"""Rows for tests: each function takes only what the test is about and makes up the rest.

What they return is committed and loaded: it stays readable when the session is forgotten.
"""

from __future__ import annotations

from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from service.extensions import db
from service.models.base import Model
from service.models.users import Role, User

T = TypeVar("T", bound=Model)

_numbers = count(1)


def save(thing: T) -> T:
    """Commit a new row and return it with everything the database filled in.

    It belongs to no session: `db.session.add(thing)` takes it into that of the test.
    """
    with Session(db.engine) as session:
        session.add(thing)
        session.commit()
        session.refresh(thing)
    return thing


def create_user(**given: Any) -> User:
    """Return a new, active author with a name of its own and no password."""
    username = given.pop("username", f"user-{next(_numbers)}")
    made_up = {"display_name": username.title(), "email": f"{username}@example.org", "role": Role.AUTHOR}
    return save(User(username=username, **{**made_up, **given}))
