"""API keys: created once for their owner, listed, renamed and revoked; administrators see and revoke all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.api_keys.actions import KEYS_MAX
from service.api_keys.actions import create_api_key as create_api_key_of
from service.api_keys.mails import api_key_created_mail
from service.core.database import transaction
from service.core.identity import Identity
from service.core.scopes import SCOPES
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.api_keys import ApiKey
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.sessions import Session
from service.models.users import Role, User
from tests.accounts import auth_headers, bearer_header, create_account
from tests.factories import create_api_key

Headers = dict[str, str]

NEW = {"name": "Newsletter", "scopes": ["tags:read", "posts:read"]}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", display_name="Ada Lovelace")


@pytest.fixture
def headers(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def admin(app: Flask) -> Headers:
    return auth_headers(create_account(role=Role.ADMIN))


def keys() -> list[ApiKey]:
    db.session.remove()
    return list(db.session.scalars(sa.select(ApiKey)))


class TestCreate:
    def test_key_is_shown_once_and_stored_as_a_hash(self, client: FlaskClient, headers: Headers) -> None:
        answer = client.post("/api/api-keys", headers=headers, json=NEW)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
        key = answer.json.pop("key")
        assert key.startswith(answer.json["prefix"] + "_")
        again = client.get(answer.headers["Location"], headers=headers)
        assert again.json == {name: value for name, value in answer.json.items() if name != "key"}
        (row,) = keys()
        assert len(row.secret_hash) == 32
        assert key[-38:-6].encode() not in row.secret_hash

    def test_works_with_its_scopes_in_the_order_of_the_document(
        self, client: FlaskClient, headers: Headers, ada: User
    ) -> None:
        answer = client.post("/api/api-keys", headers=headers, json=NEW)
        assert answer.json["scopes"] == ["posts:read", "tags:read"]
        assert answer.json["owner"] == {"id": ada.id, "username": "ada", "display_name": "Ada Lovelace"}
        assert client.get("/api/posts/trash", headers=bearer_header(answer.json["key"])).status_code == 200

    @pytest.mark.parametrize(("sent", "days"), [({}, 90), ({"expires_in_days": 365}, 365)])
    def test_expires(self, client: FlaskClient, headers: Headers, sent: Any, days: int) -> None:
        key = client.post("/api/api-keys", headers=headers, json={**NEW, **sent}).json
        lasts = datetime.fromisoformat(key["expires_at"]) - datetime.fromisoformat(key["created_at"])
        assert lasts == timedelta(days=days)

    def test_lasts_no_longer_than_the_setting_allows(self, client: FlaskClient, headers: Headers) -> None:
        answer = client.post("/api/api-keys", headers=headers, json={**NEW, "expires_in_days": 366})
        assert (answer.status_code, answer.json["code"]) == (409, "API_KEY_LIFETIME_TOO_LONG")
        assert keys() == []

    @pytest.mark.parametrize(
        "bad",
        [
            {"scopes": []},
            {"scopes": ["posts:all"]},
            {"scopes": ["posts:read", "posts:read"]},
            {"name": ""},
            {"name": "two\nlines"},
            {"expires_in_days": 0},
            {"expires_in_days": 3651},
        ],
    )
    def test_refuses(self, client: FlaskClient, headers: Headers, bad: Any) -> None:
        answer = client.post("/api/api-keys", headers=headers, json={**NEW, **bad})
        assert (answer.status_code, answer.json["code"]) == (400, "INVALID_INPUT")

    def test_needs_a_step_up(self, client: FlaskClient, headers: Headers) -> None:
        with transaction() as session:
            session.execute(sa.update(Session).values(authenticated_at=utcnow() - timedelta(days=1)))
        answer = client.post("/api/api-keys", headers=headers, json=NEW)
        assert (answer.status_code, answer.json["code"]) == (403, "STEP_UP_REQUIRED")

    def test_account_has_so_many(self, client: FlaskClient, headers: Headers, ada: User) -> None:
        for _ in range(KEYS_MAX):
            create_api_key(ada, ["posts:read"])
        create_api_key(create_account(), ["posts:read"])
        answer = client.post("/api/api-keys", headers=headers, json=NEW)
        assert (answer.status_code, answer.json["code"]) == (409, "TOO_MANY_API_KEYS")
        assert str(KEYS_MAX) in answer.json["detail"]

    def test_account_that_was_deleted_meanwhile_gets_none(self, app: Flask, ada: User) -> None:
        caller = Identity(ada.id + 1, "gone", Role.AUTHOR, UUID(int=1), "", 1, authenticated_at=utcnow())
        with pytest.raises(TokenRevoked):
            create_api_key_of(caller, **NEW)

    def test_owner_is_told_by_mail(self, client: FlaskClient, headers: Headers, ada: User) -> None:
        key_id = client.post("/api/api-keys", headers=headers, json=NEW).json["id"]
        (job,) = db.session.scalars(sa.select(Job).where(Job.task == "mail.send"))
        assert job.payload["mail"] == "api_key_created"
        assert (job.payload["to"], job.payload["payload"]) == (ada.id, {"key_id": key_id})
        mail = api_key_created_mail.load(**job.payload["payload"])
        assert mail is not None
        assert mail["scopes"] == [SCOPES["posts:read"], SCOPES["tags:read"]]
        client.delete(f"/api/api-keys/{key_id}", headers=headers)
        db.session.remove()
        assert api_key_created_mail.load(key_id=key_id) is None


class TestList:
    def test_has_only_ones_own(self, client: FlaskClient, headers: Headers, ada: User) -> None:
        first, second = (create_api_key(ada, ["posts:read"])[0] for _ in range(2))
        create_api_key(create_account(), ["posts:read"])
        answer = client.get("/api/api-keys", headers=headers)
        assert [key["id"] for key in answer.json] == [str(second.id), str(first.id)]
        assert answer.headers["X-Total-Count"] == "2"
        assert "key" not in answer.json[0]

    def test_has_everyones_for_administrators(
        self, client: FlaskClient, headers: Headers, admin: Headers, ada: User
    ) -> None:
        create_api_key(ada, ["posts:read"])
        answer = client.get("/api/api-keys?owner=everyone", headers=admin)
        assert [key["owner"]["username"] for key in answer.json] == ["ada"]
        assert client.get("/api/api-keys", headers=admin).json == []
        refused = client.get("/api/api-keys?owner=everyone", headers=headers)
        assert (refused.status_code, refused.json["code"]) == (403, "FORBIDDEN")


class TestOne:
    @pytest.fixture
    def path(self, ada: User) -> str:
        return f"/api/api-keys/{create_api_key(ada, ['posts:read'])[0].id}"

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_of_another_is_not_found(self, client: FlaskClient, path: str, method: str) -> None:
        stranger = auth_headers(create_account(role=Role.EDITOR))
        body = {"json": {"name": "Mine"}} if method == "PATCH" else {}
        for place in (path, f"/api/api-keys/{UUID(int=7)}"):
            answer = client.open(place, method=method, headers=stranger, **body)
            assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
        assert [key.name for key in keys()] == ["Newsletter"]

    def test_is_renamed(self, client: FlaskClient, headers: Headers, path: str) -> None:
        etag = client.get(path, headers=headers).headers["ETag"]
        answer = client.patch(path, headers={**headers, "If-Match": etag}, json={"name": "Digest"})
        assert (answer.status_code, answer.json["name"]) == (200, "Digest")
        stale = client.patch(path, headers={**headers, "If-Match": etag}, json={"name": "Late"})
        assert (stale.status_code, stale.json["code"]) == (412, "PRECONDITION_FAILED")
        unchanged = client.patch(path, headers=headers, json={})
        assert unchanged.json == answer.json

    def test_is_not_modified(self, client: FlaskClient, headers: Headers, path: str) -> None:
        etag = client.get(path, headers=headers).headers["ETag"]
        assert client.get(path, headers={**headers, "If-None-Match": etag}).status_code == 304

    def test_use_does_not_stand_in_the_way_of_an_edit(
        self, client: FlaskClient, headers: Headers, path: str
    ) -> None:
        etag = client.get(path, headers=headers).headers["ETag"]
        with transaction() as session:
            session.execute(sa.update(ApiKey).values(last_used_at=utcnow()))
        assert client.get(path, headers={**headers, "If-None-Match": etag}).status_code == 200
        answer = client.patch(path, headers={**headers, "If-Match": etag}, json={"name": "Digest"})
        assert answer.status_code == 200

    def test_is_revoked_by_its_owner(self, client: FlaskClient, headers: Headers, path: str) -> None:
        stale = client.delete(path, headers={**headers, "If-Match": '"another"'})
        assert stale.status_code == 412
        assert client.delete(path, headers=headers).status_code == 204
        assert keys() == []

    def test_is_revoked_by_an_administrator(self, client: FlaskClient, admin: Headers, path: str) -> None:
        assert client.get(path, headers=admin).json["owner"]["username"] == "ada"
        assert client.delete(path, headers=admin).status_code == 204
        assert keys() == []

    def test_goes_with_its_owner(self, client: FlaskClient, admin: Headers, path: str, ada: User) -> None:
        assert client.delete(f"/api/users/{ada.id}", headers=admin).status_code == 204
        assert keys() == []
