"""The operations on users and authors: permissions, visibility of e-mail addresses, and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.passwords import verify_password
from service.extensions import db
from service.models.posts import PostStatus
from service.models.sessions import RefreshToken, Session
from service.models.users import Role, User
from tests.accounts import (
    auth_headers,
    bearer_header,
    create_account,
    reload_user,
    run_concurrently,
    tokens_of,
)
from tests.factories import create_post

INT8_MAX = 2**63 - 1

REGISTRATION = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery"}


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="Ada@Example.org", display_name="Ada Lovelace")


@pytest.fixture
def admin(app: Flask) -> User:
    return create_account(username="charles", role=Role.ADMIN)


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestRegisterUser:
    def test_creates_an_author(self, client: FlaskClient) -> None:
        response = client.post(
            "/api/users", json={**REGISTRATION, "display_name": "Ada L.", "bio": "Writes."}
        )
        assert response.status_code == 201
        assert response.headers["Location"] == f"/api/users/{response.json['id']}"
        shown = {
            key: response.json[key]
            for key in ("username", "email", "display_name", "bio", "role", "is_active")
        }
        assert shown == {
            "username": "ada",
            "email": "ada@example.org",
            "display_name": "Ada L.",
            "bio": "Writes.",
            "role": "author",
            "is_active": True,
        }
        password_hash = reload_user(response.json["id"]).password_hash
        assert password_hash is not None
        assert verify_password(password_hash, REGISTRATION["password"])

    def test_password_never_leaves(self, client: FlaskClient) -> None:
        response = client.post("/api/users", json=REGISTRATION)
        assert "password" not in response.json
        assert "argon2" not in response.text
        assert REGISTRATION["password"] not in response.text

    def test_display_name_is_the_username_unless_given(self, client: FlaskClient) -> None:
        assert client.post("/api/users", json=REGISTRATION).json["display_name"] == "ada"

    def test_role_is_the_configured_one(self, app: Flask, client: FlaskClient, monkeypatch: Any) -> None:
        configured = replace(app.extensions["settings"], default_role="reader")
        monkeypatch.setitem(app.extensions, "settings", configured)
        assert client.post("/api/users", json=REGISTRATION).json["role"] == "reader"

    @pytest.mark.parametrize(
        "field", ["role", "is_active", "id", "version", "password_hash", "token_version"]
    )
    def test_nobody_makes_himself_more_than_that(self, client: FlaskClient, field: str) -> None:
        response = client.post("/api/users", json={**REGISTRATION, field: "admin"})
        assert (response.status_code, response.json["errors"][0]["pointer"]) == (400, f"/{field}")

    @pytest.mark.parametrize("name", ["ada", "ADA", "aDa"])
    def test_username_is_unique_whatever_the_case(self, client: FlaskClient, ada: User, name: str) -> None:
        response = client.post(
            "/api/users", json={**REGISTRATION, "username": name, "email": "other@example.org"}
        )
        assert (response.status_code, response.json["code"]) == (409, "USERNAME_TAKEN")

    @pytest.mark.parametrize("address", ["ada@example.org", "ADA@EXAMPLE.ORG"])
    def test_address_is_unique_whatever_the_case(self, client: FlaskClient, ada: User, address: str) -> None:
        response = client.post("/api/users", json={**REGISTRATION, "username": "other", "email": address})
        assert (response.status_code, response.json["code"]) == (409, "EMAIL_TAKEN")
        assert count(User) == 1

    @pytest.mark.parametrize("name", ["admin", "Root", "API", "null"])
    def test_reserved_names_are_kept(self, client: FlaskClient, name: str) -> None:
        response = client.post("/api/users", json={**REGISTRATION, "username": name})
        assert (response.status_code, response.json["code"]) == (409, "USERNAME_RESERVED")

    @pytest.mark.parametrize("password", ["password", "Password1234", "12345678"])
    def test_passwords_that_everybody_guesses_are_refused(self, client: FlaskClient, password: str) -> None:
        response = client.post("/api/users", json={**REGISTRATION, "password": password})
        assert (response.status_code, response.json["code"]) == (409, "PASSWORD_TOO_COMMON")
        assert count(User) == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("username", "ab"),
            ("username", "a" * 33),
            ("username", "ada lovelace"),
            ("username", "adá"),
            ("username", "ada\n"),
            ("username", "аda"),
            ("username", ""),
            ("username", None),
            ("username", 17),
            ("email", "ada"),
            ("email", "ada@"),
            ("email", "ada@example.org\n"),
            ("email", "a" * 250 + "@example.org"),
            ("password", "7 chars"),
            ("password", "x" * 129),
            ("password", None),
            ("display_name", ""),
            ("display_name", "   "),
            ("display_name", "\u00a0\u3000\ufeff\u200b\n"),
            ("display_name", "x" * 81),
            ("bio", "x" * 1001),
        ],
        ids=ascii,
    )
    def test_refuses_what_the_schema_refuses(self, client: FlaskClient, field: str, value: Any) -> None:
        response = client.post("/api/users", json={**REGISTRATION, field: value})
        assert (response.status_code, response.json["code"]) == (400, "INVALID_INPUT")
        assert {error["pointer"] for error in response.json["errors"]} == {f"/{field}"}
        assert count(User) == 0

    @pytest.mark.parametrize("field", [*REGISTRATION, "display_name", "bio"])
    def test_refuses_nul(self, client: FlaskClient, field: str) -> None:
        """PostgreSQL cannot store it."""
        assert client.post("/api/users", json={**REGISTRATION, field: "correct\0horse"}).status_code == 400

    @pytest.mark.parametrize("field", REGISTRATION)
    def test_refuses_what_is_incomplete(self, client: FlaskClient, field: str) -> None:
        given = {name: value for name, value in REGISTRATION.items() if name != field}
        assert client.post("/api/users", json=given).status_code == 400

    @pytest.mark.parametrize("name", ["___", "-a-", "a" * 32, "007"])
    def test_takes_every_name_of_the_schema(self, client: FlaskClient, name: str) -> None:
        assert client.post("/api/users", json={**REGISTRATION, "username": name}).status_code == 201

    def test_other_media_type_is_refused(self, client: FlaskClient) -> None:
        assert client.post("/api/users", data=REGISTRATION).status_code == 415

    def test_is_limited(self, app: Flask, client: FlaskClient, monkeypatch: Any) -> None:
        limited = replace(app.extensions["settings"], rate_limit_register="2 per hour")
        monkeypatch.setitem(app.extensions, "settings", limited)
        names = ["ada", "bob", "cyd"]
        responses = [
            client.post("/api/users", json={**REGISTRATION, "username": name, "email": f"{name}@example.org"})
            for name in names
        ]
        assert [response.status_code for response in responses] == [201, 201, 429]
        assert int(responses[2].headers["Retry-After"]) > 0
        assert responses[2].json["code"] == "TOO_MANY_REQUESTS"

    def test_of_many_with_one_name_one_succeeds(self, app: Flask, client: FlaskClient) -> None:
        statuses = run_concurrently(
            app, 6, lambda own, _: own.post("/api/users", json=REGISTRATION).status_code
        )
        assert sorted(statuses) == [201, 409, 409, 409, 409, 409]


class TestListUsers:
    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.get("/api/users").status_code == 401

    def test_shows_everybody_in_order_of_registration(self, client: FlaskClient, ada: User) -> None:
        others = [create_account() for _ in range(3)]
        response = client.get("/api/users", headers=auth_headers(ada))
        assert [user["id"] for user in response.json] == [ada.id, *(other.id for other in others)]
        assert response.headers["X-Total-Count"] == "4"

    def test_shows_addresses_to_their_owner_only(self, client: FlaskClient, ada: User) -> None:
        create_account()
        response = client.get("/api/users", headers=auth_headers(ada))
        assert [user["email"] for user in response.json] == ["Ada@Example.org", None]

    def test_shows_roles_and_access_to_their_owner_only(self, client: FlaskClient, ada: User) -> None:
        create_account(role=Role.ADMIN, is_active=False)
        headers = auth_headers(ada)
        response = client.get("/api/users", headers=headers)
        assert [(user["role"], user["is_active"]) for user in response.json] == [
            ("author", True),
            (None, None),
        ]
        for user in response.json:
            one = client.get(f"/api/users/{user['id']}", headers=headers).json
            assert (one["role"], one["is_active"]) == (user["role"], user["is_active"])

    def test_shows_roles_and_access_to_administrators(
        self, client: FlaskClient, ada: User, admin: User
    ) -> None:
        gone = create_account(role=Role.EDITOR, is_active=False)
        headers = auth_headers(admin)
        users = {user["id"]: user for user in client.get("/api/users", headers=headers).json}
        assert (users[ada.id]["role"], users[ada.id]["is_active"]) == ("author", True)
        assert (users[gone.id]["role"], users[gone.id]["is_active"]) == ("editor", False)
        assert client.get(f"/api/users/{gone.id}", headers=headers).json == users[gone.id]

    def test_shows_addresses_to_administrators(self, client: FlaskClient, ada: User, admin: User) -> None:
        response = client.get("/api/users", headers=auth_headers(admin))
        assert [user["email"] for user in response.json] == ["Ada@Example.org", "charles@example.org"]

    def test_gives_the_page_that_is_asked_for(self, client: FlaskClient, ada: User) -> None:
        ids = [ada.id, *(create_account().id for _ in range(4))]
        response = client.get("/api/users?page=2&per_page=2", headers=auth_headers(ada))
        assert [user["id"] for user in response.json] == ids[2:4]
        assert response.headers["Link"] == (
            '</api/users?page=1&per_page=2>; rel="first", </api/users?page=1&per_page=2>; rel="prev", '
            '</api/users?page=3&per_page=2>; rel="next", </api/users?page=3&per_page=2>; rel="last"'
        )

    def test_beyond_the_end_is_empty(self, client: FlaskClient, ada: User) -> None:
        response = client.get("/api/users?page=1000000&per_page=100", headers=auth_headers(ada))
        assert (response.status_code, response.json, response.headers["X-Total-Count"]) == (200, [], "1")

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=1000001",
            "page=x",
            "page=",
            "page=1.0",
            "page=%D9%A1",
            "per_page=0",
            "per_page=101",
            "search=",
            "search=" + "x" * 101,
            "search=%00",
            "role=owner",
            "is_active=maybe",
        ],
    )
    def test_refuses_other_values(self, client: FlaskClient, ada: User, query: str) -> None:
        response = client.get(f"/api/users?{query}", headers=auth_headers(ada))
        assert response.status_code == 400
        assert [error["parameter"] for error in response.json["errors"]] == [query.split("=", maxsplit=1)[0]]

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("lovelace", ["ada"]),
            ("LOVE", ["ada"]),
            ("éMIL", ["emilie"]),
            ("e\u0301mil", ["emilie"]),
            ("ada", ["ada", "adalbert"]),
            ("%", ["percent"]),
            ("_", ["percent"]),
            ("\\", []),
            ("x' OR '1'='1", []),
            ("example", []),
        ],
    )
    def test_searches_names(self, client: FlaskClient, ada: User, search: str, found: list[str]) -> None:
        create_account(username="emilie", display_name="Émilie du Châtelet")
        create_account(username="adalbert")
        create_account(username="percent", display_name="100 %_")
        response = client.get("/api/users", query_string={"search": search}, headers=auth_headers(ada))
        assert [user["username"] for user in response.json] == found
        assert response.headers["X-Total-Count"] == str(len(found))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("role=editor", ["edith"]),
            ("role=author", ["ada", "gone"]),
            ("role=admin", ["charles"]),
            ("role=reader", []),
            ("is_active=false", ["gone"]),
            ("role=author&is_active=true", ["ada"]),
            ("role=author&search=lovelace", ["ada"]),
        ],
    )
    def test_administrators_filter_by_role_and_access(
        self, client: FlaskClient, ada: User, admin: User, query: str, found: list[str]
    ) -> None:
        create_account(username="edith", role=Role.EDITOR)
        create_account(username="gone", is_active=False)
        response = client.get(f"/api/users?{query}", headers=auth_headers(admin))
        assert [user["username"] for user in response.json] == found
        assert response.headers["X-Total-Count"] == str(len(found))

    @pytest.mark.parametrize("query", ["role=editor", "is_active=true", "is_active=false"])
    def test_others_do_not(self, client: FlaskClient, query: str) -> None:
        """Otherwise they could find out hidden roles, one filter after the other."""
        headers = auth_headers(create_account(role=Role.EDITOR))
        response = client.get(f"/api/users?{query}", headers=headers)
        assert (response.status_code, response.json["code"]) == (403, "ADMIN_ONLY")

    def test_only_administrators_find_by_address(self, client: FlaskClient, ada: User, admin: User) -> None:
        """Otherwise others could find out a hidden address letter by letter."""
        query = {"search": "ada@example"}
        assert client.get("/api/users", query_string=query, headers=auth_headers(ada)).json == []
        users = client.get("/api/users", query_string=query, headers=auth_headers(admin)).json
        assert [user["id"] for user in users] == [ada.id]

    def test_links_keep_the_search(self, client: FlaskClient, ada: User) -> None:
        response = client.get("/api/users?search=%C3%A9+%26", headers=auth_headers(ada))
        assert "</api/users?search=%C3%A9+%26&page=1&per_page=20>" in response.headers["Link"]


class TestGetUser:
    def test_shows_oneself(self, client: FlaskClient, ada: User) -> None:
        response = client.get(f"/api/users/{ada.id}", headers=auth_headers(ada))
        assert (response.json["id"], response.json["email"]) == (ada.id, "Ada@Example.org")

    def test_shows_others_without_address(self, client: FlaskClient, ada: User, admin: User) -> None:
        response = client.get(f"/api/users/{admin.id}", headers=auth_headers(ada))
        assert (response.json["username"], response.json["email"]) == ("charles", None)

    def test_shows_everything_to_administrators(self, client: FlaskClient, ada: User, admin: User) -> None:
        assert (
            client.get(f"/api/users/{ada.id}", headers=auth_headers(admin)).json["email"] == "Ada@Example.org"
        )

    def test_needs_a_token(self, client: FlaskClient, ada: User) -> None:
        assert client.get(f"/api/users/{ada.id}").status_code == 401

    @pytest.mark.parametrize(
        "user_id", ["0", "-1", "x", "999999", str(INT8_MAX), str(INT8_MAX + 1), "9" * 40, "1_0"]
    )
    def test_absent_is_404(self, client: FlaskClient, ada: User, user_id: str) -> None:
        response = client.get(f"/api/users/{user_id}", headers=auth_headers(ada))
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")

    def test_unchanged_is_304(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        etag = client.get(f"/api/users/{ada.id}", headers=headers).headers["ETag"]
        again = client.get(f"/api/users/{ada.id}", headers={**headers, "If-None-Match": etag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
        client.patch(f"/api/users/{ada.id}", headers=headers, json={"bio": "New."})
        assert (
            client.get(f"/api/users/{ada.id}", headers={**headers, "If-None-Match": etag}).status_code == 200
        )

    def test_what_others_see_has_another_tag(self, client: FlaskClient, ada: User, admin: User) -> None:
        """With the same ETag a cache could send the e-mail address in an administrator's response to others."""
        own, by_admin, by_other = (
            client.get(f"/api/users/{ada.id}", headers=auth_headers(viewer)).headers["ETag"]
            for viewer in (ada, admin, create_account())
        )
        assert own == by_admin != by_other


