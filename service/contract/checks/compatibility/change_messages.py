"""English text of one change, for the changelog and for error messages.

The texts fit both directions: a value that "is at most 10 now" may be sent by a client or by the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from .changes import Difference, Effect
from .documents import canonical_json
from .value_sets import ValueSet

WORDS = {
    "null": "null",
    "boolean": "true or false",
    "number": "a number",
    "string": "a string",
    "array": "a list",
    "object": "an object",
}
MOST_VALUES = 10


def of_kinds(removed: Sequence[ValueSet], added: Sequence[ValueSet]) -> Iterator[Difference]:
    """Yield the differences of types."""
    if removed and added:
        yield Difference(Effect.CHANGED, "", f"Is {_types(added)} now, was {_types(removed)}.")
    elif removed:
        yield Difference(Effect.NARROWED, "", f"Can no longer be {_types(removed)}.")
    elif added:
        yield Difference(Effect.WIDENED, "", f"Can now be {_types(added)}.")


def of_default(old: Any, new: Any) -> str:
    """Return the message of a default that changed."""
    if old is None:
        return f"The default is now {_json(new)}."
    if new is None:
        return f"The default {_json(old)} was removed."
    return f"The default changed from {_json(old)} to {_json(new)}."


def label(value_set: ValueSet) -> str:
    """Return the name of an alternative."""
    return f"`{value_set.name}`" if value_set.name else f"({_type(value_set)})"


def listed(values: Iterable[Any]) -> str:
    """Return values as the document writes them; a long list ends in a count."""
    written = [_json(value) for value in values]
    more = f" and {len(written) - MOST_VALUES} others" if len(written) > MOST_VALUES else ""
    return ", ".join(written[:MOST_VALUES]) + more


def number(value: Fraction) -> str:
    """Return a number as JSON writes it."""
    return str(value.numerator if value.denominator == 1 else float(value))


def _json(value: Any) -> str:
    return f"`{canonical_json(value).decode()}`"


def _types(value_sets: Iterable[ValueSet]) -> str:
    return " or ".join(dict.fromkeys(map(_type, value_sets)))


def _type(value_set: ValueSet) -> str:
    if value_set.values is not None and len(value_set.values) == 1:
        return listed(value_set.values.values()) if value_set.kind != "null" else "null"
    return "a whole number" if value_set.whole else WORDS[value_set.kind]
