"""Value sets: the values of one JSON type that a schema accepts, and their intersection.

A schema is the union of its value sets: `["string", "null"]` has two, a `oneOf` as many as it has branches. References
are resolved and `allOf` is merged, property by property.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from . import values as of_json
from .documents import Schema, canonical_json

# A schema that cannot be analysed: compared only as a whole, and any change counts as narrower and wider.
OPAQUE = "any"
UNKNOWN = object()

NOTHING: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet:
    """A set of values of one type.

    `shortest` and `longest` count characters, items or properties. `low` and `high` are a bound and whether it is
    itself excluded (low) or included (high), so that the tighter of two is `max` and `min`. `others` must hold as well,
    each as a whole.
    """

    kind: str
    name: str = ""
    values: Mapping[str, Any] | None = None
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    multiples: frozenset[Fraction] = NOTHING
    shortest: int = 0
    longest: int | None = None
    patterns: frozenset[str] = NOTHING
    formats: frozenset[str] = NOTHING
    unique: bool = False
    items: Schema = True
    properties: Mapping[str, Schema] = field(default_factory=dict)
    required: frozenset[str] = NOTHING
    additional: Schema | None = None
    others: tuple[Mapping[str, Any], ...] = ()

    @property
    def rest(self) -> Schema:
        """Return the schema of properties that are not named."""
        return True if self.additional is None or self.additional == {} else self.additional

    def property_schema(self, name: str) -> Schema:
        """Return the schema of the property `name`, if it is present."""
        return self.properties.get(name, self.rest)

    @property
    def whole(self) -> bool:
        """Tell whether only integers are accepted."""
        return any(step.denominator == 1 for step in self.multiples)

    @property
    def lower(self) -> tuple[Fraction, bool] | None:
        """Return the lower bound; of integers the smallest one that is possible."""
        if self.low is None or not self.whole:
            return self.low
        bound, out = self.low
        return Fraction(floor(bound) + 1 if out else ceil(bound)), False

    @property
    def upper(self) -> tuple[Fraction, bool] | None:
        """Return the upper bound; of integers the largest one that is possible."""
        if self.high is None or not self.whole:
            return self.high
        bound, within = self.high
        return Fraction(floor(bound) if within else ceil(bound) - 1), True

    def accepts(self, value: Any) -> bool | None:
        """Tell whether the bounds accept a value of this type; None if that cannot be decided."""
        results = [None if self.others or self.formats else True]
        match value:
            case bool() | None:
                pass
            case int() | float():
                results += self._takes_number(of_json.exact(value))
            case str():
                results.append(self._takes_length(len(value)))
                results += [of_json.matches(pattern, value) for pattern in self.patterns]
            case _:
                results += [None, self._takes_length(len(value))]
        return False if False in results else None if None in results else True

    def _takes_number(self, number: Fraction) -> list[bool | None]:
        low = self.low is None or number > self.low[0] or (number == self.low[0] and not self.low[1])
        high = self.high is None or number < self.high[0] or (number == self.high[0] and self.high[1])
        return [low, high, all((number / step).denominator == 1 for step in self.multiples)]

    def _takes_length(self, length: int) -> bool:
        return self.shortest <= length and (self.longest is None or length <= self.longest)


def intersect(one: ValueSet, other: ValueSet) -> ValueSet | None:
    """Return the intersection of two value sets; None if they are of different types."""
    if OPAQUE in {one.kind, other.kind}:
        opaque, added = (other, one) if one.kind == OPAQUE else (one, other)
        return replace(opaque, others=opaque.others + added.others)
    if one.kind != other.kind:
        return None
    return ValueSet(
        kind=one.kind,
        name=one.name or other.name,
        values=_common_values(one.values, other.values),
        low=max((bound for bound in (one.low, other.low) if bound), default=None),
        high=min((bound for bound in (one.high, other.high) if bound), default=None),
        multiples=one.multiples | other.multiples,
        shortest=max(one.shortest, other.shortest),
        longest=min((most for most in (one.longest, other.longest) if most is not None), default=None),
        patterns=one.patterns | other.patterns,
        formats=one.formats | other.formats,
        unique=one.unique or other.unique,
        items=intersect_schemas(one.items, other.items),
        properties={
            name: intersect_schemas(one.property_schema(name), other.property_schema(name))
            for name in {**one.properties, **other.properties}
        },
        required=one.required | other.required,
        additional=_common_rest(one.additional, other.additional),
        others=one.others + other.others,
    )


def _common_values(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if one is None or other is None:
        return other if one is None else one
    return {key: value for key, value in one.items() if key in other}


def _common_rest(one: Schema | None, other: Schema | None) -> Schema | None:
    if one is None or other is None:
        return other if one is None else one
    return intersect_schemas(one, other)


def intersect_schemas(one: Schema, other: Schema) -> Schema:
    """Return the schema of the values that two schemas accept.

    Parts are listed once, whatever the nesting: a schema that refers to itself would grow for ever otherwise.
    """
    parts: dict[bytes, Schema] = {}
    for schema in (one, other):
        pure = isinstance(schema, Mapping) and set(schema) == {"allOf"}
        for part in schema["allOf"] if pure and isinstance(schema, Mapping) else [schema]:
            if part is not True and part != {}:
                parts[canonical_json(part)] = part
    if False in parts.values():
        return False
    unique = list(parts.values())
    return True if not unique else unique[0] if len(unique) == 1 else {"allOf": unique}
