"""Fixtures of webhooks: an administrator, endpoints at a receiver on this machine, and a worker's run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as sqlalchemy_event

from service.core.database import transaction
from service.core.jobs import queue
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.models.jobs import Job
from service.models.users import Role, User
from service.webhooks.tasks import send
from tests.accounts import auth_headers, create_account
from tests.webhook_receiver import Receiver, webhook_receiver

Headers = dict[str, str]
Allow = Callable[[str], None]
Create = Callable[..., dict[str, Any]]
SendDue = Callable[[], None]

URL = "https://search.example.net/hooks/colophon"


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", display_name="Ada Lovelace", role=Role.ADMIN)


@pytest.fixture
def admin(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def create(client: FlaskClient, admin: Headers) -> Create:
    """Return a function that creates a webhook and returns it, with its secret."""

    def create(**given: Any) -> dict[str, Any]:
        response = client.post("/api/webhooks", headers=admin, json={"url": URL, **given})
        assert response.status_code == 201, response.json
        webhook: dict[str, Any] = response.json
        return webhook

    return create


@pytest.fixture
def allow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Allow:
    """Return a function that lets webhooks go to the port of a URL on this machine."""

    def allow(url: str) -> None:
        settings = app.extensions["settings"]
        port = urlsplit(url).port
        assert port is not None
        changed = replace(
            settings,
            outbound_ports=(*settings.outbound_ports, port),
            outbound_networks=(ip_network("127.0.0.1/32"),),
        )
        monkeypatch.setitem(app.extensions, "settings", changed)

    return allow


@pytest.fixture
def receiver(app: Flask, allow: Allow) -> Iterator[Receiver]:
    """Run a receiver that webhooks may be sent to. All that it got is held to the document."""
    with webhook_receiver() as found:
        allow(found.url)
        yield found
        for message in found.messages:
            message.check(app.extensions["api"].document)


@pytest.fixture
def send_due(app: Flask) -> SendDue:
    """Return a function that runs the jobs that send, as a worker does, until none is due."""

    def run() -> None:
        db.session.remove()
        while (job := claim_send()) is not None:
            run_attempt(app, job)

    return run


def claim_send() -> queue.ClaimedJob | None:
    """Begin the job that sends, if one is due; other jobs wait."""
    with db.engine.begin() as connection:
        others = sa.update(Job).where(Job.task != send.name, Job.state == "waiting")
        connection.execute(others.values(state="cancelled"))
    return queue.claim_next(db.engine)


def change(table: Any, *conditions: Any, **values: Any) -> None:
    """Change rows behind the back of the service."""
    with transaction() as session:
        session.execute(sa.update(table).where(*conditions).values(**values))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield the first words of the statements of the block, without those of transactions and of waking workers."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(" ".join(statement.split()[:3]))

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)
        found[:] = [each for each in found if each.split()[0] not in {"BEGIN", "NOTIFY"}]
