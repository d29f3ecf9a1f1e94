"""What one request goes through, in which order, and what of it is told."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.contract import current_identity
from tests.contract.sample_app import AppHooks, checked_client, create_sample_app

ADA = {"Authorization": "Bearer ada"}
EVE = {"Authorization": "Bearer eve"}


@pytest.fixture
def hooks() -> AppHooks:
    return AppHooks()


@pytest.fixture
def client(hooks: AppHooks) -> FlaskClient:
    return checked_client(create_sample_app(hooks))


class TestOrder:
    """401, then 403, then 429, then parameters, then the body, then the method."""

    def test_no_token_and_a_bad_body_is_401(self, client: FlaskClient) -> None:
        answer = client.post("/books", data="{", content_type="application/json")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_role_comes_before_the_body(self, client: FlaskClient) -> None:
        assert (
            client.post("/books", data="{", content_type="application/json", headers=EVE).status_code == 403
        )

    def test_refused_calls_are_not_counted(self, client: FlaskClient, hooks: AppHooks) -> None:
        client.post("/books", json={"title": "x"})
        assert hooks.calls_left == 100

    def test_limit_comes_before_the_body(self, client: FlaskClient, hooks: AppHooks) -> None:
        hooks.calls_left = 0
        answer = client.post("/books", data="{", content_type="application/json", headers=ADA)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "60"

    def test_parameters_come_before_the_body(self, client: FlaskClient) -> None:
        answer = client.post("/books?x=1", data="{", content_type="text/plain", headers=ADA)
        assert answer.status_code == 400
        assert answer.json["errors"][0]["parameter"] == "x"

    def test_a_condition_is_asked_for_before_the_body(self, client: FlaskClient) -> None:
        assert client.put("/books/1", data="{", headers=ADA).status_code == 428

    def test_a_bad_body_does_not_reach_the_method(self, client: FlaskClient, hooks: AppHooks) -> None:
        client.post("/books", json={"title": ""}, headers=ADA)
        assert hooks.events == []


class TestCredentials:
    def test_optional_without_a_token(self, client: FlaskClient) -> None:
        assert client.get("/books").headers["X-Caller"] == "nobody"

    def test_optional_with_a_token(self, client: FlaskClient) -> None:
        assert client.get("/books", headers=ADA).headers["X-Caller"] == "ada"

    @pytest.mark.parametrize("header", ["Bearer bad", "Basic x", "bearer ada", ""])
    def test_optional_with_a_bad_header_is_401(self, client: FlaskClient, header: str) -> None:
        assert client.get("/books", headers={"Authorization": header}).status_code == 401


class TestIdentity:
    def test_is_there_for_the_rest_of_the_request(self, client: FlaskClient, hooks: AppHooks) -> None:
        with client:
            client.post("/books", json={"title": "x"}, headers=ADA)
            assert (current_identity(), hooks.limited) == ("ada", [("write", "ada")])

    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [("/books/1", {}, 200), ("/books", {}, 200), ("/books", {"Authorization": "Bearer bad"}, 401)],
        ids=["public", "optional", "refused"],
    )
    def test_is_not_that_of_the_request_before(
        self, client: FlaskClient, path: str, headers: dict[str, str], status: int
    ) -> None:
        # Both requests have the `g` of the context around them.
        with client.application.app_context():
            client.get("/books", headers=ADA)
            assert current_identity() == "ada"
            assert client.get(path, headers=headers).status_code == status
            assert current_identity() is None


class TestInput:
    def test_parameters_are_converted(self, client: FlaskClient, hooks: AppHooks) -> None:
        assert len(client.get("/books?limit=1&word=Em", headers={"X-Shelf": "a"}).json) == 1

    def test_all_that_is_wrong_is_told_at_once(self, client: FlaskClient) -> None:
        answer = client.get(
            "/books?limit=0&word=longer-than-ten&more=1", headers={"X-Shelf": "longer-than-ten"}
        )
        assert {error["parameter"] for error in answer.json["errors"]} == {"limit", "word", "more", "X-Shelf"}

    @pytest.mark.parametrize(
        "path", ["/books/0", "/books/01", "/books/%D9%A1", "/books/9223372036854775808", "/books/-1"]
    )
    def test_what_is_no_id_is_404(self, client: FlaskClient, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_trailing_slash_is_answered(self, client: FlaskClient) -> None:
        assert client.get("/books/1/").json["title"] == "Emma"

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/title", "REQUIRED"),
            ({"title": ""}, "/title", "TOO_SHORT"),
            ({"title": "x" * 51}, "/title", "TOO_LONG"),
            ({"title": None}, "/title", "WRONG_TYPE"),
            ({"title": "a\u0000b"}, None, None),
            ({"title": "x", "id": 2}, "/id", "UNKNOWN_PROPERTY"),
            ({"title": "x", "a/b~c": 2}, "/a~1b~0c", "UNKNOWN_PROPERTY"),
            ([], "", "WRONG_TYPE"),
        ],
    )
    def test_body_is_held_to_its_schema(
        self, client: FlaskClient, body: Any, pointer: str | None, code: str | None
    ) -> None:
        answer = client.post("/books", json=body, headers=ADA)
        assert answer.status_code == 400
        if pointer is not None:
            found = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
            assert (pointer, code) in found

    def test_values_are_not_repeated(self, client: FlaskClient) -> None:
        answer = client.post("/books", json={"title": ["my secret"]}, headers=ADA)
        assert b"secret" not in answer.data

    def test_too_large(self, client: FlaskClient) -> None:
        assert client.post("/books", json={"title": "x" * 1000}, headers=ADA).status_code == 413

    def test_wrong_media_type(self, client: FlaskClient) -> None:
        assert (
            client.post("/books", data='{"title": "x"}', content_type="text/plain", headers=ADA).status_code
            == 415
        )


class TestOutcome:
    def test_success_is_committed_after_marshalling(self, client: FlaskClient, hooks: AppHooks) -> None:
        answer = client.post("/books", json={"title": "Persuasion"}, headers=ADA)
        assert (answer.status_code, answer.json) == (201, {"id": 2, "title": "Persuasion", "note": None})
        assert answer.headers["Location"] == "/books/2"
        assert hooks.events == ["begin", "post", "commit"]

    def test_headers_of_the_limit_go_with_every_answer(self, client: FlaskClient) -> None:
        for title in ("Persuasion", "Emma"):
            assert (
                client.post("/books", json={"title": title}, headers=ADA)
                .headers["RateLimit"]
                .startswith('"write"')
            )

    def test_declared_problem_rolls_back(self, client: FlaskClient, hooks: AppHooks) -> None:
        answer = client.post("/books", json={"title": "Emma"}, headers=ADA)
        assert (answer.status_code, answer.json["code"]) == (409, "BOOK_TAKEN")
        assert answer.json["detail"] == "Another book has this title."
        assert hooks.events[-1] == "rollback"

    def test_exception_of_a_driver_is_translated(self, client: FlaskClient) -> None:
        answer = client.post("/books", json={"title": "driver"}, headers=ADA)
        assert (answer.status_code, answer.json["code"]) == (409, "BOOK_TAKEN")
        assert b"secret" not in answer.data

    @pytest.mark.parametrize("testing", [True, False])
    def test_bug_is_500_and_tells_nothing(self, hooks: AppHooks, testing: bool) -> None:
        answer = checked_client(create_sample_app(hooks, testing=testing)).post(
            "/books", json={"title": "bug"}, headers=ADA
        )
        assert (answer.status_code, answer.json["code"]) == (500, "INTERNAL_SERVER_ERROR")
        assert b"secret" not in answer.data
        assert hooks.events[-1] == "rollback"

    def test_reading_opens_no_transaction(self, client: FlaskClient, hooks: AppHooks) -> None:
        client.get("/books/1")
        assert hooks.events == []

    def test_undeclared_success_is_a_bug(self, hooks: AppHooks) -> None:
        answer = create_sample_app(hooks).test_client().get("/books/lies")
        assert answer.status_code == 500

    def test_named_tuple_is_a_thing(self, client: FlaskClient) -> None:
        assert client.get("/books/first").json == {"id": 1, "title": "Emma", "note": None}

    def test_head_has_no_body(self, client: FlaskClient) -> None:
        answer = client.head("/books/1")
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (200, b"", '"v1"')

    def test_204_has_neither_body_nor_type(self, client: FlaskClient) -> None:
        answer = client.delete("/books/1", headers=ADA)
        assert (answer.status_code, answer.data, answer.content_type) == (204, b"", None)


class TestConditions:
    @pytest.mark.parametrize("tag", ['"v1"', 'W/"v1"', '"a", "v1"', "*"])
    def test_304_when_the_client_has_it(self, client: FlaskClient, tag: str) -> None:
        answer = client.get("/books/1", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"v1"')

    @pytest.mark.parametrize("tag", ['"v2"', "", 'W/"v2"'])
    def test_200_when_it_has_another(self, client: FlaskClient, tag: str) -> None:
        assert client.get("/books/1", headers={"If-None-Match": tag}).status_code == 200

    def test_the_tag_is_enough_for_304(self, client: FlaskClient, hooks: AppHooks) -> None:
        assert client.get("/books/1/cover", headers={"If-None-Match": '"v1"'}).status_code == 304
        assert hooks.events == ["tag"]

    def test_another_version_is_made(self, client: FlaskClient, hooks: AppHooks) -> None:
        assert client.get("/books/1/cover", headers={"If-None-Match": '"v0"'}).json["title"] == "Emma"
        assert client.get("/books/1/cover").headers["ETag"] == '"v1"'
        assert hooks.events == ["tag", "made", "made"]

    @pytest.mark.parametrize("tag", ['"v1"', 'W/"v1"', '"x" , "v1"', "*"])
    def test_change_of_the_current_version(self, client: FlaskClient, tag: str) -> None:
        answer = client.put("/books/1", json={"title": "Lady Susan"}, headers={**ADA, "If-Match": tag})
        assert answer.json["title"] == "Lady Susan"

    def test_stale_is_412(self, client: FlaskClient) -> None:
        assert (
            client.put("/books/1", json={"title": "x"}, headers={**ADA, "If-Match": '"v0"'}).status_code
            == 412
        )

    @pytest.mark.parametrize(
        "tag", ["v1", "", '"v1', "*,*", '"a" "b"', '"v1"\t', '"v1"x', '"' + "x" * 1000 + '"']
    )
    def test_bad_syntax_is_400(self, client: FlaskClient, tag: str) -> None:
        answer = client.put("/books/1", json={"title": "x"}, headers={**ADA, "If-Match": tag})
        assert answer.status_code == 400
        assert answer.json["errors"][0]["parameter"] == "If-Match"

    def test_absent_is_404_before_412(self, client: FlaskClient) -> None:
        assert (
            client.put("/books/9", json={"title": "x"}, headers={**ADA, "If-Match": '"v0"'}).status_code
            == 404
        )

    def test_honoured_where_not_required(self, client: FlaskClient) -> None:
        assert client.delete("/books/1", headers={**ADA, "If-Match": '"v0"'}).status_code == 412
        assert client.delete("/books/1", headers=ADA).status_code == 204


class TestOutsideOperations:
    def test_unknown_route(self, client: FlaskClient) -> None:
        answer = client.get("/nope", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")

    def test_wrong_method_names_the_right_ones(self, client: FlaskClient) -> None:
        answer = client.put("/books")
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}

    def test_options(self, client: FlaskClient) -> None:
        assert client.options("/books/1").headers["Allow"]
