"""Soundness of the schema comparison: what it calls compatible is accepted by the service's validator.

Random pairs of schemas, most of them a schema and a slip of it: where no difference narrows, every value of the old
schema is one of the new, and where none widens, the reverse.
"""

from __future__ import annotations

import copy
from datetime import date
from itertools import chain, combinations, product
from typing import Any

import jsonschema_rs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.contract.checks.compatibility import compare
from service.contract.checks.compatibility.changes import NARROWING_EFFECTS, WIDENING_EFFECTS, Effect
from service.contract.checks.compatibility.documents import Document, DocumentPair
from service.contract.checks.compatibility.schemas import Schemas
from tests.contract.checks.compatibility.fragments import changes, with_schema

NAMES = ("a", "b", "c")
SCALARS = [None, True, False, -1, 0, 1, 1.0, 2, 3, 0.5, 2.5, 6, "", "a", "b", "ab", "aba", "b\n"]
FEW = [None, True, 1, 2.5, "a", "ab", [], {}]
OBJECTS = [
    dict(zip(names, contents, strict=True))
    for names in chain.from_iterable(combinations(NAMES, size) for size in range(4))
    for contents in product([None, 1, "a", {"a": 1}] if len(names) > 1 else FEW, repeat=len(names))
]
LISTS = [
    *([value] for value in [*SCALARS, *OBJECTS[:20]]),
    [],
    [1, 1],
    [1, "a"],
    ["a", 1, 2],
    [{}, {"a": 1}],
    [[1]],
    [None, None, 1.0],
]
VALUES = [*SCALARS, *LISTS, *OBJECTS, {"a": {"a": {"a": 1}}}, {"b": ["a"], "c": {"b": "a"}}]

# `$ref`s lead to these; they change as well.
COMPONENTS = ("One", "Two")

