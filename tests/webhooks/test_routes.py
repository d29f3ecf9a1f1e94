"""Webhooks over the API: who may register them, what is refused, secrets, and the log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import lock_table, transaction
from service.core.jobs.queue import claim_next, enqueue_periodic
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.models.base import utcnow
from service.models.events import EVENTS
from service.models.sessions import Session
from service.models.users import Role
from service.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks.sending import ENDPOINTS_MAX
from service.webhooks.tasks import purge_deliveries
from tests.accounts import auth_headers, create_account
from tests.locks import lock_waits
from tests.waiting import wait_until
from tests.webhook_receiver import Receiver
from tests.webhooks.conftest import URL, Create, Headers, SendDue, change, statements

SELECT_WEBHOOKS = "SELECT webhook_endpoints.id, webhook_endpoints.url,"
OPERATIONS = [
    ("get", ""),
    ("post", ""),
    ("get", "/event-types"),
    ("get", "/{id}"),
    ("patch", "/{id}"),
    ("delete", "/{id}"),
    ("post", "/{id}/secret"),
    ("post", "/{id}/ping"),
    ("get", "/{id}/deliveries"),
    ("get", "/{id}/deliveries/{delivery}"),
    ("post", "/{id}/deliveries/{delivery}/redeliver"),
]
BODIES: dict[str, Any] = {"": {"url": URL}, "/{id}": {"description": "Other"}, "/{id}/secret": {}}
OF_ONE = [(method, path) for method, path in OPERATIONS if "{id}" in path]


def call(client: FlaskClient, method: str, path: str, headers: Headers | None, **ids: Any) -> Any:
    body = BODIES.get(path) if method in {"post", "patch"} else None
    return getattr(client, method)(f"/api/webhooks{path.format(**ids)}", json=body, headers=headers)


def ping(client: FlaskClient, webhook: dict[str, Any], headers: Headers) -> Any:
    return client.post(f"/api/webhooks/{webhook['id']}/ping", headers=headers)


def patch(client: FlaskClient, webhook: dict[str, Any], headers: Headers, **changes: Any) -> Any:
    return client.patch(f"/api/webhooks/{webhook['id']}", json=changes, headers=headers)


class TestAccess:
    @pytest.mark.parametrize(("method", "path"), OPERATIONS)
    def test_only_administrators(
        self, client: FlaskClient, create: Create, admin: Headers, method: str, path: str
    ) -> None:
        webhook = create()
        ids = {"id": webhook["id"], "delivery": ping(client, webhook, admin).json["id"]}
        editor = auth_headers(create_account(role=Role.EDITOR))
        assert call(client, method, path, editor, **ids).status_code == 403
        assert call(client, method, path, None, **ids).status_code == 401
        assert call(client, method, path, admin, **ids).status_code < 300

    @pytest.mark.parametrize(("method", "path"), OF_ONE)
    def test_unknown(self, client: FlaskClient, admin: Headers, method: str, path: str) -> None:
        assert call(client, method, path, admin, id=uuid4(), delivery=1).status_code == 404

    @pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/redeliver")])
    def test_delivery_of_another_webhook_is_unknown(
        self, client: FlaskClient, create: Create, admin: Headers, method: str, path: str
    ) -> None:
        one, other = create(), create()
        delivery = ping(client, one, admin).json["id"]
        url = f"/api/webhooks/{other['id']}/deliveries/{delivery}{path}"
        assert getattr(client, method)(url, headers=admin).status_code == 404

    @pytest.mark.parametrize("path", ["", "/{id}/secret"])
    def test_secrets_need_a_recent_login(
        self, client: FlaskClient, create: Create, admin: Headers, path: str
    ) -> None:
        webhook = create()
        change(Session, authenticated_at=utcnow() - timedelta(days=1))
        response = call(client, "post", path, admin, id=webhook["id"])
        assert (response.status_code, response.json["code"]) == (403, "STEP_UP_REQUIRED")


class TestCreate:
    def test_wants_everything_by_default(self, create: Create) -> None:
        webhook = create()
        assert webhook["secret"].startswith("whsec_")
        assert (webhook["events"], webhook["tags"], webhook["authors"]) == (None, [], [])
        assert webhook["is_enabled"]

    def test_secret_is_shown_once_and_stored_encrypted(
        self, client: FlaskClient, create: Create, admin: Headers
    ) -> None:
        webhook = create()
        secret = webhook["secret"].removeprefix("whsec_")
        ping(client, webhook, admin)
        for path in ("", f"/{webhook['id']}", f"/{webhook['id']}/deliveries"):
            text = client.get(f"/api/webhooks{path}", headers=admin).text
            assert secret not in text
            assert "secret" not in text.replace("previous_secret_expires_at", "")
        with db.engine.connect() as connection:
            stored = connection.scalar(sa.select(WebhookEndpoint.secret))
        assert secret.encode() not in (stored or b"")

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"url": "ftp://example.net/"}, "/url"),
            ({"url": "javascript:alert(1)"}, "/url"),
            ({"url": "https://exa mple.net/"}, "/url"),
            ({"url": ""}, "/url"),
            ({"url": "https://example.net/" + "a" * 2_000}, "/url"),
            ({"events": ["post.lost"]}, "/events/0"),
            ({"events": []}, "/events"),
            ({"events": ["post.published", "post.published"]}, "/events"),
            ({"tags": ["No Slug"]}, "/tags/0"),
            ({"authors": [0]}, "/authors/0"),
            ({"description": "a" * 201}, "/description"),
            ({"secret": "whsec_AAAA"}, "/secret"),
        ],
    )
    def test_invalid(self, client: FlaskClient, admin: Headers, given: Any, pointer: str) -> None:
        response = client.post("/api/webhooks", json={"url": URL, **given}, headers=admin)
        assert response.status_code == 400
        assert pointer in {error["pointer"] for error in response.json["errors"]}

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.net:22/",
            "https://user:password@example.net/",
            "https://user@example.net/",
            "https://%31%32%37.0.0.1/",
            "https://?",
            "https://[::1/",
            "http://example.net:99999/",
        ],
    )
    def test_url_that_is_refused(self, client: FlaskClient, create: Create, admin: Headers, url: str) -> None:
        refused = client.post("/api/webhooks", json={"url": url}, headers=admin)
        changed = patch(client, create(), admin, url=url)
        for response in (refused, changed):
            assert (response.status_code, response.json["code"]) == (409, "WEBHOOK_URL_REFUSED")

    def test_there_are_not_many(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        for _ in range(ENDPOINTS_MAX):
            create()
        response = client.post("/api/webhooks", json={"url": URL}, headers=admin)
        assert (response.status_code, response.json["code"]) == (409, "TOO_MANY_WEBHOOKS")

    def test_there_are_not_more_if_two_are_created_at_once(
        self, app: Flask, create: Create, admin: Headers
    ) -> None:
        for _ in range(ENDPOINTS_MAX - 1):
            create()

        def create_another() -> Any:
            with app.app_context():
                return app.test_client().post("/api/webhooks", json={"url": URL}, headers=admin)

        with ThreadPoolExecutor(1) as threads, lock_waits() as waits:
            with transaction() as session:
                # As another creation does, which has counted already.
                lock_table(WebhookEndpoint)
                session.add(WebhookEndpoint(url=URL, secret=b""))
                session.flush()
                other = threads.submit(create_another)
                wait_until(waits)
            response = other.result(60)
        assert (response.status_code, response.json["code"]) == (409, "TOO_MANY_WEBHOOKS")


class TestList:
    def test_shows_the_newest_delivery_of_each(
        self, client: FlaskClient, create: Create, admin: Headers
    ) -> None:
        one, other = create(), create()
        ping(client, one, admin)
        last = ping(client, one, admin).json
        of_one, of_other = client.get("/api/webhooks", headers=admin).json
        assert (of_one["id"], of_other["id"]) == (one["id"], other["id"])
        assert of_one["last_delivery"] == {name: last[name] for name in of_one["last_delivery"]}
        assert (of_one["last_delivery"]["id"], of_one["last_delivery"]["state"]) == (last["id"], "waiting")
        assert of_other["last_delivery"] is None

    def test_is_one_statement(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        for _ in range(3):
            ping(client, create(), admin)
        with statements() as found:
            listed = client.get("/api/webhooks", headers=admin).json
        assert [webhook["last_delivery"]["event"] for webhook in listed] == ["ping"] * 3
        assert [statement for statement in found if "webhook" in statement] == [SELECT_WEBHOOKS]


class TestUpdate:
    def test_changes_what_is_given(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create(events=["post.published"], description="Search")
        changed = patch(client, webhook, admin, events=None, authors=[7]).json
        assert (changed["events"], changed["authors"], changed["description"]) == (None, [7], "Search")
        assert changed["etag"] != webhook["etag"]
        assert client.get(f"/api/webhooks/{webhook['id']}", headers=admin).json == changed

    def test_nothing_changes_nothing(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create()
        assert patch(client, webhook, admin, url=URL).json["etag"] == webhook["etag"]

    def test_old_version(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create()
        old = {**admin, "If-Match": webhook["etag"]}
        assert patch(client, webhook, old, description="One").status_code == 200
        assert patch(client, webhook, old, description="Two").status_code == 412
        assert client.delete(f"/api/webhooks/{webhook['id']}", headers=old).status_code == 412

    def test_conditional_get(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create()
        url, known = f"/api/webhooks/{webhook['id']}", {**admin, "If-None-Match": webhook["etag"]}
        assert client.get(url, headers=known).status_code == 304

    def test_disabled_one_cannot_be_pinged(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create()
        delivery = ping(client, webhook, admin).json["id"]
        disabled = patch(client, webhook, admin, is_enabled=False).json
        assert disabled["disabled_at"] is not None
        assert disabled["disabled_reason"] is None
        again = f"/api/webhooks/{webhook['id']}/deliveries/{delivery}/redeliver"
        for response in (ping(client, webhook, admin), client.post(again, headers=admin)):
            assert (response.status_code, response.json["code"]) == (409, "WEBHOOK_DISABLED")
        assert patch(client, webhook, admin, is_enabled=True).json["disabled_at"] is None


class TestDelete:
    def test_takes_the_log_along(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        webhook = create(url=receiver.url)
        ping(client, webhook, admin)
        send_due()
        assert client.delete(f"/api/webhooks/{webhook['id']}", headers=admin).status_code == 204
        assert client.get("/api/webhooks", headers=admin).json == []
        with db.engine.connect() as connection:
            for table in (WebhookDelivery, WebhookAttempt):
                assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


class TestSecret:
    def rotate(self, client: FlaskClient, webhook: dict[str, Any], headers: Headers, **given: Any) -> Any:
        return client.post(f"/api/webhooks/{webhook['id']}/secret", json=given or None, headers=headers)

    def test_is_new_and_the_old_one_goes_on_for_a_day(
        self, client: FlaskClient, create: Create, admin: Headers
    ) -> None:
        webhook = create()
        rotated = self.rotate(client, webhook, admin)
        assert rotated.json["secret"] != webhook["secret"]
        assert rotated.headers["Cache-Control"] == "no-store"
        shown = client.get(f"/api/webhooks/{webhook['id']}", headers=admin).json
        assert shown["previous_secret_expires_at"] == rotated.json["previous_secret_expires_at"] is not None

    def test_at_once(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        rotated = self.rotate(client, create(), admin, overlap_hours=0)
        assert rotated.json["previous_secret_expires_at"] is None

    @pytest.mark.parametrize("hours", [-1, 169, "24"])
    def test_invalid_overlap(self, client: FlaskClient, create: Create, admin: Headers, hours: Any) -> None:
        assert self.rotate(client, create(), admin, overlap_hours=hours).status_code == 400


class TestEventTypes:
    def test_are_those_for_outsiders(self, client: FlaskClient, admin: Headers) -> None:
        listed = client.get("/api/webhooks/event-types", headers=admin).json
        assert [event["name"] for event in listed] == [e.name for e in EVENTS.values() if e.is_public]


class TestLog:
    def test_pages_and_filters(self, client: FlaskClient, create: Create, admin: Headers) -> None:
        webhook = create()
        ids = [ping(client, webhook, admin).json["id"] for _ in range(3)]
        url = f"/api/webhooks/{webhook['id']}/deliveries"
        first = client.get(f"{url}?per_page=2", headers=admin)
        assert [each["id"] for each in first.json] == ids[:0:-1]
        assert first.headers["X-Total-Count"] == "3"
        after = first.json[-1]["cursor"]
        rest = client.get(f"{url}?per_page=2&after={after}", headers=admin)
        assert [each["id"] for each in rest.json] == ids[:1]
        for query, number in [
            ("state=waiting", 3),
            ("state=failed", 0),
            ("event=ping", 3),
            ("event=post.published", 0),
            ("event=ping&state=waiting", 3),
        ]:
            assert len(client.get(f"{url}?{query}", headers=admin).json) == number
        assert client.get(f"{url}?state=lost", headers=admin).status_code == 400

    def test_shows_request_and_response(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        webhook = create(url=receiver.url)
        sent = ping(client, webhook, admin)
        assert sent.status_code == 202
        send_due()
        shown = client.get(sent.headers["Location"], headers=admin).json
        assert (shown["state"], shown["attempts"], shown["last_status"]) == ("delivered", 1, 204)
        [message] = receiver.messages
        assert shown["request_body"].encode() == message.body
        [attempt] = shown["log"]
        headers = {header["name"]: header["value"] for header in attempt["request_headers"]}
        assert {name: message.headers[name] for name in headers} == headers
        assert headers["webhook-id"] == shown["message_id"]
        assert (attempt["status"], attempt["error"], attempt["url"]) == (204, None, receiver.url)
        assert {"name": "location", "value": "/elsewhere"} in attempt["response_headers"]

    def test_is_deleted_in_time(
        self, app: Flask, client: FlaskClient, create: Create, admin: Headers
    ) -> None:
        webhook = create()
        old, new = (ping(client, webhook, admin).json["id"] for _ in range(2))
        change(WebhookDelivery, WebhookDelivery.id == old, created_at=utcnow() - timedelta(days=31))
        with transaction():
            enqueue_periodic(purge_deliveries)
        job = claim_next(db.engine)
        assert job is not None
        assert job.task == purge_deliveries.name
        run_attempt(app, job)
        url = f"/api/webhooks/{webhook['id']}/deliveries"
        assert [each["id"] for each in client.get(url, headers=admin).json] == [new]