PROFILE = {"username": "ada", "display_name": "Ada", "email": "ada@example.org"}

CHANGES: list[tuple[str, Callable[[FlaskClient, int, dict[str, str], dict[str, Any]], Any]]] = [
    (
        "put",
        lambda client, user_id, headers, body: client.put(
            f"/api/users/{user_id}", headers=headers, json={**PROFILE, **body}
        ),
    ),
    (
        "patch",
        lambda client, user_id, headers, body: client.patch(
            f"/api/users/{user_id}", headers=headers, json=body
        ),
    ),
]


@pytest.mark.parametrize("change", [call for _, call in CHANGES], ids=[name for name, _ in CHANGES])
class TestChanges:
    """Rules that replaceUser and updateUser share."""

    def test_owner_changes_the_profile(self, client: FlaskClient, ada: User, change: Any) -> None:
        headers = auth_headers(ada)
        response = change(
            client, ada.id, headers, {"display_name": "Countess", "bio": "Math.", "username": "Ada-L"}
        )
        assert response.status_code == 200
        assert client.get(f"/api/users/{ada.id}", headers=headers).json == response.json
        assert [response.json[name] for name in ("display_name", "bio", "username")] == [
            "Countess",
            "Math.",
            "Ada-L",
        ]

    def test_administrator_changes_anybody(
        self, client: FlaskClient, ada: User, admin: User, change: Any
    ) -> None:
        response = change(client, ada.id, auth_headers(admin), {"role": "editor", "bio": "Promoted."})
        assert (response.status_code, response.json["role"], response.json["bio"]) == (
            200,
            "editor",
            "Promoted.",
        )

    def test_nobody_else_does(self, client: FlaskClient, ada: User, change: Any) -> None:
        editor = create_account(role=Role.EDITOR)
        response = change(client, ada.id, auth_headers(editor), {"bio": "Mine."})
        assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_ACCOUNT")
        assert reload_user(ada.id).bio == ""

    @pytest.mark.parametrize("field", [{"role": "admin"}, {"role": "reader"}, {"is_active": False}], ids=str)
    def test_nobody_sets_his_own_rank(
        self, client: FlaskClient, ada: User, change: Any, field: dict[str, Any]
    ) -> None:
        response = change(client, ada.id, auth_headers(ada), field)
        assert (response.status_code, response.json["code"]) == (403, "ADMIN_ONLY")
        assert (reload_user(ada.id).role, reload_user(ada.id).is_active) == (Role.AUTHOR, True)

    def test_naming_ones_own_rank_changes_nothing(self, client: FlaskClient, ada: User, change: Any) -> None:
        headers = auth_headers(ada)
        assert change(client, ada.id, headers, {"role": "author", "is_active": True}).status_code == 200
        assert client.get("/api/auth/me", headers=headers).status_code == 200

    def test_needs_a_token(self, client: FlaskClient, ada: User, change: Any) -> None:
        assert change(client, ada.id, {}, {"bio": "x"}).status_code == 401

    def test_absent_is_404(self, client: FlaskClient, admin: User, change: Any) -> None:
        assert change(client, 999_999, auth_headers(admin), {"bio": "x"}).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [{"password": "x" * 10}, {"id": 7}, {"role": "king"}, {"is_active": "yes"}, {"bio": None}],
        ids=str,
    )
    def test_refuses_what_the_schema_refuses(
        self, client: FlaskClient, ada: User, change: Any, body: dict[str, Any]
    ) -> None:
        response = change(client, ada.id, auth_headers(ada), body)
        assert (response.status_code, response.json["code"]) == (400, "INVALID_INPUT")

    def test_taken_names_are_409(self, client: FlaskClient, ada: User, admin: User, change: Any) -> None:
        for caller, body, code in (
            (ada, {"username": "CHARLES"}, "USERNAME_TAKEN"),
            (admin, {"email": "Charles@example.org"}, "EMAIL_TAKEN"),
        ):
            response = change(client, ada.id, auth_headers(caller), body)
            assert (response.status_code, response.json["code"]) == (409, code)

    def test_reserved_names_are_409(self, client: FlaskClient, ada: User, change: Any) -> None:
        response = change(client, ada.id, auth_headers(ada), {"username": "Support"})
        assert (response.status_code, response.json["code"]) == (409, "USERNAME_RESERVED")

    def test_ones_own_names_are_not_taken(self, client: FlaskClient, ada: User, change: Any) -> None:
        assert (
            change(client, ada.id, auth_headers(ada), {"username": "ADA", "email": "ADA@EXAMPLE.ORG"}).json[
                "username"
            ]
            == "ADA"
        )

    def test_reserved_name_that_one_has_can_stay(self, client: FlaskClient, change: Any) -> None:
        root = create_account(username="root", role=Role.ADMIN)
        response = change(client, root.id, auth_headers(root), {"username": "Root", "bio": "Still here."})
        assert (response.status_code, response.json["username"]) == (200, "Root")

    def test_of_another_version_is_412(self, client: FlaskClient, ada: User, change: Any) -> None:
        headers = auth_headers(ada)
        etag = client.get(f"/api/users/{ada.id}", headers=headers).headers["ETag"]
        assert change(client, ada.id, {**headers, "If-Match": etag}, {"bio": "First."}).status_code == 200
        stale = change(client, ada.id, {**headers, "If-Match": etag}, {"bio": "Second."})
        assert (stale.status_code, stale.json["code"]) == (412, "PRECONDITION_FAILED")
        assert reload_user(ada.id).bio == "First."
        assert change(client, ada.id, {**headers, "If-Match": "*"}, {"bio": "Third."}).status_code == 200

    @pytest.mark.parametrize("body", [{"role": "editor"}, {"is_active": False}], ids=str)
    def test_new_rank_ends_every_session(
        self, client: FlaskClient, ada: User, admin: User, change: Any, body: dict[str, Any]
    ) -> None:
        sessions = [tokens_of(ada) for _ in range(2)]
        assert change(client, ada.id, auth_headers(admin), body).status_code == 200
        for tokens in sessions:
            assert (
                client.get("/api/auth/me", headers=bearer_header(tokens.access_token)).json["code"]
                == "TOKEN_REVOKED"
            )
            assert (
                client.post("/api/auth/refresh", headers=bearer_header(tokens.refresh_token)).status_code
                == 401
            )

    def test_another_profile_ends_none(self, client: FlaskClient, ada: User, change: Any) -> None:
        headers = auth_headers(ada)
        change(client, ada.id, headers, {"bio": "x", "email": "new@example.org"})
        assert client.get("/api/auth/me", headers=headers).json["pending_email"] == "new@example.org"

    @pytest.mark.parametrize("body", [{"role": "editor"}, {"is_active": False}], ids=str)
    def test_last_administrator_stays(
        self, client: FlaskClient, admin: User, change: Any, body: dict[str, Any]
    ) -> None:
        create_account(role=Role.ADMIN, is_active=False)
        headers = auth_headers(admin)
        response = change(
            client, admin.id, headers, {"username": "charles", "email": "c@example.org", **body}
        )
        assert (response.status_code, response.json["code"]) == (409, "LAST_ADMIN")
        assert client.get("/api/auth/me", headers=headers).json["role"] == "admin"

    def test_one_of_two_administrators_may_go(self, client: FlaskClient, admin: User, change: Any) -> None:
        second = create_account(role=Role.ADMIN)
        body = {"role": "reader", "username": "charles", "email": "c@example.org"}
        assert change(client, admin.id, auth_headers(second), body).status_code == 200