numbers = st.sampled_from([-1, 0, 0.5, 1, 2, 2.5, 3])
sizes = st.integers(0, 3)
SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
    | st.lists(
        st.sampled_from(["null", "integer", "number", "string", "object"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    "enum": st.lists(
        st.sampled_from([None, True, 0, 1, 1.0, 2, 2.5, "a", "ab", {}, [1]]), min_size=1, max_size=4
    ),
    "const": st.sampled_from([None, False, 1, 1.0, "a", {"a": 1}]),
    "minimum": numbers,
    "exclusiveMinimum": numbers,
    "maximum": numbers,
    "exclusiveMaximum": numbers,
    "multipleOf": st.sampled_from([0.5, 1, 2, 3]),
    "minLength": sizes,
    "maxLength": sizes,
    "pattern": st.sampled_from(["^a", "b$", "^[ab]*$", "\\u0061", "^\\w\\w$"]),
    "minItems": sizes,
    "maxItems": sizes,
    "uniqueItems": st.booleans(),
    "minProperties": sizes,
    "maxProperties": sizes,
    "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
    "description": st.sampled_from(["x", "y"]),
}


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    branches = st.lists(inner, min_size=1, max_size=3)
    properties = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    optional = {
        **SIMPLE,
        "items": inner,
        "properties": properties,
        "additionalProperties": inner,
        "unevaluatedProperties": inner,
        "patternProperties": st.dictionaries(st.just("^[ab]"), inner, max_size=1),
        "allOf": branches,
        "anyOf": branches,
        "oneOf": branches,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "contains": inner,
        "minContains": st.integers(0, 2),
        "propertyNames": inner,
        "dependentRequired": st.dictionaries(st.sampled_from(NAMES), st.just(["c"]), max_size=1),
        "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), inner, max_size=1),
        "prefixItems": branches,
        "unevaluatedItems": inner,
        "$ref": st.sampled_from([f"#/components/schemas/{name}" for name in COMPONENTS]),
    }
    usual = [*SIMPLE, "items", "properties", "additionalProperties", "allOf", "anyOf", "oneOf", "$ref"]
    keywords = st.lists(st.sampled_from(usual * 3 + list(optional)), min_size=1, max_size=4, unique=True)
    return keywords.flatmap(lambda keys: st.fixed_dictionaries({key: optional[key] for key in keys}))


kinds = st.sampled_from(["a", "b", 1]).map(
    lambda kind: {"type": "object", "properties": {"a": {"const": kind}}, "required": ["a"]}
)
leaves = (
    st.booleans()
    | kinds
    | st.lists(st.sampled_from(list(SIMPLE)), max_size=3, unique=True).flatmap(
        lambda keys: st.fixed_dictionaries({key: SIMPLE[key] for key in keys})
    )
)
schemas = st.recursive(leaves, composed, max_leaves=8)


@st.composite
def slips(draw: st.DrawFn, schema: Any) -> Any:
    """Return the schema with one thing changed, somewhere."""
    if isinstance(schema, bool) or draw(st.integers(0, 5)) == 0:
        return draw(schemas)
    schema = copy.copy(schema)
    inside = [
        key
        for key in ("items", "additionalProperties", "properties", "anyOf", "oneOf", "allOf")
        if key in schema
    ]
    if inside and draw(st.booleans()):
        key = draw(st.sampled_from(inside))
        match schema[key]:
            case dict() as properties if key == "properties":
                name = draw(st.sampled_from(NAMES))
                schema[key] = {**properties, name: draw(slips(properties.get(name, True)))}
            case [*branches]:
                place = draw(st.integers(0, len(branches) - 1))
                branches[place] = draw(slips(branches[place]))
                schema[key] = branches if draw(st.booleans()) else [*branches, draw(schemas)]
            case one:
                schema[key] = draw(slips(one))
        return schema
    if schema and draw(st.booleans()):
        del schema[draw(st.sampled_from(sorted(schema)))]
        return schema
    other = draw(schemas)
    return {**schema, **other} if isinstance(other, dict) else other


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what `#/components/schemas` has in an old and a new document; `It` is what is compared."""
    old = {name: draw(schemas) for name in ("It", *COMPONENTS)}
    new = {
        name: draw(slips(schema)) if name == "It" or draw(st.integers(0, 2)) == 0 else schema
        for name, schema in old.items()
    }
    assume(not any(_only_itself(components) for components in (old, new)))
    return old, new


def _only_itself(components: dict[str, Any]) -> bool:
    """Tell whether a schema leads back to itself in place: such a one means nothing."""

    def in_place(schema: Any) -> set[str]:
        if not isinstance(schema, dict):
            return set()
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.get(key, [])]
        branches += [schema.get(key) for key in ("not", "if", "then", "else")]
        branches += schema.get("dependentSchemas", {}).values()
        found = set[str]().union(*map(in_place, branches))
        return found | ({schema["$ref"].rsplit("/", 1)[1]} if "$ref" in schema else set())

    edges = {name: in_place(schema) for name, schema in components.items()}
    for name, led_to in edges.items():
        seen, waiting = set(), list(led_to)
        while waiting:
            here = waiting.pop()
            if here == name:
                return True
            if here not in seen:
                seen.add(here)
                waiting += edges[here]
    return False


def validator(components: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": "#/components/schemas/It", "components": {"schemas": components}}
    )


def names(value: Any) -> set[str]:
    match value:
        case dict():
            return set(value).union(*map(names, value.values()))
        case list():
            return set[str]().union(*map(names, value))
        case _:
            return set()


@settings(max_examples=500, deadline=None)
@given(pairs())
def test_what_is_not_said_does_not_happen(components):
    old, new = components
    documents = [Document({"components": {"schemas": found}}) for found in components]
    ref = {"$ref": "#/components/schemas/It"}
    found = Schemas(DocumentPair(*documents), "request", date.max).differences(ref, ref)
    effects = {difference.effect for difference in found}
    before, after = validator(old), validator(new)
    declared = {
        one.place.rsplit(".", 1)[1] for one in found if one.effect is Effect.ADDED and "." in one.place
    }
    for value in VALUES:
        was, now = before.is_valid(value), after.is_valid(value)
        if was and not now:
            # The one exception: an open object had room for a property that is declared now.
            assert effects & (NARROWING_EFFECTS - {Effect.ADDED}) or declared & names(value), (
                value,
                old,
                new,
            )
        if now and not was:
            assert effects & WIDENING_EFFECTS, (value, old, new)


@settings(max_examples=150, deadline=None)
@given(pairs(), st.sampled_from(["request", "response"]))
def test_the_level_of_a_change_says_the_same(components, side):
    old, new = components
    ref = {"$ref": "#/components/schemas/It"}
    found = [
        change
        for change in changes(with_schema(side, ref, old), with_schema(side, ref, new))
        if change.side == side
    ]
    if any(change.level.name == "BREAKING" or "was added" in change.sentence for change in found):
        return
    narrow, wide = (validator(old), validator(new)) if side == "request" else (validator(new), validator(old))
    for value in VALUES:
        assert wide.is_valid(value) or not narrow.is_valid(value), (value, old, new)


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_a_document_does_not_differ_from_itself(components):
    made = with_schema("response", {"$ref": "#/components/schemas/It"}, components[0])
    assert compare(made, copy.deepcopy(made), today=date.min) == []
    # Nor from one in which every reference is another way to say the same.
    again = with_schema("response", {"allOf": [{"$ref": "#/components/schemas/It"}]}, components[0])
    assert {change.level.name for change in compare(made, again, today=date.min)} <= {"PATCH"}
