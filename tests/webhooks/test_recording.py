"""What is written for endpoints in the transaction of a change, and what that costs."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.events import emit
from service.extensions import db
from service.models.jobs import Job
from service.models.posts import Post, PostStatus
from service.models.webhooks import WebhookDelivery
from service.webhooks.tasks import send
from tests.factories import create_post, create_tag, create_user
from tests.webhooks.conftest import Create, Headers, statements


def recorded() -> list[Any]:
    """Return the deliveries, in the order in which they are sent."""
    with db.engine.connect() as connection:
        return list(
            connection.execute(sa.select(WebhookDelivery.__table__).order_by(WebhookDelivery.id)).all()
        )


def sending_jobs() -> int:
    with db.engine.connect() as connection:
        jobs = sa.select(sa.func.count()).select_from(Job).where(Job.task == send.name)
        return connection.scalar(jobs) or 0


def emit_published(post: Post) -> None:
    with transaction():
        emit("post.published", post_id=post.id, author_id=post.author_id, scheduled=False)


class TestInTheTransaction:
    def test_a_delivery_for_each_endpoint_and_one_job(self, create: Create) -> None:
        first, second = create(), create()
        post = create_post(create_user(username="grace"), status=PostStatus.PUBLISHED)
        emit_published(post)
        one, other = recorded()
        assert {str(one.endpoint_id), str(other.endpoint_id)} == {first["id"], second["id"]}
        assert one.message_id == other.message_id
        assert (one.event, one.subject, one.state) == ("post.published", f"post:{post.id}", "waiting")
        assert one.body == other.body
        assert sending_jobs() == 1

    def test_is_rolled_back_with_the_change(self, create: Create) -> None:
        create()
        post = create_post(status=PostStatus.PUBLISHED)
        emit("post.published", post_id=post.id, author_id=post.author_id, scheduled=False)
        db.session.rollback()
        assert (recorded(), sending_jobs()) == ([], 0)

    def test_bodies_are_what_the_document_says(
        self, app: Flask, client: FlaskClient, create: Create, admin: Headers
    ) -> None:
        webhook = create()
        post = create_post(create_user(username="grace"), status=PostStatus.PUBLISHED)
        client.post(f"/api/posts/{post.id}/archive", headers=admin)
        client.post(f"/api/webhooks/{webhook['id']}/ping", headers=admin)
        document = app.extensions["api"].document
        for delivery, name in zip(recorded(), ("post.archived", "ping"), strict=True):
            declared = document["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
            schema = {**declared["schema"], "components": document["components"]}
            jsonschema_rs.validator_for(schema, validate_formats=True).validate(json.loads(delivery.body))

    def test_order_is_that_of_the_changes(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        create()
        post = create_post(create_user(username="grace"), status=PostStatus.PUBLISHED)
        for change in ("archive", "publish", "unpublish", "publish"):
            assert client.post(f"/api/posts/{post.id}/{change}", headers=admin).status_code == 200
        names = [row.event for row in recorded()]
        assert names == ["post.archived", "post.published", "post.unpublished", "post.published"]


class TestWhoIsTold:
    def test_only_of_chosen_events(self, create: Create) -> None:
        create(events=["post.archived"])
        chosen = create(events=["post.published", "post.archived"])
        emit_published(create_post(status=PostStatus.PUBLISHED))
        assert [str(row.endpoint_id) for row in recorded()] == [chosen["id"]]

    def test_not_while_disabled(self, create: Create) -> None:
        create(is_enabled=False)
        emit_published(create_post(status=PostStatus.PUBLISHED))
        assert (recorded(), sending_jobs()) == ([], 0)

    def test_only_of_posts_with_a_tag(self, create: Create) -> None:
        webhook = create(tags=["looms"])
        emit_published(create_post(status=PostStatus.PUBLISHED))
        assert (recorded(), sending_jobs()) == ([], 0)
        emit_published(create_post(tags=[create_tag("Looms")], status=PostStatus.PUBLISHED))
        assert [str(row.endpoint_id) for row in recorded()] == [webhook["id"]]

    def test_only_of_an_author(self, create: Create) -> None:
        grace, alan = create_user(username="grace"), create_user(username="alan")
        create(authors=[grace.id])
        emit_published(create_post(alan, status=PostStatus.PUBLISHED))
        assert recorded() == []
        emit_published(create_post(grace, status=PostStatus.PUBLISHED))
        assert len(recorded()) == 1

    def test_filters_of_posts_are_none_of_accounts(self, create: Create) -> None:
        grace = create_user(username="grace")
        create(tags=["looms"], authors=[grace.id + 1])
        with transaction():
            emit("user.updated", user_id=grace.id)
        assert [row.event for row in recorded()] == ["user.updated"]


class TestCost:
    """An emission has a SELECT where nobody listens, besides the audit log, and one INSERT more for those who do."""

    @pytest.mark.parametrize("listening", [False, True])
    def test_statements(self, app: Flask, create: Create, listening: bool) -> None:
        if listening:
            create()
            create()
        user = create_user()
        with statements() as found, transaction():
            emit("user.created", user_id=user.id)
        audit = "INSERT INTO audit_entries"
        select_endpoints = "SELECT webhook_endpoints.id, webhook_endpoints.events,"
        told = ["SELECT users.username FROM", "INSERT INTO webhook_deliveries", "INSERT INTO jobs"]
        assert found == [audit, select_endpoints, *(told if listening else [])]
