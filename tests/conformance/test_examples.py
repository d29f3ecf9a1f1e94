"""Every example in the document is sent to a new server and compared with the response."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

from service.app import create_app
from service.config import load_settings
from service.contract.problems import PROBLEM_JSON
from service.contract.validation import Validator
from tests import servers
from tests.conformance.example_calls import Operation, operations_of
from tests.conformance.example_matching import differences, shown
from tests.conformance.example_walkthrough import ADMIN, MADE, NOBODY, ORDER, ExampleWalkthrough
from tests.conftest import NewDatabase

# Tests are made from the document before there is a database: it is the same with any.
DOCUMENT = create_app(load_settings("testing", {"VAR_DIR": "var"})).extensions["api"].document
OPERATIONS = {operation.id: operation for operation in operations_of(DOCUMENT)}


@dataclass(frozen=True, slots=True)
class Walked:
    """A journey at its end: the last answer to each operation, and whatever was wrong with any."""

    journey: ExampleWalkthrough
    answers: dict[str, requests.Response]
    complaints: dict[str, list[str]]


@pytest.fixture(scope="session")
def walked(
    database_kind: str, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walked]:
    """Walk through all examples on a server with an empty database."""
    folder = tmp_path_factory.mktemp("examples")
    url = new_database(database_kind)
    servers.migrate(url, folder)
    with servers.gunicorn(folder, database_url=url) as server:
        walked = Walked(ExampleWalkthrough(server.url, url, folder / "var", DOCUMENT), {}, {})
        for name, answer, complaints in walked.journey.walk(OPERATIONS):
            walked.answers[name] = answer
            walked.complaints.setdefault(name, []).extend(complaints)
        yield walked


@pytest.mark.parametrize("name", OPERATIONS)
def test_example_is_true(walked: Walked, name: str) -> None:
    assert name in walked.complaints, "never called: it is not in the order, or something before it failed"
    assert walked.complaints[name] == []


def test_the_order_names_operations_only() -> None:
    assert {name for _, names in ORDER for name in names.split()} <= OPERATIONS.keys()


@pytest.mark.parametrize(("maker", "parameter"), MADE.items())
def test_the_examples_speak_of_one_thing(maker: str, parameter: str) -> None:
    made = _success(OPERATIONS[maker])["id"]
    named = {
        operation.id: operation.filled("path")[parameter]
        for operation in OPERATIONS.values()
        if parameter in operation.filled("path")
    }
    assert set(named.values()) == {made}, named


def test_what_is_written_is_what_is_read() -> None:
    # The example of a thing that is made repeats what its request says.
    for maker in MADE:
        if not OPERATIONS[maker].content:
            continue
        (media,) = OPERATIONS[maker].content.values()
        declared = media["example"]
        answer = _success(OPERATIONS[maker])
        repeated = {name: value for name, value in declared.items() if name in answer and name != "tags"}
        assert repeated
        assert {name: answer[name] for name in repeated} == repeated


def test_invalid_input_looks_like_its_example(walked: Walked) -> None:
    journey = walked.journey
    token = {"Authorization": f"Bearer {journey.tokens[ADMIN]['access_token']}"}
    answer = requests.post(f"{journey.url}/api/items", json={}, headers=token, timeout=30)
    (example,) = DOCUMENT["components"]["schemas"]["InvalidInputProblem"]["examples"]
    assert answer.json() == example


def _success(operation: Operation) -> Any:
    return shown(operation.declared["responses"][operation.success]["content"]["application/json"], DOCUMENT)


class TestTheDocument:
    """What it says beside the calls."""

    def test_every_success_shows_one(self) -> None:
        for operation in OPERATIONS.values():
            for status, answer in operation.declared["responses"].items():
                if status < "300" and "application/json" in answer.get("content", {}):
                    shown(answer["content"]["application/json"], DOCUMENT)

    def test_every_problem_shows_one(self) -> None:
        named = {
            reference["$ref"].rpartition("/")[2]
            for operation in OPERATIONS.values()
            for answer in operation.declared["responses"].values()
            if PROBLEM_JSON in answer.get("content", {})
            for schema in [answer["content"][PROBLEM_JSON]["schema"]]
            for reference in schema.get("oneOf", [schema])
        }
        assert named
        for name in named:
            (example,) = DOCUMENT["components"]["schemas"][name]["examples"]
            assert {"type", "title", "status", "detail", "code", "error"} <= example.keys()

    def test_all_are_valid(self) -> None:
        found = list(_examples(DOCUMENT))
        assert len(found) > len(OPERATIONS)
        for place, schema, example in found:
            assert Validator(schema, DOCUMENT).messages(example) == [], place

    def test_schemas_have_them_as_json_schema_does(self) -> None:
        # In a schema `example` is deprecated (OpenAPI 3.1.0, 4.8.24.4); elsewhere it is the one that is shown.
        for place, schema in _schemas(DOCUMENT):
            assert "example" not in schema, place


def _schemas(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of the document: what is called so, and what is called by a name inside of one."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, member in members:
        if name in {"example", "examples"}:
            continue
        below = f"{place}/{name}"
        named = place.endswith(("/schemas", "/properties")) or name in {"schema", "items"}
        if isinstance(member, dict) and (named or place.endswith(("/oneOf", "/anyOf", "/allOf"))):
            yield below, member
        yield from _schemas(member, below)


def _examples(document: Any) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for place, schema in _schemas(document):
        yield from ((place, schema, example) for example in schema.get("examples", ()))
    for operation in operations_of(document):
        contents = [operation.declared.get("requestBody", {}), *operation.declared["responses"].values()]
        holders = [media for each in contents for media in each.get("content", {}).values()]
        for holder in [*holders, *operation.declared.get("parameters", ())]:
            if "example" in holder:
                yield operation.id, holder["schema"], holder["example"]


class TestAStaleExampleIsFound:
    """What holds the tests above up."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda post: post.update(title="Another"),
            lambda post: post.update(published_at="2026-11-21T09:30:00Z"),
            lambda post: post.update(word_count="6"),
            lambda post: post.update(subtitle="None was sent"),
            lambda post: post.pop("etag"),
            lambda post: post["author"].pop("username"),
            lambda post: post["tags"][0].update(slug="other"),
            lambda post: post["contents"][0].update(level=True),
        ],
        ids=["value", "not null", "kind", "more", "less", "less below", "item", "kind of item"],
    )
    def test_of_an_answer(self, walked: Walked, change: Callable[[dict[str, Any]], Any]) -> None:
        answer = walked.answers["createPost"].json()
        stale = copy.deepcopy(_success(OPERATIONS["createPost"]))
        assert list(differences(stale, answer)) == []
        change(stale)
        assert list(differences(stale, answer)) != []

    def test_of_a_list(self) -> None:
        assert list(differences([{"a": 1}], [{"a": 2}, {"a": 1}])) == []
        assert list(differences([{"a": 1}], [{"a": 2}])) == ["/0/a: 2 is not 1"]
        assert list(differences([{"a": 1}], [])) == [": nothing is in it"]

    @pytest.mark.parametrize(
        ("name", "who", "body"),
        [
            ("registerUser", NOBODY, {"username": "ada"}),
            ("logIn", NOBODY, {"email": "ada@example.org", "password": "forgotten"}),
            ("createItem", ADMIN, {"name": "Chair"}),
        ],
        ids=["refused", "another status", "another value"],
    )
    def test_of_a_request(self, walked: Walked, name: str, who: str, body: Any) -> None:
        declared = copy.deepcopy(OPERATIONS[name].declared)
        declared["requestBody"]["content"]["application/json"]["example"] = body
        _, complaints = walked.journey.call(replace(OPERATIONS[name], declared=declared), who)
        assert complaints != []
