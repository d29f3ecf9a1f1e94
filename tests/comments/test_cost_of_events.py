"""What the reactions to an event cost the request that emits it, in statements and in function calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.extensions import db
from service.models.jobs import Job
from service.models.webhooks import WebhookDelivery, WebhookEndpoint
from tests.accounts import auth_headers
from tests.complexity import count_calls
from tests.conftest import on_sqlite
from tests.factories import create_post, create_user

# `python -m benchmarks.jobs` holds the same ratio in time; calls are the same on every machine.
LIMIT = 1.15


@pytest.fixture
def comment(app: Flask, client: FlaskClient) -> Callable[[], None]:
    """Return a function that creates a comment over the API, which emits an event."""
    path = f"/api/posts/{create_post(status='published').id}/comments"
    headers = auth_headers(create_user())

    def create() -> None:
        assert app.test_client().post(path, json={"body": "A comment."}, headers=headers).status_code == 201

    create()  # what is built once, such as compiled statements, is there from now on
    return create


def statements(work: Callable[[], None]) -> int:
    """Return how many statements `work` executes."""
    seen: list[str] = []

    def see(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    sa.event.listen(db.engine, "before_cursor_execute", see)
    try:
        work()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", see)
    return len(seen)


@on_sqlite
def test_reactions_cost_one_statement_and_few_calls(
    app: Flask, comment: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = sa.select(sa.func.count()).select_from(Job)
    before = db.session.scalar(jobs) or 0
    with_reactions, calls_with = statements(comment), count_calls(comment)
    assert (db.session.scalar(jobs) or 0) > before  # they are enqueued
    monkeypatch.setitem(app.extensions, "reactions", {})
    without, calls_without = statements(comment), count_calls(comment)
    assert with_reactions == without + 1
    assert calls_with <= LIMIT * calls_without


@on_sqlite
def test_webhook_that_wants_the_event_costs_two_statements_and_few_calls(
    app: Flask, comment: Callable[[], None]
) -> None:
    without, calls_without = statements(comment), count_calls(comment)
    with transaction() as session:
        session.add(WebhookEndpoint(url="https://example.net/", secret=b""))
    comment()
    # What it is told is selected, and written; the job that sends it is a row among those of the reactions.
    assert statements(comment) == without + 2
    assert count_calls(comment) <= LIMIT * calls_without
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WebhookDelivery)) == 3
