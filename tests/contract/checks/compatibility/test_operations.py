"""What becomes of operations, parameters, bodies, statuses, headers and ways in: a table, and what none can say."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.contract.checks.compatibility import ChangeLevel
from tests.complexity import count_calls
from tests.contract.checks.compatibility.fragments import TODAY, changes, document, told

A, B, P, R = "ADDITION", "BREAKING", "PATCH", "FORBIDDEN"
JSON = "application/json"
PROBLEM = "application/problem+json"
NOT_FOUND, GONE = ({"$ref": f"#/components/schemas/{name}"} for name in ("NotFound", "Gone"))
SOON, PAST = "2027-01-31", "2026-11-21"
TEXT = {"type": "string"}


def nothing(_operation: dict[str, Any]) -> None: ...


def parameter(**more: Any):
    return lambda operation: operation["parameters"].append(
        {"name": "n", "in": "query", "schema": TEXT, **more}
    )


def q(**more: Any):
    return lambda operation: operation["parameters"][1].update(more)


def body(**more: Any):
    return lambda operation: operation["requestBody"].update(more)


def no_body(operation: dict[str, Any]) -> None:
    del operation["requestBody"]


def takes(kind: str, **media: Any):
    return lambda operation: operation["requestBody"]["content"].update({kind: media})


def status(code: str, **response: Any):
    return lambda operation: operation["responses"].update({code: {"description": "It", **response}})


def without(code: str):
    return lambda operation: operation["responses"].pop(code)


def answers(kind: str, schema: Any):
    return lambda operation: operation["responses"]["200"]["content"].update({kind: {"schema": schema}})


def header(name: str, **more: Any):
    return lambda operation: operation["responses"]["200"]["headers"].update({name: {"schema": TEXT, **more}})


def problems(*schemas: Any):
    def edit(operation: dict[str, Any]) -> None:
        kinds = {"oneOf": [*schemas], "discriminator": {"propertyName": "code"}}
        operation["responses"]["404"]["content"][PROBLEM]["schema"] = kinds

    return edit


def security(*ways: dict[str, list[str]]):
    return lambda operation: operation.update(security=[*ways])


def itself(**more: Any):
    return lambda operation: operation.update(more)


def links(**named: Any):
    return lambda operation: operation["responses"]["200"].update(links=named)


OLD_THING = {"type": "object", "properties": {"a": {**TEXT, "deprecated": True, "x-sunset": SOON}}}

# id: (edit of the old, edit of the new, level, place, sentence)
CASES: dict[str, tuple[Any, Any, str, str, str]] = {
    # parameters
    "new optional parameter": (nothing, parameter(), A, "query n", "The parameter was added."),
    "new required parameter": (
        nothing,
        parameter(required=True),
        B,
        "query n",
        "The parameter was added and is required.",
    ),
    "parameter removed": (parameter(), nothing, B, "query n", "The parameter was removed."),
    "parameter required": (nothing, q(required=True), B, "query q", "Is now required."),
    "parameter optional": (q(required=True), nothing, A, "query q", "Is no longer required."),
    "parameter narrowed": (
        nothing,
        q(schema={"type": "string", "maxLength": 5}),
        B,
        "query q",
        "Has at most 5 characters now, had at most 9.",
    ),
    "parameter widened": (
        nothing,
        q(schema=TEXT),
        A,
        "query q",
        "Has any number of characters now, had at most 9.",
    ),
    "parameter's default changed": (
        q(schema={"default": 20}),
        q(schema={"default": 50}),
        B,
        "query q",
        "The default changed from `20` to `50`.",
    ),
    "parameter in other style": (
        nothing,
        q(style="pipeDelimited"),
        B,
        "query q",
        "The serialization changed.",
    ),
    "parameter moved": (
        parameter(),
        parameter(**{"in": "cookie"}),
        B,
        "query n",
        "The parameter was removed.",
    ),
    "parameter deprecated": (
        nothing,
        q(**{"deprecated": True, "x-sunset": SOON}),
        A,
        "query q",
        "Deprecated, with the sunset date 2027-01-31.",
    ),
    "parameter removed before its day": (
        parameter(**{"deprecated": True, "x-sunset": SOON}),
        nothing,
        R,
        "query n",
        "The parameter was removed before its sunset date, 2027-01-31.",
    ),
    "parameter described": (nothing, q(description="More"), P, "", "The description changed."),
    "header parameter in other case": (
        nothing,
        lambda operation: operation["parameters"][2].update(name="if-match"),
        P,
        "",
        "Rewritten without a change of meaning.",
    ),
    # bodies
    "body removed": (nothing, no_body, B, "body", "The body was removed."),
    "new required body": (no_body, nothing, B, "body", "The body was added and is required."),
    "new optional body": (no_body, body(required=False), A, "body", "The body was added."),
    "body required": (body(required=False), nothing, B, "body", "Is now required."),
    "lower body limit": (
        body(**{"x-max-body-bytes": 2_000}),
        body(**{"x-max-body-bytes": 1_999}),
        B,
        "body",
        "The limit is 1999 bytes; it was 2000 bytes.",
    ),
    "higher body limit": (
        body(**{"x-max-body-bytes": 1_999}),
        body(**{"x-max-body-bytes": 2_000}),
        A,
        "body",
        "The limit is 2000 bytes; it was 1999 bytes.",
    ),
    "body limit removed": (
        body(**{"x-max-body-bytes": 2_000}),
        nothing,
        B,
        "body",
        "The limit is that of any body; it was 2000 bytes.",
    ),
    "body limit added": (
        nothing,
        body(**{"x-max-body-bytes": 2_000}),
        B,
        "body",
        "The limit is 2000 bytes; it was that of any body.",
    ),
    "body optional": (nothing, body(required=False), A, "body", "Is no longer required."),
    "media type taken": (nothing, takes("text/csv"), A, "body text/csv", "The media type was added."),
    "media type no longer taken": (
        takes("text/csv"),
        nothing,
        B,
        "body text/csv",
        "The media type was removed.",
    ),
    "encoding of a form": (
        takes("multipart/form-data", schema={}, encoding={"a": {"contentType": "image/png"}}),
        takes("multipart/form-data", schema={}, encoding={"a": {"contentType": "image/gif"}}),
        B,
        "body multipart/form-data",
        "The serialization changed.",
    ),
    "no schema took everything": (
        takes("text/csv"),
        takes("text/csv", schema={"type": "string"}),
        B,
        "body text/csv",
        "Can no longer be null or true or false or a number or a list or an object.",
    ),
    # statuses
    "status removed": (nothing, without("404"), B, "404", "The status was removed."),
    "new 4xx": (nothing, status("409"), A, "409", "The status was added."),
    "new 5xx": (nothing, status("503"), A, "503", "The status was added."),
    "new 304": (nothing, status("304"), A, "304", "The status was added."),
    "new default": (nothing, status("default"), A, "default", "The status was added."),
    "new 2xx": (nothing, status("202"), B, "202", "The status was added."),
    "new 3xx": (nothing, status("303"), B, "303", "The status was added."),
    "status told apart from its class": (
        status("5XX", content={JSON: {"schema": TEXT}}),
        lambda operation: (
            status("5XX", content={JSON: {"schema": TEXT}})(operation),
            status("503", content={JSON: {"schema": {"type": ["string", "null"]}}})(operation),
        ),
        B,
        "503 application/json",
        "Can now be null.",
    ),
    "status in a class of its own": (
        status("410", content={JSON: {"schema": TEXT}}),
        status("4XX", content={JSON: {"schema": TEXT}}),
        A,
        "4XX",
        "The status was added.",
    ),
    "another kind of problem": (
        problems(NOT_FOUND),
        problems(NOT_FOUND, GONE),
        A,
        f"404 {PROBLEM}",
        "The alternative `Gone` was added.",
    ),
    "a second kind of problem": (
        nothing,
        problems(NOT_FOUND, GONE),
        A,
        f"404 {PROBLEM}",
        "The alternative `Gone` was added.",
    ),
    "a kind of problem less": (
        problems(NOT_FOUND, GONE),
        nothing,
        A,
        f"404 {PROBLEM}",
        "The alternative `Gone` was removed.",
    ),
    "another kind of success": (
        answers(JSON, NOT_FOUND),
        answers(JSON, {"oneOf": [NOT_FOUND, GONE]}),
        B,
        "200 application/json",
        "The alternative `Gone` was added.",
    ),
    # what is answered
    "media type answered": (nothing, answers("text/csv", {}), A, "200 text/csv", "The media type was added."),
    "media type no longer answered": (
        answers("text/csv", {}),
        nothing,
        B,
        "200 text/csv",
        "The media type was removed.",
    ),
    "body of an answer gone": (
        status("409", content={JSON: {}}),
        status("409"),
        B,
        "409 application/json",
        "The media type was removed.",
    ),
    "header": (nothing, header("Link"), A, "200 header Link", "The header was added."),
    "header removed": (header("Link"), nothing, B, "200 header Link", "The header was removed."),
    "header in other case": (
        header("Link"),
        header("link"),
        P,
        "",
        "Rewritten without a change of meaning.",
    ),
    "header no longer always sent": (
        nothing,
        header("ETag", required=False),
        B,
        "200 header ETag",
        "Is no longer required.",
    ),
    "header always sent": (
        header("Link"),
        header("Link", required=True),
        A,
        "200 header Link",
        "Is now required.",
    ),
    "header widened": (
        header("Link", schema={"type": "string", "maxLength": 9}),
        header("Link"),
        B,
        "200 header Link",
        "Has any number of characters now, had at most 9.",
    ),
    "header removed before its day": (
        header("Link", **{"deprecated": True, "x-sunset": SOON}),
        nothing,
        R,
        "200 header Link",
        "The header was removed before its sunset date, 2027-01-31.",
    ),
    "link": (links(), links(more={}), A, "200 link more", "The link was added."),
    "link removed": (nothing, links(), P, "200 link again", "The link was removed."),
    "link changed": (
        nothing,
        links(again={"operationId": "getThing"}),
        P,
        "200 link again",
        "The link has another target.",
    ),
    # ways in
    "security added": (
        security(),
        nothing,
        B,
        "security",
        "No longer accepts anonymous requests; accepts `token` (write).",
    ),
    "security dropped": (nothing, security(), A, "security", "Now accepts anonymous requests."),
    "security optional": (
        nothing,
        security({"token": ["write"]}, {}),
        A,
        "security",
        "Now accepts anonymous requests.",
    ),
    "security no longer optional": (
        security({}, {"token": ["write"]}),
        nothing,
        B,
        "security",
        "No longer accepts anonymous requests; accepts `token` (write).",
    ),
    "another way in": (
        nothing,
        security({"token": ["write"]}, {"key": []}),
        A,
        "security",
        "Now accepts `key`.",
    ),
    "a way in less": (
        security({"token": ["write"]}, {"key": []}),
        nothing,
        B,
        "security",
        "No longer accepts `key`; accepts `token` (write).",
    ),
    "two at once": (
        nothing,
        security({"token": ["write"], "key": []}),
        B,
        "security",
        "No longer accepts `token` (write); accepts `token` (write) with `key`.",
    ),
    "one scope more": (
        nothing,
        security({"token": ["write", "all"]}),
        B,
        "security",
        "No longer accepts `token` (write); accepts `token` (all, write).",
    ),
    "one scope less": (
        nothing,
        security({"token": []}),
        A,
        "security",
        "Now accepts `token`.",
    ),
    # the operation itself
    "operationId": (
        nothing,
        itself(operationId="storeThing"),
        B,
        "operationId",
        "The operationId changed; it was `putThing`.",
    ),
    "summary": (nothing, itself(summary="Store a thing"), P, "", "The description changed."),
    "tag": (nothing, itself(tags=["things"]), P, "", "The description changed."),
    "callbacks": (
        nothing,
        itself(callbacks={"done": {}}),
        B,
        "callbacks",
        "Changed in a way that cannot be compared in detail.",
    ),
    "deprecated": (nothing, itself(deprecated=True), A, "", "Deprecated."),
    "deprecated with a day": (
        nothing,
        itself(**{"deprecated": True, "x-sunset": SOON}),
        A,
        "",
        "Deprecated, with the sunset date 2027-01-31.",
    ),
    "a day for what is deprecated": (
        itself(deprecated=True),
        itself(**{"deprecated": True, "x-sunset": SOON}),
        A,
        "",
        "Deprecated, with the sunset date 2027-01-31.",
    ),
    "no longer deprecated": (itself(deprecated=True), nothing, P, "", "No longer deprecated."),
    "a later day": (
        itself(**{"deprecated": True, "x-sunset": SOON}),
        itself(**{"deprecated": True, "x-sunset": "2028-01-31"}),
        P,
        "",
        "The sunset date was moved from 2027-01-31 to 2028-01-31.",
    ),
    "an earlier day": (
        itself(**{"deprecated": True, "x-sunset": SOON}),
        itself(**{"deprecated": True, "x-sunset": "2026-12-31"}),
        R,
        "",
        "The sunset date was moved from 2027-01-31 to the earlier 2026-12-31.",
    ),
    "an earlier day once the day has come": (
        itself(**{"deprecated": True, "x-sunset": PAST}),
        itself(**{"deprecated": True, "x-sunset": "2026-11-01"}),
        P,
        "",
        "The sunset date was moved from 2026-11-21 to 2026-11-01.",
    ),
    "the day taken back": (
        itself(**{"deprecated": True, "x-sunset": SOON}),
        itself(deprecated=True),
        P,
        "",
        "The sunset date 2027-01-31 was withdrawn.",
    ),
    "a day that is none": (
        nothing,
        itself(**{"deprecated": True, "x-sunset": "soon"}),
        R,
        "",
        "The x-sunset 'soon' is not a date such as 2027-01-31.",
    ),
    "property removed before its day": (
        answers(JSON, OLD_THING),
        answers(JSON, {"type": "object"}),
        R,
        "200 application/json .a",
        "The property was removed before its sunset date, 2027-01-31.",
    ),
    "property deprecated": (
        answers(JSON, {"type": "object", "properties": {"a": TEXT}}),
        answers(JSON, OLD_THING),
        A,
        "200 application/json .a",
        "Deprecated, with the sunset date 2027-01-31.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name):
    before, after, level, place, sentence = CASES[name]
    found = changes(document(before), document(after))
    assert (level, place, sentence) in told(found), told(found)
    assert found[0].level.name == level, told(found)
    assert {change.operation for change in found} <= {"putThing", "storeThing", ""}


@pytest.mark.parametrize("name", CASES)
def test_the_same_twice_is_no_change(name):
    for edit in CASES[name][:2]:
        assert [
            change
            for change in changes(document(edit), document(edit))
            if change.level != ChangeLevel.FORBIDDEN
        ] == []


def paths(made: dict[str, Any]) -> dict[str, Any]:
    return made["paths"]


class TestOperations:
    def test_a_new_one_is_an_addition_and_a_missing_one_is_breaking(self):
        more = document()
        paths(more)["/others"] = {"get": {"responses": {"200": {"description": "All"}}}}
        assert told(changes(document(), more)) == [(A, "", "The operation was added.")]
        (found,) = changes(more, document())
        assert (found.level, found.operation) == (ChangeLevel.BREAKING, "GET /others")
        assert str(found) == "breaking: GET /others request: The operation was removed."

    @pytest.mark.parametrize(
        ("today", "level"), [(date(2027, 1, 30), R), (date(2027, 1, 31), B), (date.max, B)]
    )
    def test_a_deprecated_one_goes_on_its_day_and_not_before(self, today, level):
        old = document(itself(**{"deprecated": True, "x-sunset": SOON}))
        new = copy.deepcopy(old)
        del paths(new)["/things/{thing_id}"]["put"]
        assert [change.level.name for change in changes(old, new, today)] == [level]

    def test_a_day_means_nothing_without_deprecation(self):
        old = document(itself(**{"x-sunset": SOON}))
        new = copy.deepcopy(old)
        del paths(new)["/things/{thing_id}"]["put"]
        assert [change.level.name for change in changes(old, new)] == [B]

    def test_the_name_of_a_variable_is_no_part_of_the_contract(self):
        new = document(lambda operation: operation["parameters"][0].update(name="id"))
        paths(new)["/things/{id}"] = paths(new).pop("/things/{thing_id}")
        assert told(changes(document(), new)) == [(P, "", "Rewritten without a change of meaning.")]

    def test_its_values_are(self):
        def narrowed(operation):
            operation["parameters"][0].update(name="id", schema={"type": "integer", "maximum": 5})

        new = document(narrowed)
        paths(new)["/things/{id}"] = paths(new).pop("/things/{thing_id}")
        assert told(changes(document(), new)) == [
            (B, "path id", "Is at most 5 now, was without an upper bound.")
        ]

    def test_parameters_of_the_path_count_and_those_of_the_operation_win(self):
        old, new = document(), document()
        paths(new)["/things/{thing_id}"]["parameters"] = [
            {"name": "q", "in": "query", "required": True, "schema": TEXT},
            {"name": "all", "in": "query", "schema": TEXT},
        ]
        said = [(change.operation, *entry) for change, entry in zip(*_both(changes(old, new)), strict=True)]
        assert said == [
            ("getThing", B, "query q", "The parameter was added and is required."),
            ("getThing", A, "query all", "The parameter was added."),
            ("putThing", A, "query all", "The parameter was added."),
        ]

    def test_references_to_parameters_bodies_responses_and_headers_are_followed(self):
        new = document()
        operation = paths(new)["/things/{thing_id}"]["put"]
        components = new["components"]
        components["parameters"] = {"Q": operation["parameters"][1]}
        components["requestBodies"] = {"Thing": operation["requestBody"]}
        components["headers"] = {"E~/": operation["responses"]["200"]["headers"]["ETag"]}
        components["responses"] = {"Thing": operation["responses"]["200"]}
        operation["parameters"][1] = {"$ref": "#/components/parameters/Q"}
        operation["requestBody"] = {"$ref": "#/components/requestBodies/Thing"}
        components["responses"]["Thing"]["headers"]["ETag"] = {"$ref": "#/components/headers/E~0~1"}
        operation["responses"]["200"] = {"$ref": "#/components/responses/Thing"}
        assert told(changes(document(), new)) == [(P, "", "Rewritten without a change of meaning.")]
        components["headers"]["E~/"]["required"] = False
        assert told(changes(document(), new)) == [(B, "200 header ETag", "Is no longer required.")]

    @pytest.mark.parametrize(
        "reference", ["#/components/parameters/None", "#/info/title", "#/x", "elsewhere.json"]
    )
    def test_a_reference_that_leads_nowhere_is_refused(self, reference):
        new = document(lambda operation: operation["parameters"].append({"$ref": reference}))
        with pytest.raises(ValueError, match="leads nowhere"):
            changes(document(), new)

    def test_a_reference_to_itself_is_refused(self):
        new = document(
            lambda operation: operation["parameters"].append({"$ref": "#/components/parameters/Me"})
        )
        new["components"]["parameters"] = {"Me": {"$ref": "#/components/parameters/Me"}}
        with pytest.raises(ValueError, match="leads nowhere"):
            changes(document(), new)


def _both(found):
    return found, told(found)


class TestTheDocumentAsAWhole:
    def test_its_version_is_no_change(self):
        new = document()
        new["info"]["version"] = "2.0.0"
        assert changes(document(), new) == []

    def test_security_of_all_operations(self):
        new = document()
        new["security"] = [{"key": []}]
        assert [
            (change.operation, *entry) for change, entry in zip(*_both(changes(document(), new)), strict=True)
        ] == [("getThing", B, "security", "No longer accepts anonymous requests; accepts `key`.")]

    def test_a_scheme_of_another_kind_lets_nobody_in(self):
        new = document()
        new["components"]["securitySchemes"]["token"]["scheme"] = "basic"
        assert told(changes(document(), new)) == [
            (B, "security", "No longer accepts `token` (write); accepts `token` (write).")
        ]

    def test_servers(self):
        new = document()
        new["servers"] = [{"url": "/"}]
        assert told(changes(document(), new)) == [(P, "", "Rewritten without a change of meaning.")]
        new["servers"] = [{"url": "/v2"}]
        assert told(changes(document(), new)) == [
            (B, "server /", "The server was removed."),
            (A, "server /v2", "The server was added."),
        ]

    def test_what_is_said_of_it(self):
        new = document()
        new["info"]["description"] = "Things of all kinds"
        new["components"]["schemas"]["Gone"]["description"] = "It was removed."
        new["components"]["schemas"]["Gone"]["properties"]["code"]["examples"] = ["GONE"]
        assert told(changes(document(), new)) == [
            (P, "info", "The description changed."),
            (P, "schemas Gone", "The description changed."),
        ]

    def test_a_webhook_is_heard_by_others(self):
        def hooked(schema, **more):
            made = document()
            content = {JSON: {"schema": schema}}
            responses = {"204": {"description": "Heard", "content": content}}
            made["webhooks"] = {
                "done": {
                    "post": {"requestBody": {"required": True, "content": content}, "responses": responses}
                }
            }
            return {**made, **more}

        found = changes(hooked(TEXT), hooked({"type": ["string", "null"]}))
        assert [(change.level.name, change.side, change.place) for change in found] == [
            (B, "response", "body application/json"),
            (A, "request", "204 application/json"),
        ]
        assert told(changes(document(), hooked(TEXT))) == [(A, "", "The operation was added.")]
        assert told(changes(hooked(TEXT), document())) == [(B, "", "The operation was removed.")]


class TestTheDocumentOfThisService:
    @pytest.fixture
    def real(self):
        return json.loads((Path(__file__).parents[4] / "openapi" / "openapi.json").read_bytes())

    def test_it_does_not_differ_from_itself(self, real):
        assert changes(real, copy.deepcopy(real)) == []

    def test_comparing_it_takes_few_steps_for_each_change(self, real):
        new = copy.deepcopy(real)
        for schema in new["components"]["schemas"].values():
            for name, member in schema.get("properties", {}).items():
                schema["properties"][name] = {"anyOf": [member, {"type": "null"}]}
        found = []
        assert count_calls(lambda: found.extend(changes(real, new))) < 500 * len(found)
        assert len(found) > 1000

    def test_what_a_webhook_no_longer_sends_is_breaking(self, real):
        fewer = copy.deepcopy(real)
        del fewer["webhooks"]["post.published"]
        assert told(changes(real, fewer)) == [(B, "", "The operation was removed.")]
        assert told(changes(fewer, real)) == [(A, "", "The operation was added.")]
        thinner = copy.deepcopy(real)
        data = thinner["components"]["schemas"]["TagMergedData"]
        del data["properties"]["into"]
        data["required"].remove("into")
        assert [(change.level.name, change.operation) for change in changes(real, thinner)] == [
            (B, "onTagMerged")
        ]
        # The other way round it is a field that receivers did not have.
        assert [change.level.name for change in changes(thinner, real)] == [A]

    def test_a_planted_change_is_found_where_it_is(self, real):
        new = copy.deepcopy(real)
        del new["components"]["schemas"]["Post"]["properties"]["slug"]
        found = changes(real, new, TODAY)
        assert {(change.level, change.side, change.place) for change in found} == {
            (ChangeLevel.BREAKING, "response", "Post.slug")
        }
        assert {"getPost", "createPost", "publishPost"} <= {change.operation for change in found}
