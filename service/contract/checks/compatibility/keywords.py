"""Compares the JSON Schema keywords of one type: enum, bounds, sizes, patterns and formats."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .change_messages import listed, number
from .changes import Difference, Effect
from .value_sets import ValueSet

UNITS = {"string": "characters", "array": "items", "object": "properties"}


def of_values(old: ValueSet, new: ValueSet) -> Iterator[Difference]:
    """Yield the differences of enumerated values; at least one of the two has a list."""
    if old.values is not None and new.values is not None:
        removed = [value for key, value in old.values.items() if key not in new.values]
        added_values = [value for key, value in new.values.items() if key not in old.values]
        if removed:
            yield Difference(Effect.NARROWED, "", f"Can no longer be {listed(removed)}.")
        if added_values:
            yield Difference(Effect.WIDENED, "", f"Can now be {listed(added_values)}.")
    elif old.values is not None:
        yield Difference(Effect.WIDENED, "", f"Is no longer one of {listed(old.values.values())} only.")
        out = [value for value in old.values.values() if not new.accepts(value)]
        if out:
            yield Difference(Effect.NARROWED, "", f"Can perhaps no longer be {listed(out)}.")
    else:
        added = list((new.values or {}).values())
        yield Difference(Effect.NARROWED, "", f"Can only be {listed(added)} now.")
        out = [value for value in added if not old.accepts(value)]
        if out:
            yield Difference(Effect.WIDENED, "", f"Can now be {listed(out)}, which was perhaps not possible.")


def within_kind(old: ValueSet, new: ValueSet) -> Iterator[Difference]:
    """Yield the differences of the bounds of two value sets of one type without enumerated values."""
    yield from _of_numbers(old, new)
    yield from _of_sizes(old, new)
    yield from _of_texts("pattern", old.patterns, new.patterns)
    yield from _of_texts("format", old.formats, new.formats)
    if old.unique != new.unique:
        effect = Effect.NARROWED if new.unique else Effect.WIDENED
        yield Difference(effect, "", f"Can {'no longer' if new.unique else 'now'} have the same item twice.")


def _of_numbers(old: ValueSet, new: ValueSet) -> Iterator[Difference]:
    if old.lower != new.lower:
        narrowed = old.lower is None or (new.lower is not None and new.lower > old.lower)
        sentence = f"{_lower(new, 'Is')} now, {_lower(old, 'was')}."
        yield Difference(_effect(narrowed=narrowed), "", sentence)
    if old.upper != new.upper:
        narrowed = old.upper is None or (new.upper is not None and new.upper < old.upper)
        sentence = f"{_upper(new, 'Is')} now, {_upper(old, 'was')}."
        yield Difference(_effect(narrowed=narrowed), "", sentence)
    if old.multiples != new.multiples:
        yield from _of_steps(old, new)


def _of_steps(old: ValueSet, new: ValueSet) -> Iterator[Difference]:
    sentence = f"Is {_steps(new)} now, was {_steps(old)}."
    narrower = not _implied(new.multiples, old.multiples)
    wider = not _implied(old.multiples, new.multiples)
    if narrower or wider:
        both = narrower and wider
        yield Difference(Effect.CHANGED if both else _effect(narrowed=narrower), "", sentence)


def _implied(steps: frozenset[Fraction], by: frozenset[Fraction]) -> bool:
    """Tell whether every common multiple of `by` is one of `steps`."""
    return all(any((given / step).denominator == 1 for given in by) for step in steps)


def _of_sizes(old: ValueSet, new: ValueSet) -> Iterator[Difference]:
    unit = UNITS.get(old.kind, "")
    if old.shortest != new.shortest:
        effect = _effect(narrowed=new.shortest > old.shortest)
        yield Difference(effect, "", f"Has at least {new.shortest} {unit} now, had {old.shortest}.")
    if old.longest != new.longest:
        narrowed = old.longest is None or (new.longest is not None and new.longest < old.longest)
        after = f"at most {new.longest}" if new.longest is not None else "any number of"
        before = f"at most {old.longest}" if old.longest is not None else "any number"
        yield Difference(_effect(narrowed=narrowed), "", f"Has {after} {unit} now, had {before}.")


def _of_texts(what: str, old: frozenset[str], new: frozenset[str]) -> Iterator[Difference]:
    """Yield the difference of patterns or formats: the effect of an added one is unknown, only that it narrows."""
    removed, added = _quoted(old - new), _quoted(new - old)
    if removed and added:
        yield Difference(Effect.CHANGED, "", f"Has the {what} {added} now, had {removed}.")
    elif added:
        yield Difference(Effect.NARROWED, "", f"Has the {what} {added} now.")
    elif removed:
        yield Difference(Effect.WIDENED, "", f"No longer has the {what} {removed}.")


def _effect(*, narrowed: bool) -> Effect:
    return Effect.NARROWED if narrowed else Effect.WIDENED


def _quoted(texts: frozenset[str]) -> str:
    return " and ".join(f"`{text}`" for text in sorted(texts))


def _lower(value_set: ValueSet, verb: str) -> str:
    if value_set.lower is None:
        return f"{verb} without a lower bound"
    bound, out = value_set.lower
    return f"{verb} {'more than' if out else 'at least'} {number(bound)}"


def _upper(value_set: ValueSet, verb: str) -> str:
    if value_set.upper is None:
        return f"{verb} without an upper bound"
    bound, within = value_set.upper
    return f"{verb} {'at most' if within else 'less than'} {number(bound)}"


def _steps(value_set: ValueSet) -> str:
    if not value_set.multiples:
        return "any number"
    return " and ".join(
        "a whole number" if step == 1 else f"a multiple of {number(step)}"
        for step in sorted(value_set.multiples)
    )
