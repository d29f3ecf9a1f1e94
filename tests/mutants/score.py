"""The mutation score file: which check killed which mutant."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.mutants.checkout_copies import Kill
from tests.servers import ROOT

FILE = ROOT / "openapi" / "mutants.json"


def content(killed: Mapping[str, Kill | None]) -> str:
    """Return the file that says it, sorted by name."""
    found = [
        {"name": name, "check": kill.check if kill else None, "test": kill.test if kill else None}
        for name, kill in sorted(killed.items())
    ]
    score = {"planted": len(killed), "killed": sum(kill is not None for kill in killed.values())}
    return json.dumps({**score, "mutants": found}, indent=1, ensure_ascii=False) + "\n"


def known_kills() -> dict[str, Kill]:
    """Return what killed each mutant when the file was written."""
    scored = json.loads(FILE.read_text())["mutants"] if FILE.exists() else []
    return {each["name"]: Kill(each["check"], each["test"]) for each in scored if each["check"]}


def line(name: str, kill: Kill | None) -> str:
    """Return a line of the table: the mutant, and what killed it."""
    return f"{name:80} {f'{kill.check}: {kill.test}' if kill else 'SURVIVED'}"
