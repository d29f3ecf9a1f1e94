"""What is to go says so: in the document, in every answer, to the log, and to the next release."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_restx import Model, fields, reqparse
from openapi_spec_validator import validate
from werkzeug.http import parse_date

from service.contract import (
    Api,
    ContractError,
    DeprecatedUse,
    Deprecation,
    Namespace,
    Resource,
    deprecated,
    public,
)
from service.contract.checks.compatibility import (
    ChangeLevel,
    ReleaseError,
    Releases,
    Version,
    compare,
    expired_sunsets,
)
from service.contract.checks.conformance import ContractChecker
from service.contract.deprecated_properties import DeprecatedProperties
from service.contract.types import string
from tests.contract.deprecated_app import NOTE, SINCE, SUNSET, WORD, create_app
from tests.contract.standalone.contract_run import failures
from tests.coverage.observed import Fact, declared_facts, facts_from_response
from tests.servers import ROOT, free_port, running

ADA = {"Authorization": "Bearer ada"}
AT = {
    day: f"@{datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp():.0f}"
    for day in (SINCE, WORD.since, NOTE.since)
}


@pytest.fixture
def uses() -> list[DeprecatedUse]:
    """Return where the application reports to."""
    return []


@pytest.fixture
def app(uses: list[DeprecatedUse]) -> Flask:
    return create_app(uses.append)


@pytest.fixture
def seen() -> set[Fact]:
    """Return what the client has seen of the document."""
    return set()


@pytest.fixture
def client(app: Flask, seen: set[Fact]) -> FlaskClient:
    """Return a client whose every answer is held to the document."""
    conformance = ContractChecker(app.extensions["api"].document)

    class Checked(FlaskClient):
        def open(self, *args: Any, **options: Any) -> Any:
            answer = super().open(*args, **options)
            sent = answer.request
            found = conformance.check(
                sent.method, sent.path, answer.status_code, dict(answer.headers), answer.data
            )
            seen.update(facts_from_response(found) if found else ())
            return answer

    app.test_client_class = Checked
    return app.test_client()


class TestDocument:
    @pytest.fixture
    def document(self, app: Flask) -> dict[str, Any]:
        return app.extensions["api"].document

    def test_is_valid(self, document: dict[str, Any]) -> None:
        validate(document)

    def test_operation(self, document: dict[str, Any]) -> None:
        operation = document["paths"]["/books"]["get"]
        assert (operation["deprecated"], operation["x-sunset"]) == (True, "2027-01-31")
        assert operation["description"] == (
            "Deprecated since 2026-11-01; use `listTitles` instead. It may be removed from 2027-01-31 on."
        )

    def test_without_a_sunset(self, document: dict[str, Any]) -> None:
        operation = document["paths"]["/books/{book_id}/title"]["get"]
        assert (operation["deprecated"], "x-sunset" in operation) == (True, False)
        assert operation["description"] == "Deprecated since 2026-11-01."

    def test_argument(self, document: dict[str, Any]) -> None:
        parameters = {each["name"]: each for each in document["paths"]["/books/titles"]["get"]["parameters"]}
        assert "deprecated" not in parameters["title"]
        assert (parameters["word"]["deprecated"], parameters["word"]["x-sunset"]) == (True, "2027-06-30")
        assert parameters["word"]["description"].startswith(
            "A word. Deprecated since 2026-10-01; use `title`"
        )

    @pytest.mark.parametrize("model", ["Book", "NewBook"], ids=["output", "input"])
    def test_property(self, document: dict[str, Any], model: str) -> None:
        note = document["components"]["schemas"][model]["properties"]["note"]
        assert note["deprecated"] is True
        assert note["description"] == "A note. Deprecated since 2026-09-01; use `title` instead."

    def test_every_answer_of_a_deprecated_operation_has_to_say_so(self, document: dict[str, Any]) -> None:
        answers = document["paths"]["/books"]["get"]["responses"]
        assert {"200", "400", "401", "403", "429", "500", "503"} == set(answers)
        for answer in answers.values():
            assert answer["headers"]["Deprecation"]["required"] is True
            assert answer["headers"]["Sunset"]["required"] is True
        assert answers["200"]["headers"]["Link"]["description"] == "Pages."

    def test_of_an_argument_or_property_an_answer_may_say_so(self, document: dict[str, Any]) -> None:
        for path, method in (("/books/titles", "get"), ("/books", "post")):
            for answer in document["paths"][path][method]["responses"].values():
                assert "required" not in answer["headers"]["Deprecation"]
                assert "required" not in answer["headers"]["Sunset"]

    def test_nothing_else_has_the_headers(self, app: Flask) -> None:
        title = create_app().extensions["api"].document["paths"]["/books/{book_id}/title"]["get"]
        assert set(title["responses"]["200"]["headers"]) == {"Deprecation"}


class TestHeaders:
    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            ({"headers": ADA}, 200),
            ({"headers": ADA, "query_string": "more=1"}, 400),
            ({}, 401),
            ({"headers": {"Authorization": "Bearer eve"}}, 403),
            ({"headers": ADA, "query_string": "title=bug"}, 500),
        ],
    )
    def test_go_with_every_answer(self, client: FlaskClient, request_: dict[str, Any], status: int) -> None:
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        answer = client.get("/books", **request_)
        assert answer.status_code == status
        assert answer.headers["Deprecation"] == AT[SINCE]
        assert parse_date(answer.headers["Sunset"]) == datetime(2027, 1, 31, tzinfo=UTC)

    def test_go_with_what_never_got_to_the_operation(self, app: Flask) -> None:
        answer = app.test_client().get("/books", headers={"X-Closed": "yes"})
        assert (answer.status_code, answer.headers["Deprecation"]) == (503, AT[SINCE])

    @pytest.mark.parametrize("path", ["/books/0", "/books/x", "/books/%D9%A3", "/books/a%2Fb", "/books/x/"])
    def test_go_with_a_path_that_the_router_refuses(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Deprecation")) == (404, AT[SINCE])

    @pytest.mark.parametrize(
        ("method", "path"), [("DELETE", "/books"), ("GET", "/else"), ("POST", "/books/1")]
    )
    def test_do_not_go_with_what_is_no_operation(self, client: FlaskClient, method: str, path: str) -> None:
        answer = client.open(path, method=method)
        assert answer.status_code in {404, 405}
        assert "Deprecation" not in answer.headers

    def test_go_with_304_and_head(self, client: FlaskClient) -> None:
        unchanged = client.get("/books/1", headers={"If-None-Match": '"1"'})
        assert (unchanged.status_code, unchanged.headers["Deprecation"]) == (304, AT[SINCE])
        assert client.head("/books/1").headers["Deprecation"] == AT[SINCE]

    def test_go_with_a_response_that_the_method_made(self, client: FlaskClient) -> None:
        assert client.get("/books/1/title").headers["Deprecation"] == AT[SINCE]

    def test_an_operation_without_deprecated_input_has_none(self, client: FlaskClient) -> None:
        assert "Deprecation" not in client.get("/books/titles?title=x").headers


class TestLinks:
    def test_lead_to_the_successor_and_to_the_page(self, client: FlaskClient) -> None:
        assert client.get("/books", headers=ADA).headers["Link"] == (
            '</books?page=2>; rel="next", </books/titles>; rel="successor-version", '
            '<https://example.org/changes>; rel="deprecation"; type="text/html", '
            '<https://example.org/changes>; rel="sunset"; type="text/html"'
        )

    def test_the_successor_has_the_variables_of_the_request(self, client: FlaskClient) -> None:
        assert client.get("/books/1").headers["Link"] == '</books/1/title>; rel="successor-version"'

    def test_without_them_there_is_no_link(self, client: FlaskClient) -> None:
        assert "Link" not in client.get("/books/0").headers


class TestInput:
    @pytest.mark.parametrize("query", ["word=x", "word=", "word=much-too-long"])
    def test_a_used_argument_is_announced_valid_or_not(
        self, client: FlaskClient, uses: list[DeprecatedUse], query: str
    ) -> None:
        answer = client.get(f"/books/titles?{query}")
        assert answer.headers["Deprecation"] == AT[WORD.since]
        assert "2027" in answer.headers["Sunset"]
        assert [use.used for use in uses] == [("query word",)]

    def test_a_used_header_is_announced(self, client: FlaskClient, uses: list[DeprecatedUse]) -> None:
        assert "Sunset" not in client.get("/books/titles", headers={"X-Shelf": "1"}).headers
        assert uses[0].used == ("header X-Shelf",)

    @pytest.mark.parametrize("title", ["Emma", "much-too-long"])
    def test_used_properties_are_announced_valid_or_not(
        self, client: FlaskClient, uses: list[DeprecatedUse], title: str
    ) -> None:
        authors = [{"name": "a", "nick": "b"}, {"name": "c", "nick": "d"}]
        answer = client.post("/books", json={"title": title, "note": "x", "authors": authors})
        assert answer.headers["Deprecation"] == AT[NOTE.since], "the first of the two"
        assert parse_date(answer.headers["Sunset"]) == datetime(2026, 12, 24, tzinfo=UTC)
        assert answer.headers["Link"] == '</changes>; rel="deprecation"; type="text/html"'
        assert set(uses[0].used) == {"body note", "body authors.nick"}

    @pytest.mark.parametrize("body", [{"title": "x"}, {"title": "x", "authors": []}, [], None, "note"])
    def test_what_is_not_used_is_not_announced(
        self, client: FlaskClient, uses: list[DeprecatedUse], body: Any
    ) -> None:
        assert "Deprecation" not in client.post("/books", json=body).headers
        assert uses == []

    def test_operation_and_argument_together(self, client: FlaskClient, uses: list[DeprecatedUse]) -> None:
        answer = client.get("/books?word=x", headers=ADA)
        assert answer.headers["Deprecation"] == AT[WORD.since]
        assert parse_date(answer.headers["Sunset"]).date() == SUNSET
        assert uses[0].used == ("operation", "query word")


class TestBodyEnds:
    """Which properties of a body are looked at."""

    def test_what_a_client_cannot_send_is_not(self) -> None:
        book = Model("Book", {"id": fields.Integer(readonly=True, deprecated=NOTE), "note": fields.String})
        assert DeprecatedProperties(book).deprecations == []

    def test_each_kind_of_a_polymorph_is(self) -> None:
        pet = Model("Pet", {"name": fields.String})
        cat, dog = (pet.inherit(kind, {kind: fields.String(deprecated=NOTE)}) for kind in ("Cat", "Dog"))
        house = Model("House", {"pets": fields.List(fields.Polymorph({object: cat, str: dog}))})
        body = {"pets": [{"Cat": "x"}, {"Dog": "y"}, {"Dog": "z"}]}
        assert [used.name for used in DeprecatedProperties(house).used(body)] == [
            "body pets.Cat",
            "body pets.Dog",
        ]

    def test_a_model_that_nests_itself_is_followed_as_far_as_the_body_goes(self) -> None:
        reply = Model("Reply", {"text": fields.String(deprecated=NOTE)})
        reply["replies"] = fields.List(fields.Nested(reply))
        body = [{"replies": [{"replies": [{"text": "x"}]}]}]
        assert [used.name for used in DeprecatedProperties([reply]).used(body)] == [
            "body replies.replies.text"
        ]


class TestReport:
    def test_says_what_was_used_and_by_whom(self, client: FlaskClient, uses: list[DeprecatedUse]) -> None:
        client.get("/books", headers={**ADA, "User-Agent": "shop/1.2 " + "x" * 300})
        (use,) = uses
        assert use == DeprecatedUse(
            operation="listBooks",
            used=("operation",),
            sunset=SUNSET,
            status=200,
            identity="ada",
            client="127.0.0.1",
            user_agent=("shop/1.2 " + "x" * 300)[:200],
        )

    def test_of_a_refused_call_too(self, client: FlaskClient, uses: list[DeprecatedUse]) -> None:
        client.get("/books")
        client.get("/books/0")
        assert [(use.operation, use.status, use.identity) for use in uses] == [
            ("listBooks", 401, None),
            ("getBook", 404, None),
        ]

    def test_is_a_line_in_the_log_where_nothing_else_is_said(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            create_app().test_client().get("/books", headers={**ADA, "User-Agent": "shop/1.2"})
        assert caplog.messages == [
            "deprecated: listBooks used operation, to go on 2027-01-31, by 'ada' at 127.0.0.1 with 'shop/1.2'"
        ]


class TestDeclaredIsObserved:
    def test_every_declared_announcement_can_be_seen(self, client: FlaskClient, seen: set[Fact]) -> None:
        """The other way round the client checks: it fails on any header that is not declared."""
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        everything = {"word": "x", "title": "y"}
        for headers in (ADA, {}, {"Authorization": "Bearer eve"}):
            client.get("/books", headers={**headers}, query_string=everything)
        client.get("/books", headers=ADA, query_string={"title": "bug"})
        client.get("/books", headers=ADA, query_string={"more": "1"})
        for path in (
            "/books/1",
            "/books/2",
            "/books/1?x=1",
            "/books/1/title",
            "/books/x/title",
            "/books/1/title?x=1",
        ):
            client.get(path)
        client.get("/books/1", headers={"If-None-Match": "*"})
        client.get("/books/titles?word=x", headers={"X-Shelf": "1"})
        client.get("/books/titles?word=much-too-long", headers={"X-Shelf": "1"})
        client.post("/books", json={"title": "x", "note": "y", "authors": [{"name": "a", "nick": "b"}]})
        client.post("/books", json={"note": "y", "authors": [{"name": "a", "nick": "b"}]})
        declared = {
            (operation, fact)
            for operation, fact in declared_facts(client.application.extensions["api"].document)
            if fact.endswith((" Deprecation:", " Sunset:"))
        }
        # What fails for want of a database, of patience or of room is not made to fail here, nor is a body refused
        # before it was read: its properties are not known then.
        left = {(operation, fact.split()[0]) for operation, fact in declared - seen}
        assert left == {
            *(("listBooks", status) for status in ("429", "503")),
            *(("createBook", status) for status in ("413", "415", "500", "503")),
            *(("getBook", status) for status in ("500", "503")),
        }

    def test_contract_run_finds_nothing(self, tmp_path: Path) -> None:
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "flask",
            "--app",
            "tests.contract.deprecated_app",
            "run",
            "--port",
            str(port),
        ]
        with running(command, port, tmp_path, env={"PYTHONPATH": str(ROOT)}) as server:
            found = failures(f"{server.url}/openapi.json", tmp_path / "run", examples=10, token="ada")
        assert found == {}, (tmp_path / "run" / "output.txt").read_text()


class TestRelease:
    @pytest.fixture
    def releases(self, tmp_path: Path) -> Releases:
        """Release the application in which everything is deprecated, as 1.0.0."""
        releases = Releases(tmp_path, "version {version}")
        self.release(releases, create_app(), date(2026, 11, 21))
        return releases

    @staticmethod
    def release(releases: Releases, app: Flask, today: date) -> Version:
        content = app.extensions["api"].document_bytes
        (releases.folder / "openapi.json").write_bytes(content)
        return releases.release(content, today=today)

    def test_removal_is_refused_before_the_day(self, releases: Releases) -> None:
        with pytest.raises(ReleaseError, match="No version allows these changes") as refused:
            self.release(releases, create_app(gone=True), SUNSET - timedelta(days=1))
        assert "`listBooks`: The operation was removed before its sunset date" in str(refused.value)

    def test_and_allowed_on_it(self, releases: Releases) -> None:
        assert self.release(releases, create_app(gone=True), SUNSET) == Version(2, 0, 0)

    def test_the_headers_come_and_go_with_what_they_announce(self) -> None:
        plain, ending = (
            document_of(**given) for given in ({}, {"word": WORD, "note": NOTE, "operation": SINCE})
        )
        announced = compare(plain, ending, today=SINCE)
        assert {change.level for change in announced} <= {ChangeLevel.ADDITION, ChangeLevel.PATCH}
        taken_back = compare(ending, plain, today=SINCE)
        assert {change.level for change in taken_back} == {ChangeLevel.PATCH}
        only_argument = document_of(word=WORD)
        assert {change.level for change in compare(ending, only_argument, today=SINCE)} == {ChangeLevel.PATCH}

    def test_what_is_overdue_is_listed_and_breaks_nothing(self, app: Flask) -> None:
        document = app.extensions["api"].document
        assert expired_sunsets(document, today=date(2026, 12, 23)) == []
        assert expired_sunsets(document, today=SUNSET) == [
            "`Author.nick` (its sunset was 2026-12-24)",
            "`listBooks` (its sunset was 2027-01-31)",
        ]
        assert expired_sunsets(document, today=WORD.sunset)[2:] == [
            "`listBooks query word` (its sunset was 2027-06-30)",
            "`listTitles query word` (its sunset was 2027-06-30)",
        ]


def document_of(
    *,
    word: Any = None,
    note: Any = None,
    operation: date | None = None,
    instead: str | None = None,
    answer: Any = None,
) -> dict[str, Any]:
    """Return the document of an application with one operation, and these announced ends."""
    ns = Namespace("books", description="Books.", path="/books")
    text = {"required": True, "max_length": 9, "description": "Words.", "example": "Emma"}
    book = ns.model("Book", {"title": fields.String(**text)})
    given = ns.model(
        "NewBook", {"title": fields.String(**text), "note": fields.String(**text, **_given(note))}
    )
    form = reqparse.RequestParser()
    form.add_argument("word", location="args", type=string(max_length=9), help="A word.", **_given(word))

    @ns.route("")
    class Books(Resource):
        @public
        @ns.doc(id="createBook")
        @ns.expect(given, form)
        @ns.marshal_with(book)
        def post(self) -> Any:
            """Write a book."""

        if operation:
            post = deprecated(since=operation, successor=instead)(post)

    api = Api(Flask(__name__), title="Books", license="MIT")
    api.add_namespace(ns)
    return orjson.loads(api.document_bytes)


def _given(end: Any) -> dict[str, Any]:
    return {} if end is None else {"deprecated": end}


class TestRefused:
    """What cannot be kept stops the start."""

    @pytest.mark.parametrize(
        ("given", "complaint"),
        [
            ({"operation": SINCE, "instead": "lostBooks"}, "no other operation 'lostBooks'"),
            ({"operation": SINCE, "instead": "createBook"}, "no other operation 'createBook'"),
            ({"word": Deprecation(SINCE, successor="lost")}, "no parameter 'lost'"),
            (
                {"note": Deprecation(SINCE, successor="lost")},
                "NewBook.note: the successor 'lost' is not a field",
            ),
            ({"word": True}, "the argument 'word': deprecated=True must be a Deprecation"),
            ({"note": True}, "NewBook.note: deprecated=True must be a Deprecation"),
        ],
    )
    def test_what_leads_nowhere(self, given: dict[str, Any], complaint: str) -> None:
        with pytest.raises(ContractError, match=complaint):
            document_of(**given)

    def test_an_argument_may_be_replaced_by_a_property(self) -> None:
        assert document_of(word=Deprecation(SINCE, successor="title"))

    @pytest.mark.parametrize(
        ("given", "complaint"),
        [
            ({"since": SUNSET, "sunset": SINCE}, "is before"),
            ({"since": datetime(2026, 11, 1, tzinfo=UTC)}, "must be dates"),
            ({"since": "2026-11-01"}, "must be dates"),
            ({"since": SINCE, "info_url": "changes"}, "is neither an absolute URL"),
            ({"since": SINCE, "info_url": "https://example.org/>; rel=x"}, "is neither an absolute URL"),
        ],
    )
    def test_days_and_addresses(self, given: dict[str, Any], complaint: str) -> None:
        with pytest.raises(ContractError, match=complaint):
            deprecated(**given)

    def test_a_whole_resource(self) -> None:
        with pytest.raises(ContractError, match="deprecate the methods"):
            deprecated(since=SINCE)(Resource)


def test_an_application_without_deprecations_has_no_notifier() -> None:
    api = Api(Flask(__name__), title="Books", license="MIT")
    assert api.compile().deprecation_notifier is None
