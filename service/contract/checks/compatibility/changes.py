"""Change levels (patch, addition, breaking, forbidden) and the classification of an effect as one of them.

A comparison finds effects: of two sets of values, the new one is narrower, wider, or neither. What an effect means
depends on who sends the values: the set that a client may send can grow, the set that it receives cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import Literal

Side = Literal["request", "response"]


class ChangeLevel(IntEnum):
    """The version change that a change requires; the highest level is a change that no version allows yet."""

    PATCH = 1
    ADDITION = 2
    BREAKING = 3
    FORBIDDEN = 4


class Effect(Enum):
    """How the set of accepted or sent values at a place changed."""

    NARROWED = "some values are no longer accepted"
    WIDENED = "some values are newly accepted"
    CHANGED = "some of each, or unknown"
    ALTERNATIVE = "one more alternative"
    ADDED = "something was added where the document had left room for it"
    REMOVED = "something that could be used was removed"
    DEPRECATED = "a deprecation was announced"
    REWORDED = "only the description changed"
    SUNSET_VIOLATED = "a sunset date was not kept"


LEVELS: dict[tuple[Effect, Side], ChangeLevel] = {
    (Effect.NARROWED, "request"): ChangeLevel.BREAKING,
    (Effect.NARROWED, "response"): ChangeLevel.ADDITION,
    (Effect.WIDENED, "request"): ChangeLevel.ADDITION,
    (Effect.WIDENED, "response"): ChangeLevel.BREAKING,
    (Effect.ALTERNATIVE, "request"): ChangeLevel.ADDITION,
    (Effect.ALTERNATIVE, "response"): ChangeLevel.BREAKING,
    **{
        (effect, side): level
        for side in ("request", "response")
        for effect, level in {
            Effect.CHANGED: ChangeLevel.BREAKING,
            Effect.ADDED: ChangeLevel.ADDITION,
            Effect.REMOVED: ChangeLevel.BREAKING,
            Effect.DEPRECATED: ChangeLevel.ADDITION,
            Effect.REWORDED: ChangeLevel.PATCH,
            Effect.SUNSET_VIOLATED: ChangeLevel.FORBIDDEN,
        }.items()
    },
}

# Effects after which an old value may be rejected, and after which a new one may be accepted.
NARROWING_EFFECTS = frozenset(Effect) - {
    Effect.WIDENED,
    Effect.ALTERNATIVE,
    Effect.DEPRECATED,
    Effect.REWORDED,
}
WIDENING_EFFECTS = frozenset(Effect) - {Effect.NARROWED, Effect.ADDED, Effect.DEPRECATED, Effect.REWORDED}


@dataclass(frozen=True, slots=True)
class Difference:
    """An effect at a place, which is relative (`.tags[]`) or begins with the name of a schema (`Post.tags[]`)."""

    effect: Effect
    place: str
    sentence: str

    def below(self, place: str) -> Difference:
        """Return it as seen from further out, unless its place begins with a name already."""
        relative = not self.place or self.place[0] in ".["
        return replace(self, place=(place + self.place).rstrip()) if relative else self


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change of the API.

    `operation` is an operationId, empty for the document as a whole; `place` is readable: `query status`, `201
    application/json .tags[]`, `Post.title`.
    """

    level: ChangeLevel
    side: Side | Literal[""]
    operation: str
    place: str
    sentence: str

    def __str__(self) -> str:
        where = " ".join(part for part in (self.operation, self.side, self.place) if part)
        return f"{self.level.name.lower()}: {where or 'document'}: {self.sentence}"


def prefix_place(place: str, found: Iterable[Difference]) -> Iterator[Difference]:
    """Yield differences as seen from further out."""
    return (difference.below(place) for difference in found)


def classify(differences: Iterable[Difference], side: Side, operation: str) -> Iterator[Change]:
    """Yield the changes that differences are for the clients of `operation`."""
    for difference in differences:
        level = LEVELS[difference.effect, side]
        yield Change(level, side, operation, difference.place, difference.sentence)
