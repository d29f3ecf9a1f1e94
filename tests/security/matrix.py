"""Calls every operation as every caller in every state of its object, and collects the statuses.

The application is the one of all tests, but nothing that a request changes is committed: each cell of the table is
measured in the state that its row says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy.orm import Session

from service.config import Settings
from service.core.authorization import AUTHORIZATION
from service.core.database import transaction
from service.extensions import db, limiter
from tests.conformance.example_calls import Operation, operations_of
from tests.conformance.publication_seed import write_archive
from tests.conformance.seed import Examples, seed
from tests.security.callers import NO_2FA, Caller, create_callers
from tests.security.objects import ObjectState, states_of


@dataclass(frozen=True, slots=True)
class Row:
    """The statuses that the callers receive, by their names, where the object of an operation is in a state."""

    operation: str
    state: str
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows in the order of the document, and what the document says of the authorization of each operation.

    Operations that are `public` read no token.
    """

    policies: Mapping[str, Mapping[str, Any]]
    public: frozenset[str]
    rows: Sequence[Row]

    def rows_of(self, operation: str) -> list[Row]:
        """Return the rows of an operation."""
        return [row for row in self.rows if row.operation == operation]


def measure(app: Flask) -> Matrix:
    """Return the matrix of an application, whose database is empty, in its context."""
    document, settings = app.extensions["api"].document, app.extensions["settings"]
    seed(settings, document)
    callers, examples = create_callers(), Examples.of(document)
    operations = operations_of(document)
    with nothing_is_committed(app):
        rows = [row for operation in operations for row in _rows(app, operation, callers, examples)]
    policies = {each.id: each.declared[AUTHORIZATION] for each in operations}
    public = frozenset(each.id for each in operations if not each.declared["security"])
    return Matrix(policies, public, rows)


def _rows(app: Flask, operation: Operation, callers: Sequence[Caller], examples: Examples) -> Iterator[Row]:
    for state in states_of(operation):
        with transaction() as session:
            state.arrange(session, examples)
        # `deleteExport` deletes it at once.
        write_archive(app.extensions["settings"].var_dir, examples.parameters["export_id"])
        statuses = {caller.name: _status(app, operation, state, caller, examples) for caller in callers}
        yield Row(operation.id, state.name, statuses)


def _status(app: Flask, operation: Operation, state: ObjectState, caller: Caller, examples: Examples) -> int:
    if "429" in operation.statuses:
        limiter.reset()
    path = _path(operation, state.parameters(examples, caller))
    headers = {**operation.headers, **caller.headers(operation)}
    body = state.body(operation, caller)
    with _second_factor_required(app, of=caller):
        response = app.test_client().open(path, method=operation.method, headers=headers, data=body)
    return int(response.status_code)


def _path(operation: Operation, given: Mapping[str, Any]) -> str:
    path, _, query = operation.path().partition("?")
    if given:
        path = operation.template
        for name, value in {**operation.filled("path"), **given}.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return f"{path}?{query}" if query else path


@contextmanager
def nothing_is_committed(app: Flask) -> Iterator[None]:
    """Roll back what each request has done after its response was made, constraints checked."""
    api = app.extensions["api"]
    api.transaction = _rolled_back
    try:
        yield
    finally:
        api.transaction = transaction


@contextmanager
def _rolled_back() -> Iterator[Session]:
    try:
        yield db.session()
        db.session.flush()
    finally:
        db.session.rollback()


@contextmanager
def _second_factor_required(app: Flask, *, of: Caller) -> Iterator[None]:
    """Let administrators need a second factor while the caller who has none sends a request."""
    settings: Settings = app.extensions["settings"]
    if of.name == NO_2FA:
        app.extensions["settings"] = replace(settings, require_second_factor=("admin",))
    try:
        yield
    finally:
        app.extensions["settings"] = settings
