"""Rules for deprecations and sunset dates: when something may be removed, and how its sunset may change.

An operation, a parameter or a property is removed in two steps: first `deprecated: true` with `x-sunset: 2027-01-31`
beside it (it works until the end of the day before), then its removal on that day or later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from ...deprecation import SUNSET_EXTENSION
from .changes import Difference, Effect

# Returns the value of a keyword of one declaration, or None.
KeywordLookup = Callable[[str], Any]


def removal_change(facts: KeywordLookup, what: str, place: str, today: date) -> Difference:
    """Return the difference of a removal, which must not happen before the sunset date."""
    sunset = sunset_date(facts)
    if sunset is not None and today < sunset:
        sentence = f"{what} was removed before its sunset date, {sunset}."
        return Difference(Effect.SUNSET_VIOLATED, place, sentence)
    return Difference(Effect.REMOVED, place, f"{what} was removed.")


def deprecation_changes(
    old: KeywordLookup, new: KeywordLookup, place: str, today: date
) -> Iterator[Difference]:
    """Yield the differences of deprecations and sunset dates."""
    was, now = bool(old("deprecated")), bool(new("deprecated"))
    before, after = sunset_date(old), sunset_date(new)
    if now and after is None and new(SUNSET_EXTENSION) is not None:
        sentence = f"The {SUNSET_EXTENSION} {new(SUNSET_EXTENSION)!r} is not a date such as 2027-01-31."
        yield Difference(Effect.SUNSET_VIOLATED, place, sentence)
    elif now and (not was or (before is None and after is not None)):
        yield Difference(
            Effect.DEPRECATED, place, f"Deprecated{f', with the sunset date {after}' if after else ''}."
        )
    elif was and not now:
        yield Difference(Effect.REWORDED, place, "No longer deprecated.")
    elif before is not None and after is None:
        yield Difference(Effect.REWORDED, place, f"The sunset date {before} was withdrawn.")
    elif before is not None and after is not None and before != after:
        yield _sunset_moved(before, after, place, today)


def _sunset_moved(before: date, after: date, place: str, today: date) -> Difference:
    if after < before and today < before:
        sentence = f"The sunset date was moved from {before} to the earlier {after}."
        return Difference(Effect.SUNSET_VIOLATED, place, sentence)
    return Difference(Effect.REWORDED, place, f"The sunset date was moved from {before} to {after}.")


def sunset_date(facts: KeywordLookup) -> date | None:
    """Return the sunset date of something deprecated; None if there is none or it is invalid."""
    announced = facts(SUNSET_EXTENSION) if facts("deprecated") else None
    try:
        return date.fromisoformat(announced) if isinstance(announced, str) else None
    except ValueError:
        return None
