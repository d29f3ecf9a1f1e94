"""What is narrower, what is wider, and what it means for each side: a table."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from tests.contract.checks.compatibility.fragments import changes, told, with_schema

A, B, N = "ADDITION", "BREAKING", None
PLACE = {"request": "body application/json", "response": "200 application/json"}


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": [*required]} if required else {})}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    return {**obj(*required, **properties), "additionalProperties": False}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
THING = {"Thing": obj("id", id=WHOLE), "Other": obj("id", id=TEXT)}
THING_REF = {"$ref": "#/components/schemas/Thing"}
OTHER_REF = {"$ref": "#/components/schemas/Other"}
CAT = obj("kind", kind={"const": "cat"})
DOG = obj("kind", kind={"const": "dog"})
ANYTHING = "Can no longer be null or true or false or a number or a list or an object."
OPAQUE = ("", "Changed in a way that cannot be compared in detail.")

# id: (old, new, level in a request, level in a response, what is said and where)
CASES: dict[str, tuple[Any, Any, str | None, str | None, list[tuple[str, str]]]] = {
    "nothing": (TEXT, TEXT, N, N, []),
    "true is {}": (True, {}, N, N, []),
    "order of enum and required": (
        {**obj("a", "b"), "enum": [{}, {"a": 1}]},
        {**obj("b", "a"), "enum": [{"a": 1}, {}]},
        N,
        N,
        [],
    ),
    # types and null
    "null added": (TEXT, {"type": ["string", "null"]}, A, B, [("", "Can now be null.")]),
    "null removed": ({"type": ["string", "null"]}, TEXT, B, A, [("", "Can no longer be null.")]),
    "null by anyOf is null": ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}, N, N, []),
    "null by enum": ({"enum": ["a"]}, {"enum": ["a", None]}, A, B, [("", "Can now be null.")]),
    "another type": (TEXT, WHOLE, B, B, [("", "Is a whole number now, was a string.")]),
    "one more type": (TEXT, {"type": ["string", "boolean"]}, A, B, [("", "Can now be true or false.")]),
    "any type, then one": (
        {},
        TEXT,
        B,
        A,
        [("", ANYTHING)],
    ),
    "nothing at all": (TEXT, False, B, A, [("", "Can no longer be a string.")]),
    "from nothing": (False, TEXT, A, B, [("", "Can now be a string.")]),
    "fractions allowed": (
        WHOLE,
        {"type": "number"},
        A,
        B,
        [("", "Is any number now, was a whole number.")],
    ),
    "fractions refused": (
        {"type": "number"},
        WHOLE,
        B,
        A,
        [("", "Is a whole number now, was any number.")],
    ),
    "both number types are one": ({"type": ["integer", "number"]}, {"type": "number"}, N, N, []),
    # listed values
    "enum value added": ({"enum": ["a"]}, {"enum": ["a", "b"]}, A, B, [("", 'Can now be `"b"`.')]),
    "enum value removed": ({"enum": ["a", "b"]}, {"enum": ["a"]}, B, A, [("", 'Can no longer be `"b"`.')]),
    "const changed": (
        {"const": "a"},
        {"const": "b"},
        B,
        B,
        [("", 'Can no longer be `"a"`.'), ("", 'Can now be `"b"`.')],
    ),
    "const of another type": ({"const": 1}, {"const": True}, B, B, [("", "Is `true` now, was `1`.")]),
    "const 1 is const 1.0": ({"const": 1}, {"const": 1.0}, N, N, []),
    "const within a list": (
        {"const": [1, {"a": 1.0}]},
        {"const": [1.0, {"a": 1}]},
        N,
        N,
        [],
    ),
    "const is an enum of one": ({"const": "a"}, {"enum": ["a"]}, N, N, []),
    "const outside of its enum": ({"const": "a", "enum": ["b"]}, False, N, N, []),
    "enum dropped": (
        {"type": "string", "enum": ["a"]},
        TEXT,
        A,
        B,
        [("", 'Is no longer one of `"a"` only.')],
    ),
    "enum dropped for bounds that it breaks": (
        {"type": "string", "enum": ["abc"]},
        {"type": "string", "maxLength": 2},
        B,
        B,
        [("", 'Is no longer one of `"abc"` only.'), ("", 'Can perhaps no longer be `"abc"`.')],
    ),
    "enum put on": (TEXT, {"enum": ["a"]}, B, A, [("", "Can only be")]),
    "enum put on, out of bounds": (
        {"type": "integer", "maximum": 5, "minimum": 1, "multipleOf": 2},
        {"type": "integer", "enum": [2, 3]},
        B,
        B,
        [
            ("", "Can only be `2`, `3` now."),
            ("", "Can now be `3`, which was perhaps not possible."),
        ],
    ),
    "enum put on a pattern": (
        {"type": "string", "pattern": "^[a-z]$"},
        {"type": "string", "enum": ["a"]},
        B,
        A,
        [("", 'Can only be `"a"` now.')],
    ),
    "enum put on a pattern that Python does not know": (
        {"type": "string", "pattern": "^[^]$"},
        {"type": "string", "enum": ["a"]},
        B,
        B,
        [("", 'Can only be `"a"` now.'), ("", 'Can now be `"a"`, which was perhaps not possible.')],
    ),
    "enum and a bound that one value breaks": (
        {"enum": ["a", "bc"]},
        {"enum": ["a", "bc"], "maxLength": 1},
        B,
        A,
        [("", 'Can no longer be `"bc"`.')],
    ),
    "enum and a pattern that Python reads otherwise": (
        {"enum": ["a", "b"]},
        {"enum": ["a", "b"], "pattern": "^\\w$"},
        B,
        A,
        [("", "Has the pattern")],
    ),
    "enum of objects and a bound": (
        {"enum": [{"a": 1}, {}]},
        {"enum": [{"a": 1}, {}], "required": ["a"]},
        B,
        A,
        [(".a", "Is now required.")],
    ),
    "values that its own bounds refuse do not count": (
        {"type": "string", "maxLength": 1, "enum": ["a", "bc"]},
        {"type": "string", "enum": ["a"]},
        N,
        N,
        [],
    ),
    "true alone": ({"type": "boolean"}, {"const": True}, B, A, [("", "Can no longer be `false`.")]),
    # bounds
    "maximum lowered": (
        {"type": "integer", "maximum": 9},
        {"type": "integer", "maximum": 5},
        B,
        A,
        [("", "Is at most 5 now, was at most 9.")],
    ),
    "maximum raised": (
        {"type": "number", "maximum": 0.5},
        {"type": "number", "maximum": 9},
        A,
        B,
        [("", "Is at most 9 now, was at most 0.5.")],
    ),
    "maximum dropped": (
        {"type": "integer", "maximum": 9},
        WHOLE,
        A,
        B,
        [("", "Is without an upper bound now, was at most 9.")],
    ),
    "minimum put on": (
        WHOLE,
        {"type": "integer", "minimum": 1},
        B,
        A,
        [("", "Is at least 1 now, was without a lower bound.")],
    ),
    "minimum lowered": (
        {"type": "integer", "minimum": 1},
        {"type": "integer", "minimum": 0},
        A,
        B,
        [("", "Is at least 0 now, was at least 1.")],
    ),
    "exclusive bounds of whole numbers": (
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10},
        {"type": "integer", "minimum": 1, "maximum": 9},
        N,
        N,
        [],
    ),
    "exclusive bounds of numbers": (
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        B,
        A,
        [("", "Is more than 0 now, was at least 0."), ("", "Is less than 1 now, was at most 1.")],
    ),
    "broken bounds of whole numbers": (
        {"type": "integer", "minimum": 0.5, "maximum": 2.5},
        {"type": "integer", "minimum": 1, "maximum": 2},
        N,
        N,
        [],
    ),
    "multiple of less": (
        {"type": "integer", "multipleOf": 4},
        {"type": "integer", "multipleOf": 2},
        A,
        B,
        [("", "Is a whole number and a multiple of 2 now, was a whole number and a multiple of 4.")],
    ),
    "multiple of another": (
        {"type": "number", "multipleOf": 0.2},
        {"type": "number", "multipleOf": 0.3},
        B,
        B,
        [("", "Is a multiple of 0.3 now, was a multiple of 0.2.")],
    ),
    "multiple of what is implied": (
        {"type": "number", "allOf": [{"multipleOf": 2}, {"multipleOf": 4}]},
        {"type": "number", "multipleOf": 4},
        N,
        N,
        [],
    ),
    "whole by another word": ({"type": "number", "multipleOf": 1}, WHOLE, N, N, []),
    # texts
    "longer text": (
        {"type": "string", "maxLength": 5},
        {"type": "string", "maxLength": 9},
        A,
        B,
        [("", "Has at most 9 characters now, had at most 5.")],
    ),
    "shorter text": (
        TEXT,
        {"type": "string", "maxLength": 9},
        B,
        A,
        [("", "Has at most 9 characters now, had any number.")],
    ),
    "any length": (
        {"type": "string", "maxLength": 9},
        TEXT,
        A,
        B,
        [("", "Has any number of characters now, had at most 9.")],
    ),
    "least length": (
        TEXT,
        {"type": "string", "minLength": 2},
        B,
        A,
        [("", "Has at least 2 characters now, had 0.")],
    ),
    "no least length is 0": (TEXT, {"type": "string", "minLength": 0}, N, N, []),
    "pattern put on": (TEXT, {"type": "string", "pattern": "^a"}, B, A, [("", "Has the pattern `^a` now.")]),
    "pattern dropped": (
        {"type": "string", "pattern": "^a"},
        TEXT,
        A,
        B,
        [("", "No longer has the pattern `^a`.")],
    ),
    "pattern changed": (
        {"type": "string", "pattern": "^a"},
        {"type": "string", "pattern": "^b"},
        B,
        B,
        [("", "Has the pattern `^b` now, had `^a`.")],
    ),
    "format put on": (
        TEXT,
        {"type": "string", "format": "uuid"},
        B,
        A,
        [("", "Has the format `uuid` now.")],
    ),
    "encoding": (TEXT, {"type": "string", "contentEncoding": "base64"}, B, B, [OPAQUE]),
    # lists
    "more items": (
        {"type": "array", "maxItems": 2},
        {"type": "array", "maxItems": 3},
        A,
        B,
        [("", "Has at most 3 items now, had at most 2.")],
    ),
    "items of another kind": (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": {"type": ["string", "null"]}},
        A,
        B,
        [("[]", "Can now be null.")],
    ),
    "unique items": (
        {"type": "array"},
        {"type": "array", "uniqueItems": True},
        B,
        A,
        [("", "Can no longer have the same item twice.")],
    ),
    "items may repeat": (
        {"type": "array", "uniqueItems": True},
        {"type": "array", "uniqueItems": False},
        A,
        B,
        [("", "Can now have the same item twice.")],
    ),
    "tuples are seen as a whole": (
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [WHOLE]},
        B,
        B,
        [OPAQUE],
    ),
    # objects
    "new property": (obj(), obj(a=TEXT), A, A, [(".a", "The property was added.")]),
    "new property of a closed object": (closed(), closed(a=TEXT), A, B, [(".a", "The property was added.")]),
    "new required property": (
        obj(),
        obj("a", a=TEXT),
        B,
        A,
        [(".a", "The property was added and is required.")],
    ),
    "new required property, closed": (
        closed(),
        closed("a", a=TEXT),
        B,
        B,
        [(".a", "The property was added and is required.")],
    ),
    "property removed": (obj(a=TEXT), obj(), B, B, [(".a", "The property was removed.")]),
    "property removed, closed": (closed("a", a=TEXT), closed(), B, B, [(".a", "The property was removed.")]),
    "property declared that was one of the rest": (
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object", "additionalProperties": WHOLE, "properties": {"a": {"type": "number"}}},
        A,
        B,
        [(".a", "Is any number now, was a whole number.")],
    ),
    "property forbidden": (
        obj(),
        obj(a=False),
        B,
        A,
        [
            (
                ".a",
                "Can no longer be null or true or false or a number or a string or a list or an object.",
            )
        ],
    ),
    "forbidden property forgotten": (closed(a=False), closed(), N, N, []),
    "required": (obj(a=TEXT), obj("a", a=TEXT), B, A, [(".a", "Is now required.")]),
    "no longer required": (obj("a", a=TEXT), obj(a=TEXT), A, B, [(".a", "Is no longer required.")]),
    "property declared, and no longer required": (
        {"type": "object", "required": ["a"]},
        obj(a={}),
        A,
        B,
        [(".a", "Is no longer required.")],
    ),
    "a condition that nothing meets": ({"if": False, "else": TEXT}, {"else": TEXT}, B, B, [OPAQUE]),
    "required without a schema": (obj(), obj("a"), B, A, [(".a", "Is now required.")]),
    "deep": (
        obj(a={"type": "array", "items": obj(b=TEXT)}),
        obj(a={"type": "array", "items": obj(b={"type": ["string", "null"]})}),
        A,
        B,
        [(".a[].b", "Can now be null.")],
    ),
    "closed": (
        obj(a=TEXT),
        closed(a=TEXT),
        B,
        A,
        [("", "No longer allows additional properties.")],
    ),
    "opened": (
        closed(a=TEXT),
        obj(a=TEXT),
        A,
        B,
        [("", "Now allows additional properties.")],
    ),
    "opened in other words": (obj(a=TEXT), {**obj(a=TEXT), "additionalProperties": {}}, N, N, []),
    "rest of another kind": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
        B,
        A,
        [(".*", "Has at most 3 characters now, had any number.")],
    ),
    "fewer properties": (
        {"type": "object", "maxProperties": 2},
        {"type": "object", "maxProperties": 1},
        B,
        A,
        [("", "Has at most 1 properties now, had at most 2.")],
    ),
    "patterns of names are seen as a whole": (
        {"type": "object", "patternProperties": {"^a": TEXT}},
        {"type": "object", "patternProperties": {"^a": WHOLE}},
        B,
        B,
        [OPAQUE],
    ),
    "unevaluated is additional": (
        {**obj(a=TEXT), "unevaluatedProperties": False},
        closed(a=TEXT),
        N,
        N,
        [],
    ),
    "unevaluated after allOf": (
        {"allOf": [obj(a=TEXT), obj(b=TEXT)], "unevaluatedProperties": False},
        closed(a=TEXT, b=TEXT),
        N,
        N,
        [],
    ),
    "unevaluated after branches that meet": (
        {"anyOf": [obj(a=TEXT), obj(b=TEXT)], "unevaluatedProperties": False},
        closed(a=TEXT, b=TEXT),
        B,
        B,
        [OPAQUE],
    ),
    "unevaluated where a property decides": (
        {"if": obj("a"), "then": obj(b=TEXT), "unevaluatedProperties": False},
        {"if": obj("a"), "then": obj(b=TEXT), "unevaluatedProperties": True},
        B,
        B,
        [OPAQUE],
    ),
    # references and compositions
    "reference or the same in place": (THING_REF, THING["Thing"], N, N, []),
    "another component of the same kind": (
        THING_REF,
        OTHER_REF,
        B,
        B,
        [("Other.id", "Is a string now, was a whole number.")],
    ),
    "reference with more beside it": (
        THING_REF,
        {**THING_REF, "required": ["name"]},
        B,
        A,
        [("Thing.name", "Is now required.")],
    ),
    "lost reference": (
        {"$ref": "#/components/schemas/Lost"},
        TEXT,
        B,
        B,
        [("", ANYTHING), OPAQUE],
    ),
    "reference to elsewhere": (
        {"$ref": "https://example.org/a"},
        TEXT,
        B,
        B,
        [("", ANYTHING), OPAQUE],
    ),
    "allOf or merged": (
        {"allOf": [THING_REF, obj("name", name=TEXT)]},
        obj("id", "name", id=WHOLE, name=TEXT),
        N,
        N,
        [],
    ),
    "allOf of one property twice": (
        {"allOf": [obj(a={"type": "integer", "minimum": 1}), obj(a={"type": "integer", "maximum": 9})]},
        obj(a={"type": "integer", "minimum": 1, "maximum": 9}),
        N,
        N,
        [],
    ),
    "allOf of a closed and an open object": (
        {"allOf": [closed(a=TEXT), obj(b=TEXT)]},
        closed(a=TEXT),
        N,
        N,
        [],
    ),
    "allOf of two closed objects": (
        {
            "allOf": [
                {"type": "object", "additionalProperties": TEXT},
                {"type": "object", "additionalProperties": {"maxLength": 3}},
            ]
        },
        {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
        N,
        N,
        [],
    ),
    "allOf of two lists of values": ({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, {"const": 2}, N, N, []),
    "allOf with nothing left": ({"allOf": [TEXT, WHOLE]}, False, N, N, []),
    "allOf with a condition": (
        {"allOf": [TEXT, {"patternProperties": {"^a": TEXT}}]},
        {"allOf": [{"patternProperties": {"^a": TEXT}}, TEXT]},
        N,
        N,
        [],
    ),
    "alternative added": (
        {"oneOf": [CAT]},
        {"oneOf": [CAT, DOG]},
        A,
        B,
        [("", "The alternative (an object) was added.")],
    ),
    "alternative removed": (
        {"anyOf": [CAT, DOG]},
        CAT,
        B,
        A,
        [("", "The alternative (an object) was removed.")],
    ),
    "named alternative added": (
        {"oneOf": [THING_REF]},
        {"oneOf": [THING_REF, OTHER_REF]},
        A,
        B,
        [("", "The alternative `Other` was added.")],
    ),
    "alternatives in another order": ({"oneOf": [CAT, DOG]}, {"oneOf": [DOG, CAT]}, N, N, []),
    "oneOf of what is apart is anyOf": ({"oneOf": [CAT, DOG]}, {"anyOf": [CAT, DOG]}, N, N, []),
    "alternative that another covers": ({"anyOf": [{"type": "number"}, WHOLE]}, {"type": "number"}, N, N, []),
    "alternative changed": (
        {"oneOf": [CAT, DOG]},
        {"oneOf": [CAT, {**DOG, "maxProperties": 3}]},
        B,
        A,
        [("", "Has at most 3 properties now, had any number.")],
    ),
    "overlapping alternatives are seen as a whole": (
        {"oneOf": [obj(a=TEXT), obj(b=TEXT)]},
        {"oneOf": [obj(a=TEXT), obj(b=WHOLE)]},
        B,
        B,
        [OPAQUE],
    ),
    "overlapping alternatives, unevaluated": (
        {"oneOf": [obj(a=TEXT), obj(b=TEXT)], "unevaluatedProperties": False},
        {"oneOf": [obj(a=TEXT), obj(b=TEXT)], "unevaluatedProperties": {}},
        B,
        B,
        [OPAQUE],
    ),
    "not": ({"not": {"const": 1}}, {"not": {"const": 2}}, B, B, [OPAQUE]),
    "not, beside what changes": (
        {"type": "string", "not": {"const": "x"}},
        {"type": ["string", "null"], "not": {"const": "x"}},
        A,
        B,
        [("", "Can now be null.")],
    ),
    "read-only": (obj(a=TEXT), obj(a={**TEXT, "readOnly": True}), B, B, [(".a", OPAQUE[1])]),
    "too many alternatives are seen as a whole": (
        {"allOf": [{"anyOf": [{"minLength": n, "type": "string"} for n in range(20)]}] * 2},
        {"allOf": [{"anyOf": [{"minLength": n, "type": "string"} for n in range(19)]}] * 2},
        B,
        B,
        [OPAQUE],
    ),
    # what is said beside
    "default changed": (
        {"default": 20},
        {"default": 50},
        B,
        N,
        [("", "The default changed from `20` to `50`.")],
    ),
    "default put on": (TEXT, {"type": "string", "default": "a"}, A, N, [("", "The default is now")]),
    "default dropped": (
        {"default": 20},
        {},
        B,
        N,
        [("", "The default `20` was removed.")],
    ),
    "default of a component": (
        {"allOf": [{"default": 1}]},
        {"default": 1.5},
        B,
        N,
        [("", "The default changed")],
    ),
    "described anew": (
        {"type": "string", "description": "a"},
        {"type": "string", "description": "b", "examples": ["x"], "x-order": 1},
        "PATCH",
        "PATCH",
        [],
    ),
    "a property called description": (
        obj(description=TEXT),
        obj(description=WHOLE),
        B,
        B,
        [(".description", "Is a whole number now, was a string.")],
    ),
    "data that looks like a schema": (
        {"const": {"description": "a"}},
        {"const": {"description": "b"}},
        B,
        B,
        [("", "Can no longer be"), ("", "Can now be")],
    ),
}
SIDES = [(name, side) for name in CASES for side in PLACE]


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_case(name, side):
    old, new, in_request, in_response, said = CASES[name]
    expected = in_request if side == "request" else in_response

    found = changes(with_schema(side, old, THING), with_schema(side, new, THING))
    found = [change for change in found if change.side == side]
    if expected is None:
        assert found == []
        return
    if expected == "PATCH":
        found = changes(with_schema(side, old, THING), with_schema(side, new, THING))
        assert [change.level.name for change in found] == ["PATCH"]
        return
    assert max(found).level.name == expected
    assert {change.operation for change in found} == {"putThing"}
    places = [
        (place if place and place[0] not in ".[" else f"{PLACE[side]} {place}".rstrip(), sentence)
        for place, sentence in said
    ]
    assert len(found) == len(places)
    for place, sentence in places:
        assert any(change.place == place and change.sentence.startswith(sentence) for change in found), told(
            found
        )


def test_there_are_enough_cases():
    assert len(CASES) >= 60


# Where a swap does not turn the tables: what is gone is missed on both sides, what is in doubt is in doubt.
SYMMETRIC = [name for name, case in CASES.items() if {case[2], case[3]} == {A, B} and "property" not in name]


@pytest.mark.parametrize("name", SYMMETRIC)
@pytest.mark.parametrize("side", PLACE)
def test_a_swap_of_old_and_new_swaps_breaking_and_addition(name, side):
    old, new, in_request, in_response, _ = CASES[name]
    turned = {A: B, B: A}[in_request if side == "request" else in_response]
    found = changes(with_schema(side, new, THING), with_schema(side, old, THING))
    assert max(found).level.name == turned


class TestCircles:
    @staticmethod
    def tree(value: Any, **more: Any) -> dict[str, Any]:
        ref = {"$ref": "#/components/schemas/Tree"}
        return {"Tree": obj(value=value, below={"type": "array", "items": ref}, **more)}

    def test_a_schema_that_contains_itself_is_told_once(self):
        ref = {"$ref": "#/components/schemas/Tree"}
        old = with_schema("response", ref, self.tree(TEXT))
        new = with_schema("response", ref, self.tree({"type": ["string", "null"]}))
        assert told(changes(old, new)) == [(B, "Tree.value", "Can now be null.")]
        assert changes(old, copy.deepcopy(old)) == []

    def test_two_schemas_in_a_circle(self):
        def components(value):
            return {
                "One": obj(two={"$ref": "#/components/schemas/Two"}),
                "Two": obj(one={"$ref": "#/components/schemas/One"}, value=value),
            }

        ref = {"type": "array", "items": {"$ref": "#/components/schemas/One"}}
        old = with_schema("request", ref, components(TEXT))
        new = with_schema("request", ref, components(WHOLE))
        assert told(changes(old, new)) == [(B, "Two.value", "Is a whole number now, was a string.")]

    def test_a_circle_unrolled_says_the_same(self):
        ref = {"$ref": "#/components/schemas/Tree"}
        unrolled = self.tree(TEXT)["Tree"]
        old = with_schema("request", ref, self.tree(TEXT))
        new = with_schema("request", unrolled, self.tree(TEXT))
        assert [change for change in changes(old, new) if change.level.name != "PATCH"] == []

    def test_a_circle_through_allof_comes_to_an_end(self):
        def components(value):
            return {
                "A": obj(
                    x={"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
                ),
                "B": obj(x={"$ref": "#/components/schemas/B"}, value=value),
            }

        ref = {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
        old, new = (with_schema("request", ref, components(value)) for value in (TEXT, WHOLE))
        assert max(changes(old, new)).level.name == B

    def test_alternatives_that_lead_back_to_themselves(self):
        def components(limit):
            ref = {"$ref": "#/components/schemas/Node"}
            leaf = obj("below", "kind", below=ref, kind={"const": "leaf"}, text={**TEXT, "maxLength": limit})
            return {"Node": {"oneOf": [leaf, obj("below", "kind", below=ref, kind={"const": "node"})]}}

        ref = {"$ref": "#/components/schemas/Node"}
        old, new = (with_schema("response", ref, components(limit)) for limit in (9, 5))
        assert told(changes(old, new)) == [(A, "Node.text", "Has at most 5 characters now, had at most 9.")]

    def test_nothing_but_a_reference_to_itself_is_refused(self):
        ref = {"$ref": "#/components/schemas/Me"}
        old = with_schema("request", ref, {"Me": {"$ref": "#/components/schemas/Me"}})
        with pytest.raises(ValueError, match="Me refers to itself"):
            changes(old, with_schema("request", TEXT, {"Me": TEXT}))


def test_a_component_is_told_for_every_operation_and_side():
    def made(value):
        document = with_schema("request", THING_REF, {"Thing": obj(id=value)})
        body = document["paths"]["/things/{thing_id}"]["put"]["requestBody"]["content"]
        get = document["paths"]["/things/{thing_id}"]["get"]["responses"]["200"]
        get["content"] = copy.deepcopy(body)
        return document

    found = changes(made(WHOLE), made({"type": ["integer", "null"]}), date(2026, 1, 1))
    assert [(change.level.name, change.operation, change.side) for change in found] == [
        (B, "getThing", "response"),
        (A, "putThing", "request"),
    ]
