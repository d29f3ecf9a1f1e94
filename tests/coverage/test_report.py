"""The contract coverage report finds what is missing, undeclared or out of date."""

import json

import pytest

from service.contract.checks.conformance import ObservedResponse
from tests.coverage.observed import declared_facts, facts_from_response
from tests.coverage.report import FILE, report
from tests.servers import ROOT

DOCUMENT = {
    "paths": {
        "/things": {
            "get": {
                "operationId": "listThings",
                "responses": {
                    "200": {"headers": {"Link": {}}, "content": {"application/json": {}}},
                    "304": {},
                    "401": {
                        "content": {
                            "application/problem+json": {
                                "schema": {
                                    "oneOf": [
                                        {"$ref": "#/components/schemas/A"},
                                        {"$ref": "#/components/schemas/B"},
                                    ]
                                }
                            }
                        }
                    },
                },
            }
        }
    },
    "components": {
        "schemas": {name: {"properties": {"code": {"const": f"CODE_{name}"}}} for name in ("A", "B")}
    },
}
DECLARED = {
    ("listThings", "200 application/json"),
    ("listThings", "200 Link:"),
    ("listThings", "304"),
    ("listThings", "401 application/problem+json CODE_A"),
    ("listThings", "401 application/problem+json CODE_B"),
}
ALL_SEEN = {fact: {"tests/b.py::test", "tests/a.py::test"} for fact in DECLARED}


def test_every_answer_code_and_header_is_to_be_seen() -> None:
    assert declared_facts(DOCUMENT) == DECLARED


def test_one_answer_shows_itself_and_its_headers() -> None:
    observed = ObservedResponse("listThings", "200", "application/json", None, frozenset({"Link"}))
    assert set(facts_from_response(observed)) == {
        ("listThings", "200 application/json"),
        ("listThings", "200 Link:"),
    }


@pytest.mark.parametrize("missing", sorted(DECLARED), ids=str)
def test_what_is_declared_and_never_seen_is_complained_of(missing: tuple[str, str]) -> None:
    seen = {fact: tests for fact, tests in ALL_SEEN.items() if fact != missing}
    found = report(DECLARED, seen, "")
    assert found.complaints == [f"declared and never observed: listThings: {missing[1]}"]


def test_what_is_seen_and_not_declared_is_complained_of() -> None:
    found = report(DECLARED, ALL_SEEN | {("listThings", "418"): {"tests/a.py::test"}}, "")
    assert found.complaints == ["observed and not declared: listThings: 418"]


class TestFile:
    def test_names_a_test_for_each_fact_and_counts(self) -> None:
        content = json.loads(report(DECLARED, ALL_SEEN, "").content)
        assert content["answers"] == {"declared": 4, "observed": 4}
        assert content["headers"] == {"declared": 1, "observed": 1}
        assert set(content["operations"]["listThings"].values()) == {"tests/a.py::test"}

    def test_is_the_same_bytes_whatever_the_order(self) -> None:
        backwards = dict(reversed(list(ALL_SEEN.items())))
        assert report(DECLARED, ALL_SEEN, "").content == report(DECLARED, backwards, "").content

    def test_keeps_the_test_it_names_while_that_sees_the_fact(self) -> None:
        committed = report(DECLARED, {fact: {"tests/b.py::test"} for fact in DECLARED}, "").content
        assert report(DECLARED, ALL_SEEN, committed).content == committed

    def test_names_another_when_that_is_gone(self) -> None:
        committed = report(DECLARED, {fact: {"tests/gone.py::test"} for fact in DECLARED}, "").content
        assert "gone" not in report(DECLARED, ALL_SEEN, committed).content


def test_the_committed_file_is_of_the_document() -> None:
    """What nobody has seen yet is known at once; a whole run (`make test`) sees it, or says that nothing does."""
    declared = declared_facts(json.loads((ROOT / "openapi" / "openapi.json").read_bytes()))
    named = json.loads(FILE.read_text())["operations"]
    seen = {(operation, fact) for operation, facts in named.items() for fact, test in facts.items() if test}
    assert sorted(declared - seen) == []
    assert sorted(seen - declared) == []
