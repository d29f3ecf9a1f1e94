"""What the table of the long contract run says of a run, and what counts as a link walked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import matrix
from tests.conformance.schemathesis_run import Outcome, Verdict, followed, links_of

GET_ITEM = "POST /api/items -> [201] GetItem -> GET /api/items/{item_id}"
DELETE_ITEM = "POST /api/items -> [201] DeleteItem -> DELETE /api/items/{item_id}"
DOCUMENT = {
    "paths": {
        "/api/items": {
            "post": {
                "operationId": "createItem",
                "responses": {
                    "201": {
                        "links": {
                            "GetItem": {"operationId": "getItem"},
                            "DeleteItem": {"operationId": "deleteItem"},
                        }
                    },
                    "400": {},
                },
            }
        },
        "/api/items/{item_id}": {
            "get": {"operationId": "getItem", "responses": {}},
            "delete": {"operationId": "deleteItem", "responses": {}},
        },
    }
}


def outcome(cases: int, failures: int = 0, **phases: str) -> Outcome:
    report = {
        "test_cases": {"generated": cases, "unique_failures": failures},
        "operations": {"tested": 2},
        "running_time": 30.0,
        "failures": [{"title": "Server error", "count": 1, "operations": ["x"]}] * failures,
        "errors": [],
        "warnings": {},
        "filtered": [],
        "phases": {name: {"status": status, "skip_reason": "why"} for name, status in phases.items()},
    }
    return Outcome(int(failures > 0), report, "FAILURES\nhow to repeat it")


def verdict(walk: Outcome, **phases: str) -> Verdict:
    links = links_of(DOCUMENT)
    return Verdict(outcome(900, **phases), walk, 2, links, links & {GET_ITEM})


def test_links_are_called_as_schemathesis_calls_them() -> None:
    assert links_of(DOCUMENT) == {GET_ITEM, DELETE_ITEM}


def test_row_adds_up_both_parts() -> None:
    found = matrix.row("sqlite", "nginx", 7, verdict(outcome(100)))
    assert " ".join(found.split()) == "7 sqlite nginx 1000 0 2 of 2 1 of 2 60 clean"


def test_row_has_the_failures_of_the_walk() -> None:
    failing = verdict(outcome(100, failures=1))
    assert matrix.row("sqlite", "direct", 1, failing).endswith("1 complaints, below")
    assert failing.complaints == ["on the walk: Server error, 1 times: ['x']"]
    assert "how to repeat it" in failing.explain()


def test_phase_left_out_is_no_clean_run() -> None:
    assert verdict(outcome(1), fuzzing="skip").complaints == ["the phase fuzzing was not run: why"]


def step(link: str | None, *, applied: bool) -> dict[str, Any]:
    return {"is_transition_applied": applied, **({"transition": {"id": link}} if link else {})}


@pytest.mark.parametrize(
    ("case", "status", "walked"),
    [
        (step(GET_ITEM, applied=True), 200, {GET_ITEM}),
        (step(GET_ITEM, applied=True), 304, {GET_ITEM}),
        (step(GET_ITEM, applied=True), 404, set()),
        (step(GET_ITEM, applied=False), 200, set()),
        (step(None, applied=False), 200, set()),
    ],
    ids=["success", "not modified", "refused", "value not taken", "no link"],
)
def test_link_is_walked_when_its_value_was_sent_and_answered(
    tmp_path: Path, case: dict[str, Any], status: int, walked: set[str]
) -> None:
    recorder = {"cases": {"a": case}, "interactions": {"a": {"response": {"status_code": status}}}}
    events = [{"Initialize": {}}, {"ScenarioFinished": {"recorder": recorder}}]
    path = tmp_path / "events.ndjson"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    assert followed(path) == walked


@pytest.mark.parametrize("option", ["--databases", "--through"])
def test_takes_no_name_it_does_not_know(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        matrix.main([option, "elsewhere"])
    assert "invalid choice: 'elsewhere'" in capsys.readouterr().err
