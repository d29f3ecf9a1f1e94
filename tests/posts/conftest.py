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
from tests.accounts import create_account, logged_in


class Caller(NamedTuple):
    """A user and its request headers."""

    user: User
    headers: dict[str, str]


def caller(username: str, role: Role = Role.AUTHOR) -> Caller:
    user = create_account(username=username, role=role)
    return Caller(user, logged_in(user))


@pytest.fixture
def ada(app: Flask) -> Caller:
    """Return the author of the posts."""
    return caller("ada")


@pytest.fixture
def eve(app: Flask) -> Caller:
    """Return an author without posts here."""
    return caller("eve")


@pytest.fixture
def editor(app: Flask) -> Caller:
    return caller("edith", Role.EDITOR)


@pytest.fixture
def reader(app: Flask) -> Caller:
    return caller("rita", Role.READER)


@pytest.fixture
def counted() -> Any:
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