class TestReplaceUser:
    def test_resets_what_is_left_out(self, client: FlaskClient, ada: User, admin: User) -> None:
        client.patch(
            f"/api/users/{ada.id}", headers=auth_headers(admin), json={"bio": "Old.", "role": "editor"}
        )
        response = client.put(f"/api/users/{ada.id}", headers=auth_headers(ada), json=PROFILE)
        assert (response.json["bio"], response.json["role"]) == ("", "editor")

    @pytest.mark.parametrize("field", PROFILE)
    def test_needs_the_whole_profile(self, client: FlaskClient, ada: User, field: str) -> None:
        body = {name: value for name, value in PROFILE.items() if name != field}
        assert client.put(f"/api/users/{ada.id}", headers=auth_headers(ada), json=body).status_code == 400


class TestUpdateUser:
    def test_changes_nothing_else(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        before = client.get(f"/api/users/{ada.id}", headers=headers).json
        after = client.patch(f"/api/users/{ada.id}", headers=headers, json={"bio": "New."}).json
        assert {name for name in before if before[name] != after[name]} == {"bio", "updated_at"}

    def test_nothing_to_change_is_no_change(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        before = client.get(f"/api/users/{ada.id}", headers=headers)
        assert client.patch(f"/api/users/{ada.id}", headers=headers, json={}).json == before.json
        assert client.get(f"/api/users/{ada.id}", headers=headers).headers["ETag"] == before.headers["ETag"]

    def test_two_administrators_cannot_demote_each_other(self, app: Flask, client: FlaskClient) -> None:
        pair = [create_account(role=Role.ADMIN) for _ in range(2)]
        headers = [auth_headers(user) for user in pair]

        def demote_the_other(own: FlaskClient, index: int) -> int:
            return own.patch(
                f"/api/users/{pair[1 - index].id}", headers=headers[index], json={"role": "reader"}
            ).status_code

        statuses = run_concurrently(app, 2, demote_the_other)
        # The later one is demoted already (its token is revoked) or would be the last administrator.
        assert statuses.count(200) == 1
        assert set(statuses) <= {200, 401, 403, 409}
        assert [reload_user(user.id).role for user in pair].count(Role.ADMIN) == 1


class TestDeleteUser:
    @pytest.fixture(autouse=True)
    def _at_once(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let there be no grace period; `test_deletion.py` has one."""
        settings = replace(app.extensions["settings"], account_deletion_days=0)
        monkeypatch.setitem(app.extensions, "settings", settings)

    def test_owner_leaves_nothing(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        response = client.delete(f"/api/users/{ada.id}", headers=headers)
        assert (response.status_code, response.data) == (204, b"")
        assert client.get("/api/auth/me", headers=headers).json["code"] == "TOKEN_REVOKED"
        assert (count(User), count(Session), count(RefreshToken)) == (0, 0, 0)

    def test_id_is_never_used_again(self, client: FlaskClient, ada: User) -> None:
        """Otherwise an old token or link would refer to another user."""
        client.delete(f"/api/users/{ada.id}", headers=auth_headers(ada))
        assert client.post("/api/users", json=REGISTRATION).json["id"] > ada.id

    def test_administrator_deletes_anybody(self, client: FlaskClient, ada: User, admin: User) -> None:
        headers = auth_headers(admin)
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 204
        assert client.get(f"/api/users/{ada.id}", headers=headers).status_code == 404
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 404

    def test_nobody_else_does(self, client: FlaskClient, ada: User) -> None:
        response = client.delete(
            f"/api/users/{ada.id}", headers=auth_headers(create_account(role=Role.EDITOR))
        )
        assert (response.status_code, response.json["code"]) == (403, "NOT_YOUR_ACCOUNT")

    def test_needs_a_token(self, client: FlaskClient, ada: User) -> None:
        assert client.delete(f"/api/users/{ada.id}").status_code == 401

    def test_last_administrator_stays(self, client: FlaskClient, admin: User) -> None:
        create_account(role=Role.ADMIN, is_active=False)
        response = client.delete(f"/api/users/{admin.id}", headers=auth_headers(admin))
        assert (response.status_code, response.json["code"]) == (409, "LAST_ADMIN")

    def test_inactive_administrator_may_go(self, client: FlaskClient, admin: User) -> None:
        inactive = create_account(role=Role.ADMIN, is_active=False)
        assert client.delete(f"/api/users/{inactive.id}", headers=auth_headers(admin)).status_code == 204

    def test_of_another_version_is_412(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        stale = client.delete(f"/api/users/{ada.id}", headers={**headers, "If-Match": '"user-0-0"'})
        assert stale.status_code == 412
        etag = client.get(f"/api/users/{ada.id}", headers=headers).headers["ETag"]
        assert client.delete(f"/api/users/{ada.id}", headers={**headers, "If-Match": etag}).status_code == 204

    def test_bad_condition_is_400(self, client: FlaskClient, ada: User) -> None:
        response = client.delete(
            f"/api/users/{ada.id}", headers={**auth_headers(ada), "If-Match": "unquoted"}
        )
        assert (response.status_code, response.json["errors"][0]["parameter"]) == (400, "If-Match")


class TestGetAuthor:
    @pytest.mark.parametrize("name", ["ada", "ADA"])
    def test_shows_the_public_side_to_anybody(self, client: FlaskClient, ada: User, name: str) -> None:
        response = client.get(f"/api/authors/{name}")
        assert response.status_code == 200
        assert response.json.keys() == {
            *("id", "username", "display_name", "bio", "avatar"),
            *("first_published_at", "created_at"),
        }
        assert (response.json["username"], response.json["display_name"]) == ("ada", "Ada Lovelace")

    def test_looks_at_no_token(self, client: FlaskClient, ada: User) -> None:
        assert client.get("/api/authors/ada", headers={"Authorization": "Bearer junk"}).status_code == 200

    @pytest.mark.parametrize("name", ["nobody-here", "ad%C3%A1", "a", "x" * 33, "ada%20", "ada%00", "%25"])
    def test_absent_is_404(self, client: FlaskClient, ada: User, name: str) -> None:
        response = client.get(f"/api/authors/{name}")
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")

    @pytest.mark.parametrize("given", [{"role": Role.READER}, {"is_active": False}], ids=str)
    def test_who_does_not_write_is_no_author(self, client: FlaskClient, given: dict[str, Any]) -> None:
        create_account(username="quiet", **given)
        assert client.get("/api/authors/quiet").status_code == 404

    def test_unchanged_is_304(self, client: FlaskClient, ada: User) -> None:
        etag = client.get("/api/authors/ada").headers["ETag"]
        assert client.get("/api/authors/ada", headers={"If-None-Match": etag}).status_code == 304

    def test_first_post_is_the_earliest_that_anybody_can_read(self, client: FlaskClient, ada: User) -> None:
        def day(number: int) -> datetime:
            return datetime(2026, 3, number, tzinfo=UTC)

        def first() -> Any:
            return client.get("/api/authors/ada").json["first_published_at"]

        # Back to a draft: it keeps the time of its publication.
        create_post(ada, status=PostStatus.DRAFT, published_at=day(1))
        create_post(ada, status=PostStatus.PUBLISHED, published_at=day(2), trashed_at=day(9))
        create_post(create_account(username="grace"), status=PostStatus.PUBLISHED, published_at=day(3))
        assert first() is None
        create_post(ada, status=PostStatus.PUBLISHED, published_at=day(6))
        create_post(ada, status=PostStatus.PUBLISHED, published_at=day(5))
        assert first() == "2026-03-05T00:00:00Z"
        create_post(ada, status=PostStatus.ARCHIVED, published_at=day(4))
        assert first() == "2026-03-04T00:00:00Z"

    def test_a_first_post_is_another_version(self, client: FlaskClient, ada: User) -> None:
        etag = client.get("/api/authors/ada").headers["ETag"]
        create_post(ada, status=PostStatus.PUBLISHED)
        assert client.get("/api/authors/ada", headers={"If-None-Match": etag}).status_code == 200


class TestCommentNotifications:
    def test_are_on_at_first(self, client: FlaskClient) -> None:
        assert client.post("/api/users", json=REGISTRATION).json["comment_notifications"] is True

    def test_are_for_the_owner_to_switch(self, client: FlaskClient, ada: User) -> None:
        headers = auth_headers(ada)
        response = client.patch(
            f"/api/users/{ada.id}", headers=headers, json={"comment_notifications": False}
        )
        assert (response.status_code, response.json["comment_notifications"]) == (200, False)
        assert client.get("/api/auth/me", headers=headers).json["comment_notifications"] is False
        # A replacement of the profile leaves them.
        profile = {name: response.json[name] for name in ("username", "display_name", "email")}
        response = client.put(f"/api/users/{ada.id}", headers={**headers, "If-Match": "*"}, json=profile)
        assert (response.status_code, response.json["comment_notifications"]) == (200, False)

    def test_are_nobody_elses_business(self, client: FlaskClient, ada: User) -> None:
        other = auth_headers(create_account())
        assert client.get(f"/api/users/{ada.id}", headers=other).json["comment_notifications"] is None
        body = {"comment_notifications": False}
        assert client.patch(f"/api/users/{ada.id}", headers=other, json=body).status_code == 403
        assert reload_user(ada.id).comment_notifications is True
