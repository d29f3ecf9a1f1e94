"""Users of the tests of posts, each with its `Authorization` header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from service.extensions import db
from service.models.users import Role, User
from tests.accounts import auth_headers, create_account


class Actor(NamedTuple):
    """A user and its request headers."""

    user: User
    headers: dict[str, str]


def make_actor(username: str, role: Role = Role.AUTHOR) -> Actor:
    user = create_account(username=username, role=role)
    return Actor(user, auth_headers(user))


@pytest.fixture
def post_author(app: Flask) -> Actor:
    """Return the author of the posts."""
    return make_actor("ada")


@pytest.fixture
def other_author(app: Flask) -> Actor:
    """Return an author without posts here."""
    return make_actor("eve")


@pytest.fixture
def editor(app: Flask) -> Actor:
    return make_actor("edith", Role.EDITOR)


@pytest.fixture
def reader(app: Flask) -> Actor:
    return make_actor("rita", Role.READER)


@pytest.fixture
def sql_statements() -> Any:
    """Return a context manager that collects the SQL statements of its block."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def listener(*event: Any) -> None:
            statements.append(event[2])

        sa.event.listen(db.engine, "before_cursor_execute", listener)
        try:
            yield statements
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", listener)

    return collect
