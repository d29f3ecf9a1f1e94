"""Groups changes for the changelog: the same change of many operations becomes one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .changes import Change

MOST_OPERATIONS = 5


def grouped(changes: Iterable[Change]) -> list[str]:
    """Return one line for each change, with the operations that it affects."""
    operations: dict[tuple[str, str, str], list[str]] = {}
    for change in sorted(changes):
        names = operations.setdefault((change.place, change.side, change.sentence), [])
        names.append(change.operation)
    return sorted(
        f"{_place(place, side, names)}: {sentence}" for (place, side, sentence), names in operations.items()
    )


def _place(place: str, side: str, operations: Sequence[str]) -> str:
    names = [f"`{name}`" for name in dict.fromkeys(operations) if name]
    if len(names) > MOST_OPERATIONS:
        names = [*names[: MOST_OPERATIONS - 1], f"{len(names) - MOST_OPERATIONS + 1} others"]
    among = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
    if not place:
        return among or "The document"
    here = f"{side} {place}" if side and among else place
    return f"{among}, {here}" if among else here
