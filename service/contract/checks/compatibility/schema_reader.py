"""Parses JSON Schema 2020-12 into value sets (`ValueSet`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from . import values as of_json
from .documents import Document, Schema
from .value_sets import OPAQUE, ValueSet, intersect

KINDS = ("null", "boolean", "number", "string", "array", "object")
SIZES = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
# Independent of other keywords, so that each can be compared as a whole.
OPAQUE_KEYWORDS = (
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "readOnly",
    "writeOnly",
)
# They change the meaning of other keywords, so the whole schema is opaque; our document never has them.
UNSUPPORTED_KEYWORDS = frozenset(
    {"$dynamicRef", "patternProperties", "prefixItems", "unevaluatedItems", "$recursiveRef", "$id"}
)
# These may evaluate properties, which `unevaluatedProperties` then ignores.
EVALUATING = frozenset({"if", "dependentSchemas", "oneOf"})
# Above this number a composition is compared only as a whole.
MAX_VALUE_SETS = 200


class SchemaReader:
    """Parses the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, tuple[ValueSet, ...]] = {}
        self._reading: set[str] = set()

    def value_sets(self, schema: Schema) -> tuple[ValueSet, ...]:
        """Return the value sets of a schema; none if it accepts nothing.

        Raises ValueError for a schema that only refers to itself.
        """
        if isinstance(schema, bool):
            return tuple(_unbounded()) if schema else ()
        if UNSUPPORTED_KEYWORDS & set(schema):
            return (_as_a_whole(schema),)
        found: tuple[ValueSet, ...] | None = tuple(_own(schema))
        for part in self._parts(schema):
            found = None if found is None else _product(found, part)
        if found is not None and "unevaluatedProperties" in schema:
            found = self._closed(found, schema["unevaluatedProperties"])
        if found is None:
            return (_as_a_whole(schema),)
        return tuple(
            value_set for value_set in map(_without_impossible_values, found) if value_set is not None
        )

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[tuple[ValueSet, ...]]:
        """Yield the value sets of everything that must hold besides the schema's own keywords."""
        if "$ref" in schema:
            yield self._referred(schema["$ref"])
        for branch in schema.get("allOf", ()):
            yield self.value_sets(branch)
        if "anyOf" in schema:
            yield tuple(value_set for branch in schema["anyOf"] for value_set in self.value_sets(branch))
        if "oneOf" in schema:
            yield self._one_of(schema["oneOf"])

    def _referred(self, reference: str) -> tuple[ValueSet, ...]:
        if reference not in self._known:
            target = self._document.target(reference)
            if target is None:
                return (_as_a_whole({"$ref": reference}),)
            if reference in self._reading:
                raise ValueError(f"{reference} refers to itself")
            self._reading.add(reference)
            try:
                found = self.value_sets(target)
            finally:
                self._reading.remove(reference)
            name = reference.rsplit("/", 1)[1]
            self._known[reference] = tuple(replace(value_set, name=name) for value_set in found)
        return self._known[reference]

    def _one_of(self, branches: list[Schema]) -> tuple[ValueSet, ...]:
        """Return the branches as for `anyOf` if no value can match two of them."""
        groups = [self.value_sets(branch) for branch in branches]
        for number, group in enumerate(groups):
            for other in groups[number + 1 :]:
                if not all(self.are_disjoint(one, two) for one in group for two in other):
                    return (_as_a_whole({"oneOf": branches}),)
        return tuple(value_set for group in groups for value_set in group)

    def are_disjoint(self, one: ValueSet, other: ValueSet, depth: int = 2) -> bool:
        """Tell whether two value sets certainly have no value in common."""
        if OPAQUE in {one.kind, other.kind}:
            return False
        if one.kind != other.kind:
            return True
        if one.values is not None and other.values is not None:
            return not set(one.values) & set(other.values)
        return depth > 0 and any(
            self.are_disjoint(mine, theirs, depth - 1)
            for name in sorted(
                one.properties.keys() & other.properties.keys() & (one.required | other.required)
            )
            for mine, theirs in [self._only(one.properties[name], other.properties[name])]
        )

    def _only(self, one: Schema, other: Schema) -> tuple[ValueSet, ValueSet]:
        """Return the only value set of each schema; two that are never disjoint if a schema has several."""
        try:
            mine, theirs = self.value_sets(one), self.value_sets(other)
        except ValueError:
            # A property refers back to the schema that is being parsed, which is valid and decides nothing.
            mine = theirs = ()
        if len(mine) == len(theirs) == 1:
            return mine[0], theirs[0]
        return ValueSet(kind=OPAQUE), ValueSet(kind=OPAQUE)

    def _closed(self, value_sets: tuple[ValueSet, ...], rest: Schema) -> tuple[ValueSet, ...] | None:
        """Return the value sets with a schema for properties that none of them names; None if that is undecidable."""
        objects = [value_set for value_set in value_sets if value_set.kind == "object"]
        entangled = any(
            value_set.kind == OPAQUE
            or EVALUATING & {keyword for other in value_set.others for keyword in other}
            for value_set in value_sets
        )
        if entangled or not all(
            self.are_disjoint(one, two) for number, one in enumerate(objects) for two in objects[number + 1 :]
        ):
            return None
        return tuple(
            replace(value_set, additional=rest) if value_set.additional is None else value_set
            for value_set in value_sets
        )


