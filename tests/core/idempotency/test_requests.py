"""Requests with an `Idempotency-Key`: carried out once, whatever happens between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.contract.idempotency import KeyedRequest
from service.core.database import transaction
from service.core.idempotency import responses, retention, store
from service.core.idempotency.responses import key_hash
from service.core.jobs.queue import claim_next, enqueue_periodic
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.items import actions
from service.models.base import utcnow
from service.models.idempotency_keys import IdempotencyKey
from service.models.items import Item
from service.models.jobs import Job
from service.models.media import Media
from service.models.posts import Post
from service.models.users import Role, User
from service.models.webhooks import WebhookEndpoint
from tests.accounts import auth_headers, create_account, run_concurrently
from tests.conftest import on_postgresql, settings_on
from tests.factories import create_post, create_user
from tests.importing.zips import zipped
from tests.media_library.forms import form, jpeg

DRAFT = {"title": "The engine", "body": "It *weaves*."}
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
Headers = dict[str, str]


@pytest.fixture
def headers(app: Flask) -> Headers:
    """Return the token of an author."""
    return auth_headers(create_user())


@pytest.fixture
def admin(app: Flask) -> Headers:
    """Return the token of an administrator."""
    return auth_headers(create_account(role=Role.ADMIN))


def send(client: FlaskClient, headers: Headers, path: str = "/api/posts", key: str = KEY, **sent: Any) -> Any:
    """Send a request with a key, by default a draft."""
    return client.post(path, headers={**headers, "Idempotency-Key": key}, **(sent or {"json": DRAFT}))


def comparable(response: Any) -> tuple[int, dict[str, str], bytes]:
    """Return all of a response but what is of one request."""
    kept = {
        name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "RateLimit"}
    }
    return response.status_code, kept, response.data


def number_of(model: type[Any]) -> int:
    with db.engine.connect() as connection:
        found: int = connection.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
        return found


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


def set_keys(**values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(IdempotencyKey).values(**values))


class TestSentAgain:
    def test_gets_the_same_response_and_creates_nothing(self, client: FlaskClient, headers: Headers) -> None:
        first = send(client, headers)
        assert first.status_code == 201
        assert comparable(send(client, headers)) == comparable(first)
        assert first.headers["Location"] == f"/api/posts/{first.json['id']}"
        assert number_of(Post) == 1

    def test_gets_it_although_what_was_created_has_changed(
        self, client: FlaskClient, headers: Headers
    ) -> None:
        first = send(client, headers)
        url = f"/api/posts/{first.json['id']}"
        changed = client.patch(url, json={"title": "Other"}, headers={**headers, "If-Match": "*"})
        assert changed.status_code == 200
        assert send(client, headers).data == first.data

    def test_in_another_spelling_is_the_same_request(self, client: FlaskClient, headers: Headers) -> None:
        first = send(client, headers)
        body = '{ "body": "It *weaves*.", "title": "The \\u0065ngine" }'
        again = send(client, headers, data=body, content_type="application/json; charset=utf-8")
        assert again.data == first.data

    def test_without_a_key_creates_another(self, client: FlaskClient, headers: Headers) -> None:
        send(client, headers)
        assert client.post("/api/posts", json=DRAFT, headers=headers).status_code == 201
        assert number_of(Post) == 2

    def test_by_another_account_is_another_request(self, client: FlaskClient, headers: Headers) -> None:
        first = send(client, headers)
        second = send(client, auth_headers(create_user()))
        assert second.status_code == 201
        assert second.json["id"] != first.json["id"]

    def test_from_another_session_of_the_account_is_the_same(self, client: FlaskClient, app: Flask) -> None:
        user = create_user()
        first = send(client, auth_headers(user))
        assert send(client, auth_headers(user)).data == first.data

    def test_needs_the_permission_again(self, client: FlaskClient, app: Flask) -> None:
        user = create_user()
        headers = auth_headers(user)
        send(client, headers)
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == user.id).values(role=Role.READER))
        assert refusal(send(client, headers)) == (403, "FORBIDDEN")

    def test_after_24_hours_is_carried_out_again(self, client: FlaskClient, headers: Headers) -> None:
        first = send(client, headers)
        set_keys(expires_at=utcnow() - timedelta(seconds=1))
        second = send(client, headers)
        assert (second.status_code, number_of(Post)) == (201, 2)
        assert second.json["id"] != first.json["id"]
        assert send(client, headers).data == second.data

    def test_is_kept_for_24_hours(self, client: FlaskClient, headers: Headers) -> None:
        before = utcnow()
        send(client, headers)
        with db.engine.connect() as connection:
            expires_at = connection.execute(sa.select(IdempotencyKey.expires_at)).scalar_one()
        assert before + timedelta(hours=24) <= expires_at <= utcnow() + timedelta(hours=24)


class TestAnotherRequest:
    @pytest.mark.parametrize(
        ("path", "sent"),
        [
            ("/api/posts", {"json": {**DRAFT, "title": "Other"}}),
            ("/api/items", {"json": {"name": "Lamp"}}),
            ("/api/media", form(jpeg(), "a.jpg")),
        ],
        ids=["another body", "another path", "a form"],
    )
    def test_with_the_key_is_a_conflict(
        self, client: FlaskClient, headers: Headers, path: str, sent: Any
    ) -> None:
        first = send(client, headers)
        assert refusal(send(client, headers, path, **sent)) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert (number_of(Post), number_of(Item), number_of(Media)) == (1, 0, 0)
        assert send(client, headers).data == first.data


class TestBadKey:
    @pytest.mark.parametrize(
        ("key", "code"),
        [
            ("", "INVALID_FORMAT"),
            ("two words", "INVALID_FORMAT"),
            ("a\x7fb", "INVALID_FORMAT"),
            ("a\tb", "INVALID_FORMAT"),
            ("schl\xfcssel", "INVALID_FORMAT"),
            ("x" * 256, "TOO_LONG"),
        ],
    )
    def test_is_refused(self, client: FlaskClient, headers: Headers, key: str, code: str) -> None:
        refused = send(client, headers, key=key)
        assert refusal(refused) == (400, "INVALID_INPUT")
        assert [(error["parameter"], error["code"]) for error in refused.json["errors"]] == [
            ("Idempotency-Key", code)
        ]
        assert number_of(Post) == 0

    @pytest.mark.parametrize("key", ["1", "x" * 255, f'"{KEY}"', "!~"])
    def test_any_visible_characters_will_do(self, client: FlaskClient, headers: Headers, key: str) -> None:
        assert [send(client, headers, key=key).status_code for _ in range(2)] == [201, 201]
        assert number_of(Post) == 1

    def test_is_no_header_of_other_operations(self, client: FlaskClient, headers: Headers) -> None:
        assert client.get("/api/items", headers={"Idempotency-Key": "two words"}).status_code == 200


class TestFailure:
    @pytest.mark.parametrize("failing", [actions.ItemNameTaken(), ZeroDivisionError()], ids=["4xx", "5xx"])
    def test_is_not_kept(
        self, client: FlaskClient, headers: Headers, failing: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = actions.create_item

        def create_and_fail(name: str) -> Item:
            original(name)
            raise failing

        monkeypatch.setattr(actions, "create_item", create_and_fail)
        assert send(client, headers, "/api/items", json={"name": "Lamp"}).status_code >= 400
        assert (number_of(Item), number_of(IdempotencyKey)) == (0, 0)
        monkeypatch.undo()
        assert send(client, headers, "/api/items", json={"name": "Lamp"}).status_code == 201

    def test_that_is_committed_leaves_the_key_free(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions.ItemNameTaken, "commit_on_raise", True)
        original = actions.create_item

        def create_and_refuse(name: str) -> Item:
            original(name)
            raise actions.ItemNameTaken

        monkeypatch.setattr(actions, "create_item", create_and_refuse)
        assert send(client, headers, "/api/items", json={"name": "Lamp"}).status_code == 409
        assert (number_of(Item), number_of(IdempotencyKey)) == (1, 0)

    def test_of_the_input_claims_nothing(self, client: FlaskClient, headers: Headers) -> None:
        assert send(client, headers, json={"title": ""}).status_code == 400
        assert send(client, headers).status_code == 201

    def test_to_keep_the_response_undoes_what_was_done(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(responses, "MAX_BYTES", 10)
        assert send(client, headers).status_code == 500
        assert (number_of(Post), number_of(IdempotencyKey)) == (0, 0)


class TestSecrets:
    def test_of_a_webhook_is_the_same_again(self, client: FlaskClient, admin: Headers) -> None:
        sent = {"json": {"url": "https://example.org/hook", "events": ["post.published"]}}
        first, second = (send(client, admin, "/api/webhooks", **sent) for _ in range(2))
        assert first.status_code == 201
        assert second.json["secret"] == first.json["secret"]
        assert second.headers["Cache-Control"] == "no-store"
        assert number_of(WebhookEndpoint) == 1

    def test_that_is_new_is_the_same_again(self, client: FlaskClient, admin: Headers) -> None:
        created = client.post("/api/webhooks", json={"url": "https://example.org/hook"}, headers=admin)
        path = f"/api/webhooks/{created.json['id']}/secret"
        first, second = (send(client, admin, path, json={}) for _ in range(2))
        assert first.status_code == 200
        assert first.json["secret"] == second.json["secret"] != created.json["secret"]

    def test_neither_the_key_nor_the_response_can_be_read_in_the_database(
        self, client: FlaskClient, admin: Headers
    ) -> None:
        secret = send(client, admin, "/api/webhooks", json={"url": "https://example.org/hook"}).json["secret"]
        with db.engine.connect() as connection:
            row = connection.execute(sa.select(IdempotencyKey.__table__)).one()
        stored = b"".join(value for value in row if isinstance(value, bytes))
        assert KEY.encode() not in stored
        assert secret.encode() not in stored

    def test_are_read_whatever_the_secret_key_is(
        self, client: FlaskClient, admin: Headers, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = send(client, admin, "/api/webhooks", json={"url": "https://example.org/hook"})
        settings = app.extensions["settings"]
        monkeypatch.setitem(app.extensions, "settings", replace(settings, secret_key="x" * 64))
        again = send(client, admin, "/api/webhooks", json={"url": "https://example.org/hook"})
        assert comparable(again) == comparable(first)


GRACE = {"username": "grace", "email": "grace@example.org", "password": "staple correct horse"}


class TestAnonymousCallers:
    def test_register_once(self, client: FlaskClient) -> None:
        first, second = (send(client, {}, "/api/users", json=GRACE) for _ in range(2))
        assert first.status_code == 201
        assert comparable(second) == comparable(first)
        assert second.headers["RateLimit"] != first.headers["RateLimit"]
        assert number_of(User) == 1

    def test_without_the_password_nobody_gets_the_response(self, client: FlaskClient) -> None:
        send(client, {}, "/api/users", json=GRACE)
        guess = {**GRACE, "password": "another one that is long"}
        assert refusal(send(client, {}, "/api/users", json=guess)) == (409, "IDEMPOTENCY_KEY_REUSED")


class TestUploads:
    def test_are_compared_by_their_content(self, client: FlaskClient, headers: Headers) -> None:
        first = send(client, headers, "/api/media", **form(jpeg(), "a.jpg"))
        assert first.status_code == 201, first.json
        assert send(client, headers, "/api/media", **form(jpeg(), "a.jpg")).json == first.json
        for other in (
            form(jpeg() + b" ", "a.jpg"),
            form(jpeg(), "b.jpg"),
            form(jpeg(), "a.jpg", alt_text="A"),
        ):
            assert refusal(send(client, headers, "/api/media", **other)) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert number_of(Media) == 1

    def test_of_archives_start_one_import(self, client: FlaskClient, admin: Headers) -> None:
        archive = zipped({"a.md": '+++\ntitle = "A"\ndate = 2024-01-02\n+++\nText.\n'})
        first, second = (send(client, admin, "/api/imports", **archive_form(archive)) for _ in range(2))
        assert first.status_code == 202, first.json
        assert comparable(second) == comparable(first)
        with db.engine.connect() as connection:
            query = sa.select(sa.func.count()).where(Job.task == "imports.run")
            assert connection.execute(query).scalar_one() == 1


def archive_form(archive: bytes) -> dict[str, Any]:
    sent = form(archive, "blog.zip")
    return {**sent, "data": sent["data"].replace(b'name="file"', b'name="archive"')}


class TestAtTheSameTime:
    def test_one_is_carried_out_and_all_get_its_response(self, client: FlaskClient, app: Flask) -> None:
        user = create_user()
        headers, post = auth_headers(user), create_post(user, status="published")
        answers: list[bytes] = []

        def call(client: FlaskClient, _index: int) -> int:
            response = send(client, headers, f"/api/posts/{post.id}/comments", json={"body": "Once."})
            answers.append(response.data)
            return int(response.status_code)

        assert run_concurrently(app, 8, call) == [201] * 8
        assert len(set(answers)) == 1

    def test_without_a_statement_the_key_is_claimed_at_the_end(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = Item(id=7, name="Lamp", created_at=utcnow())
        calls: list[str] = []
        monkeypatch.setattr(actions, "create_item", lambda name: calls.append(name) or made)
        for _ in range(2):
            assert send(client, headers, "/api/items", json={"name": "Lamp"}).json["id"] == 7
        assert calls == ["Lamp"]

    def test_one_that_came_first_is_found_by_the_claim(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = send(client, headers)
        monkeypatch.setattr(type(store.IDEMPOTENCY_STORE), "find", lambda *_: None)
        assert comparable(send(client, headers)) == comparable(first)
        other = send(client, headers, json={**DRAFT, "title": "Other"})
        assert refusal(other) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert number_of(Post) == 1

    def test_one_that_expires_meanwhile_is_tried_again(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send(client, headers)
        monkeypatch.setattr(store, "_find", lambda *_: None)
        refused = send(client, headers)
        assert refusal(refused) == (409, "IDEMPOTENCY_KEY_IN_USE")
        assert refused.headers["Retry-After"] == "1"

    def test_a_lost_database_is_no_conflict(
        self, client: FlaskClient, headers: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lose(*_: Any) -> None:
            raise sa.exc.OperationalError("INSERT", {}, ConnectionError())

        monkeypatch.setattr(store.Claim, "_insert", lose)
        assert refusal(send(client, headers)) == (503, "SERVICE_UNAVAILABLE")

    @on_postgresql
    def test_one_that_takes_long_is_a_conflict(
        self, client: FlaskClient, database_url: str, tmp_path: Any
    ) -> None:
        user = create_user()
        impatient = create_app(settings_on(database_url, tmp_path, DATABASE_LOCK_TIMEOUT_S="0.1"))
        with impatient.app_context():
            headers = auth_headers(user)
            with unfinished(KeyedRequest(user, KEY, bytes(32))):
                refused = send(impatient.test_client(), headers)
            assert refusal(refused) == (409, "IDEMPOTENCY_KEY_IN_USE")
            assert refused.headers["Retry-After"] == "1"
            # It was rolled back.
            assert send(impatient.test_client(), headers).status_code == 201
        # Not before: the end of a context returns its connections.
        with impatient.app_context():
            db.engine.dispose()


@contextmanager
def unfinished(request: KeyedRequest) -> Iterator[None]:
    """Let another transaction carry out the request for as long as the block lasts, and roll back."""
    with db.engine.connect() as connection:
        connection.execute(
            sa.insert(IdempotencyKey).values(
                key_hash=key_hash(request),
                fingerprint=request.fingerprint,
                expires_at=utcnow() + timedelta(1),
            )
        )
        yield
        connection.rollback()


class TestCost:
    def test_without_a_key_there_is_none(self, client: FlaskClient, headers: Headers) -> None:
        with statements() as without:
            client.post("/api/items", json={"name": "Lamp"}, headers=headers)
        with statements() as seen:
            send(client, headers, "/api/items", json={"name": "Desk"})
        with statements() as again:
            send(client, headers, "/api/items", json={"name": "Desk"})
        assert not [each for each in without if "idempotency" in each]
        assert len(seen) == len(without) + 3
        assert len(again) == 2  # the caller, and the response


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            found.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


class TestRetention:
    def test_deletes_what_has_expired_in_batches(
        self, client: FlaskClient, headers: Headers, jobs: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "BATCH_SIZE", 2)
        for _ in range(3):
            send(client, headers, key=str(uuid4()))
        set_keys(expires_at=utcnow() - timedelta(seconds=1))
        send(client, headers, key=KEY)
        with transaction():
            enqueue_periodic(retention.purge_expired_keys)
        (row,) = jobs.all_rows()
        while (job := claim_next(db.engine)) is not None:
            run_attempt(client.application, job)
        assert jobs.row(row.id).result == {"deleted": 3}
        assert number_of(IdempotencyKey) == 1
