"""Compares two schemas: where the new one accepts fewer values (narrower) or more (wider), place by place.

Where no difference narrows, every value of the old schema is one of the new; where none widens, the reverse. The one
exception is a new property of an object that was open: the document had allowed further properties. In doubt both are
reported: a false alarm costs a sentence, a missed change a client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from .change_messages import label, of_default, of_kinds
from .changes import (
    NARROWING_EFFECTS,
    WIDENING_EFFECTS,
    Difference,
    Effect,
    Side,
    prefix_place,
)
from .documents import DocumentPair, Schema, canonical_json
from .keywords import of_values, within_kind
from .schema_reader import KINDS, SchemaReader
from .sunsets import deprecation_changes, removal_change
from .value_sets import OPAQUE, ValueSet


class Schemas:
    """Compares schemas of two documents, from the side that sends or receives them."""

    def __init__(self, pair: DocumentPair, side: Side, today: date) -> None:
        self._pair, self._side, self._today = pair, side, today
        self._old, self._new = SchemaReader(pair.old), SchemaReader(pair.new)
        self._known: dict[tuple[bytes, bytes], list[Difference]] = {}
        self._open: set[tuple[bytes, bytes]] = set()
        self._assumed: set[tuple[bytes, bytes]] = set()

    def differences(self, old: Schema, new: Schema) -> list[Difference]:
        """Return the differences of the accepted values; empty if there are none.

        Two schemas whose comparison is already in progress are assumed equal here: their differences are reported
        there. A result that depends on this is not cached.
        """
        key = canonical_json(old), canonical_json(new)
        if key in self._open:
            self._assumed.add(key)
            return []
        if key not in self._known:
            self._open.add(key)
            differences = self._compared(old, new)
            self._open.remove(key)
            self._assumed.discard(key)
            if self._assumed:
                return differences
            self._known[key] = differences
        return self._known[key]

    def _compared(self, old: Schema, new: Schema) -> list[Difference]:
        if self._pair.identical(old, new):
            return []
        differences = [
            *self._of_forms(self._old.value_sets(old), self._new.value_sets(new)),
            *self._of_default(old, new),
        ]
        # Reported under its name, the change of a schema is the same for every operation that uses it.
        name = _component(new) if _component(old) else ""
        return list(dict.fromkeys(prefix_place(name, differences)))

    def _of_default(self, old: Schema, new: Schema) -> Iterator[Difference]:
        if self._side == "request":
            was, now = self._pair.old.annotation(old, "default"), self._pair.new.annotation(new, "default")
            if canonical_json(was) != canonical_json(now):
                effect = Effect.ADDED if was is None else Effect.CHANGED
                yield Difference(effect, "", of_default(was, now))

    def _of_forms(self, old: Sequence[ValueSet], new: Sequence[ValueSet]) -> Iterator[Difference]:
        if any(value_set.kind == OPAQUE for value_set in (*old, *new)):
            yield Difference(Effect.CHANGED, "", "Changed in a way that cannot be compared in detail.")
            return
        before, after = ({value_set.kind for value_set in value_sets} for value_sets in (old, new))
        yield from of_kinds(
            [value_set for value_set in old if value_set.kind not in after],
            [value_set for value_set in new if value_set.kind not in before],
        )
        for kind in KINDS:
            if kind in before & after:
                yield from self._of_kind(
                    [value_set for value_set in old if value_set.kind == kind],
                    [value_set for value_set in new if value_set.kind == kind],
                )

    def _of_kind(self, old: Sequence[ValueSet], new: Sequence[ValueSet]) -> Iterator[Difference]:
        """Yield the differences between value sets of one type, each compared with its counterpart."""
        pairs = _partners(old, new)
        for one, other in pairs:
            yield from self._of_pair(one, other)
        left = [value_set for value_set in old if not any(value_set is one for one, _ in pairs)]
        added = [value_set for value_set in new if not any(value_set is other for _, other in pairs)]
        for value_set in left:
            if not any(self._none(NARROWING_EFFECTS, value_set, other) for other in new):
                yield Difference(Effect.NARROWED, "", f"The alternative {label(value_set)} was removed.")
        for value_set in added:
            if not any(self._none(WIDENING_EFFECTS, other, value_set) for other in old):
                yield Difference(Effect.ALTERNATIVE, "", f"The alternative {label(value_set)} was added.")

    def _none(self, effects: frozenset[Effect], old: ValueSet, new: ValueSet) -> bool:
        return not any(difference.effect in effects for difference in self._of_pair(old, new))

    def _of_pair(self, old: ValueSet, new: ValueSet) -> Iterator[Difference]:
        if not self._same_beside(old, new):
            yield Difference(Effect.CHANGED, "", "Changed in a way that cannot be compared in detail.")
        if old.values is not None or new.values is not None:
            yield from of_values(old, new)
            if old.values is None or new.values is None or (_listed_only(old) and _listed_only(new)):
                return
        yield from within_kind(old, new)
        if old.kind == "array":
            yield from prefix_place("[]", self.differences(old.items, new.items))
        if old.kind == "object":
            yield from self._of_properties(old, new)
            yield from self._of_rest(old.rest, new.rest)

    def _same_beside(self, old: ValueSet, new: ValueSet) -> bool:
        """Tell whether the keywords that are compared only as a whole are equal, whatever their order."""
        ours, theirs = (sorted(value_set.others, key=canonical_json) for value_set in (old, new))
        return len(ours) == len(theirs) and all(
            self._pair.identical(one, other) for one, other in zip(ours, theirs, strict=True)
        )

    def _of_properties(self, old: ValueSet, new: ValueSet) -> Iterator[Difference]:
        for name in sorted({*old.properties, *new.properties, *old.required, *new.required}):
            yield from prefix_place(f".{name}", self._of_property(name, old, new))

    def _of_property(self, name: str, old: ValueSet, new: ValueSet) -> Iterator[Difference]:
        was, now = old.property_schema(name), new.property_schema(name)
        demanded = name in new.required and name not in old.required
        unknown = name not in {*old.properties, *old.required} and isinstance(old.rest, bool)
        if unknown and name in new.properties and self._new.value_sets(now):
            yield _new_property(demanded=demanded, closed=old.rest is False)
            return
        if name in old.properties and name not in new.properties and self._old.value_sets(was):
            yield removal_change(
                lambda key: self._pair.old.annotation(was, key), "The property", "", self._today
            )
            return
        yield from self.differences(was, now)
        yield from self._announced(was, now)
        if demanded:
            yield Difference(Effect.NARROWED, "", "Is now required.")
        if name in old.required and name not in new.required:
            yield Difference(Effect.WIDENED, "", "Is no longer required.")

    def _announced(self, old: Schema, new: Schema) -> Iterator[Difference]:
        return deprecation_changes(
            lambda key: self._pair.old.annotation(old, key),
            lambda key: self._pair.new.annotation(new, key),
            "",
            self._today,
        )

    def _of_rest(self, old: Schema, new: Schema) -> Iterator[Difference]:
        if old is True and new is False:
            yield Difference(Effect.NARROWED, "", "No longer allows additional properties.")
        elif old is False and new is True:
            yield Difference(Effect.WIDENED, "", "Now allows additional properties.")
        else:
            yield from prefix_place(".*", self.differences(old, new))


def _new_property(*, demanded: bool, closed: bool) -> Difference:
    if demanded:
        return Difference(
            Effect.CHANGED if closed else Effect.NARROWED, "", "The property was added and is required."
        )
    return Difference(Effect.WIDENED if closed else Effect.ADDED, "", "The property was added.")


def _component(schema: Schema) -> str:
    """Return the name of the referenced schema; empty if the schema is inline."""
    if isinstance(schema, Mapping) and set(schema) & {"$ref"}:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    return ""


def _partners(old: Sequence[ValueSet], new: Sequence[ValueSet]) -> list[tuple[ValueSet, ValueSet]]:
    """Match value sets with their counterparts: by name, else by constants, else the only one left."""
    pairs: list[tuple[ValueSet, ValueSet]] = []
    ours, theirs = list(old), list(new)
    for mark in (_name, _constants):
        for value_set in list(ours):
            candidates = [other for other in theirs if mark(value_set) and mark(value_set) == mark(other)]
            if candidates:
                pairs.append((value_set, candidates[0]))
                ours.remove(value_set)
                theirs.remove(candidates[0])
    if len(ours) == len(theirs) == 1:
        pairs.append((ours[0], theirs[0]))
    return pairs


def _listed_only(value_set: ValueSet) -> bool:
    """Tell whether the enumerated values alone decide, since each is known to match the other keywords."""
    return all(value_set.accepts(value) for value in (value_set.values or {}).values())


def _name(value_set: ValueSet) -> str:
    return value_set.name


def _constants(value_set: ValueSet) -> dict[str, Any]:
    """Return the properties with a single possible value."""
    return {
        name: schema["const"]
        for name, schema in value_set.properties.items()
        if isinstance(schema, Mapping) and "const" in schema
    }