def _as_a_whole(schema: Mapping[str, Any]) -> ValueSet:
    return ValueSet(kind=OPAQUE, others=(schema,))


def _unbounded() -> Iterator[ValueSet]:
    for kind in KINDS:
        yield ValueSet(kind=kind, values=_all_values(kind))


def _all_values(kind: str) -> Mapping[str, Any] | None:
    possible: dict[str, Mapping[str, Any]] = {
        "null": {"null": None},
        "boolean": {"false": False, "true": True},
    }
    return possible.get(kind)


def _own(schema: Mapping[str, Any]) -> Iterator[ValueSet]:
    """Yield the value sets of a schema's own keywords, without references and compositions."""
    declared = schema.get("type", KINDS)
    types = {declared} if isinstance(declared, str) else set(declared)
    listed = _listed_values(schema)
    beside = {keyword: schema[keyword] for keyword in OPAQUE_KEYWORDS if keyword in schema}
    for kind in KINDS:
        if kind not in types and not (kind == "number" and "integer" in types):
            continue
        values = _all_values(kind)
        if listed is not None:
            values = {
                of_json.key(value): value
                for value in listed
                if of_json.kind_of(value) == kind and (values is None or of_json.key(value) in values)
            }
        if values is None or values:
            value_set = _of_kind(kind, schema, whole="number" not in types)
            yield replace(value_set, values=values, others=(beside,) if beside else ())


def _listed_values(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" not in schema:
        return schema.get("enum")
    constant = schema["const"]
    among = "enum" not in schema or of_json.key(constant) in map(of_json.key, schema["enum"])
    return [constant] if among else []


def _of_kind(kind: str, schema: Mapping[str, Any], *, whole: bool) -> ValueSet:
    formats = frozenset({schema["format"]} if "format" in schema else ())
    match kind:
        case "number":
            return ValueSet(
                kind=kind,
                low=max(_bounds(schema, "minimum", "exclusiveMinimum", out=True), default=None),
                high=min(_bounds(schema, "maximum", "exclusiveMaximum", out=False), default=None),
                multiples=frozenset(_steps(schema, whole=whole)),
                formats=formats,
            )
        case "string":
            patterns = frozenset({schema["pattern"]} if "pattern" in schema else ())
            return ValueSet(kind=kind, patterns=patterns, formats=formats, **_size(kind, schema))
        case "array":
            unique = schema.get("uniqueItems", False)
            return ValueSet(kind=kind, unique=unique, items=schema.get("items", True), **_size(kind, schema))
        case "object":
            return ValueSet(
                kind=kind,
                properties=schema.get("properties", {}),
                required=frozenset(schema.get("required", ())),
                additional=schema.get("additionalProperties"),
                **_size(kind, schema),
            )
        case _:
            return ValueSet(kind=kind)


def _bounds(
    schema: Mapping[str, Any], closed: str, exclusive: str, *, out: bool
) -> Iterator[tuple[Fraction, bool]]:
    if closed in schema:
        yield of_json.exact(schema[closed]), not out
    if exclusive in schema:
        yield of_json.exact(schema[exclusive]), out


def _steps(schema: Mapping[str, Any], *, whole: bool) -> Iterator[Fraction]:
    if whole:
        yield Fraction(1)
    if "multipleOf" in schema:
        yield of_json.exact(schema["multipleOf"])


def _size(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    least, most = SIZES[kind]
    return {"shortest": schema.get(least, 0), "longest": schema.get(most)}


def _product(value_sets: Iterable[ValueSet], others: Iterable[ValueSet]) -> tuple[ValueSet, ...] | None:
    """Return the intersection of two unions; None if it has too many value sets."""
    others = tuple(others)
    met = (intersect(one, other) for one in value_sets for other in others)
    intersections = tuple(value_set for value_set in met if value_set is not None)
    return intersections if len(intersections) <= MAX_VALUE_SETS else None


def _without_impossible_values(value_set: ValueSet) -> ValueSet | None:
    """Return the value set without enumerated values that its bounds exclude; None if none remain."""
    if value_set.values is None:
        return value_set
    remaining = {
        key: value for key, value in value_set.values.items() if value_set.accepts(value) is not False
    }
    return replace(value_set, values=remaining) if remaining else None
