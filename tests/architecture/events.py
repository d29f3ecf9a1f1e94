"""Rules about events: what a feature emits is declared, with exactly that payload."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from service.models.events import EVENTS, Event
from tests.architecture.source import Module, modules


def emission_violations(root: Path, events: Mapping[str, Event] = EVENTS) -> list[str]:
    """Return calls of `emit` whose event is not a declared name in plain text, or with other values than declared.

    A payload of the wrong form raises when the line runs; this finds it in lines that no test runs.
    """
    return [
        module.at(node.lineno, reason)
        for module in modules(root)
        for node in emissions(module)
        if (reason := _refusal(node, events))
    ]


def emissions(module: Module) -> Iterator[ast.Call]:
    """Yield the calls of `emit` in a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            function = node.func
            if getattr(function, "id", getattr(function, "attr", "")) == "emit":
                yield node


def _refusal(call: ast.Call, events: Mapping[str, Event]) -> str | None:
    name = call.args[0] if len(call.args) == 1 else None
    if not isinstance(name, ast.Constant):
        return "emit() needs the name of the event as a literal, and its values by name"
    declared = events.get(name.value)
    if declared is None:
        return f"the event {name.value} is not declared"
    given = {keyword.arg for keyword in call.keywords}
    if given != set(declared.payload):
        return f"{name.value} has the values {', '.join(declared.payload)}"
    return None
