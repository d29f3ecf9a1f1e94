"""Contract coverage: observed against declared responses, and the file that names a test for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.coverage.observed import MESSAGE, Fact, Tests

FILE = Path(__file__).resolve().parents[2] / "openapi" / "coverage.json"


@dataclass(frozen=True, slots=True)
class Report:
    """The coverage of one full run, and the file as it ought to be."""

    never_seen: list[Fact]
    undeclared: list[Fact]
    content: str

    @property
    def complaints(self) -> list[str]:
        return [
            *(f"declared and never observed: {operation}: {fact}" for operation, fact in self.never_seen),
            *(f"observed and not declared: {operation}: {fact}" for operation, fact in self.undeclared),
        ]


def report(declared: set[Fact], seen: Tests, committed: str) -> Report:
    """Compare what was seen with what is declared.

    A fact keeps the test that the committed file names for it while that test still sees it; otherwise the first by
    name takes its place. So the file changes when the truth does, and not with the order of a run.
    """
    named = _named(committed)
    observers = {
        fact: named[fact] if named.get(fact) in tests else min(tests)
        for fact, tests in seen.items()
        if fact in declared
    }
    return Report(
        sorted(declared - seen.keys()), sorted(seen.keys() - declared), _content(declared, observers)
    )


def _content(declared: set[Fact], observers: Mapping[Fact, str]) -> str:
    operations: dict[str, dict[str, str | None]] = {}
    for operation, fact in sorted(declared):
        operations.setdefault(operation, {})[fact] = observers.get((operation, fact))
    headers = {fact for fact in declared if fact[1].endswith(":")}
    messages = {fact for fact in declared if fact[1] == MESSAGE}
    kinds = {"answers": declared - headers - messages, "headers": headers, "messages": messages}
    counts = {
        kind: {"declared": len(facts), "observed": len(facts & observers.keys())}
        for kind, facts in kinds.items()
    }
    content = {**counts, "operations": operations}
    return json.dumps(content, indent=1) + "\n"


def _named(committed: str) -> dict[Fact, str | None]:
    operations: Mapping[str, Any] = json.loads(committed)["operations"] if committed else {}
    return {
        (operation, fact): test for operation, facts in operations.items() for fact, test in facts.items()
    }
