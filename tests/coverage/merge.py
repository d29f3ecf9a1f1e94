"""Contract coverage of parallel test runs, merged and checked: `python -m tests.coverage.merge FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.coverage.observed import Fact, Tests, declared_facts
from tests.coverage.report import FILE, report

DOCUMENT = FILE.with_name("openapi.json")


@dataclass(frozen=True, slots=True)
class Part:
    """The coverage of one process, and whether a test failed there: then the coverage is not complete."""

    tests: Tests
    failed: bool

    def write(self, file: Path) -> None:
        seen = [[*fact, sorted(tests)] for fact, tests in self.tests.items()]
        file.write_text(json.dumps({"failed": self.failed, "seen": seen}))

    @classmethod
    def read(cls, file: Path) -> Part:
        content = json.loads(file.read_text())
        return cls(
            {(operation, fact): {*tests} for operation, fact, tests in content["seen"]}, content["failed"]
        )


def together(parts: Sequence[Part]) -> Tests:
    """Return the coverage of all parts."""
    seen: dict[Fact, set[str]] = {}
    for part in parts:
        for fact, tests in part.tests.items():
            seen.setdefault(fact, set()).update(tests)
    return seen


def complaints(seen: Tests) -> list[str]:
    """Compare the coverage with the document; update openapi/coverage.json if it is out of date."""
    committed = FILE.read_text() if FILE.exists() else ""
    result = report(declared_facts(json.loads(DOCUMENT.read_bytes())), seen, committed)
    if result.content == committed:
        return result.complaints
    FILE.write_text(result.content)
    return [
        *result.complaints,
        "openapi/coverage.json was out of date; it is written anew: look at it and commit it",
    ]


def main(folder: str) -> int:
    parts = [Part.read(file) for file in Path(folder).glob("seen-*.json")]
    if not parts or any(part.failed for part in parts):
        print("Contract coverage is checked when all tests pass.", file=sys.stderr)
        return 1
    found = complaints(together(parts))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
