"""Rules about imports: they point left only, between layers, features and the files of a feature.

contract, config <- extensions <- models <- core <- features <- api, reactions, worker, cli <- app <- wsgi

Among features only to those named earlier in `FEATURES` of `service/api.py`; the four before `app` in
the order in which they stand here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.source import Module, imported_modules, modules

BELOW_FEATURES = ("contract", "config", "extensions", "models", "core")
# `bootstrap` sets up a first start.
ABOVE_FEATURES = ("bootstrap", "api", "reactions", "worker", "cli", "app")
# `importing` reads and writes trees of posts, for two flask commands and for the features from this one on.
USES_FEATURES, BEFORE = "importing", "imports"

# Layers that import less than everything to their left.
STRICT: Mapping[str, frozenset[str]] = {
    "contract": frozenset(),
    "config": frozenset(),
    "models": frozenset({"extensions"}),
}

# Within and among features, a file of the first kind never imports one of the second.
FORBIDDEN_IN_FEATURES: Mapping[str, frozenset[str]] = {
    "actions": frozenset({"routes", "schemas"}),
    "queries": frozenset({"routes", "schemas", "actions"}),
    "schemas": frozenset({"routes"}),
    "tasks": frozenset({"routes", "schemas"}),
}

# The composition roots import features by the names in their tables.
MAY_IMPORT_BY_NAME = frozenset({"service.api", "service.worker", "service.app"})


def features(root: Path) -> tuple[str, ...]:
    """Return `FEATURES` of `service/api.py`: the feature packages in the order of the docs.

    Raises ValueError when it is not a literal tuple of strings at the top of that module.
    """
    path = root / "service" / "api.py"
    for node in Module(root, path).tree.body if path.exists() else ():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "FEATURES" for target in targets):
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                value = None
            if isinstance(value, tuple) and all(isinstance(name, str) for name in value):
                return value
    raise ValueError("service/api.py must name the features in a literal: FEATURES: tuple[str, ...] = (...)")


def direction_violations(root: Path) -> list[str]:
    """Return every import within service/ that points right, or to a place outside the layers."""
    order = features(root)
    first = order.index(BEFORE) if BEFORE in order else len(order)
    layers = (*BELOW_FEATURES, *order[:first], USES_FEATURES, *order[first:], *ABOVE_FEATURES)
    ranks = {layer: rank for rank, layer in enumerate(layers)}
    found = modules(root)
    known = {module.name for module in found}
    violations = [
        f"service/api.py: FEATURES names {name}, which is no package of service/"
        for name in order
        if f"service.{name}" not in known
    ]
    for module in found:
        here = _layer(module.name)
        if here and here not in ranks:
            violations.append(module.at(1, f"service.{here} is in no layer and not in FEATURES"))
            continue
        for line, target in imported_modules(module, known):
            there = _layer(target)
            if there and there != here and (reason := _refusal(here, there, ranks)):
                violations.append(module.at(line, reason))
    return violations


def _layer(name: str) -> str:
    """Return the part of a module's name that decides its layer; empty for `service` itself."""
    return [*name.split("."), ""][1]


def _refusal(here: str, there: str, ranks: Mapping[str, int]) -> str | None:
    if not here:
        return f"the package service itself imports nothing of its own, not {there}"
    if here in STRICT and there not in STRICT[here]:
        return f"{here} may import {' and '.join(STRICT[here]) or 'nothing else'} of service, not {there}"
    if ranks.get(there, -1) > ranks[here]:
        return f"{here} imports {there}, which is to the right of it"
    return None


def feature_file_violations(root: Path) -> list[str]:
    """Return imports between the files of features that turn their order round: an action needs no route.

    Tasks of another feature are none of a feature's business either: `service.reactions` connects them.
    """
    found = modules(root)
    known = {module.name for module in found}
    packages = set(features(root))
    violations = []
    for module in found:
        forbidden = FORBIDDEN_IN_FEATURES.get(_file_of_feature(module.name, packages), frozenset())
        for line, target in imported_modules(module, known):
            kind = _file_of_feature(target, packages)
            if kind in forbidden:
                violations.append(module.at(line, f"{module.path.name} imports {target}"))
            elif kind == "routes" and _layer(module.name) in packages:
                violations.append(module.at(line, f"nothing in a feature imports routes: {target}"))
            elif kind == "tasks" and _layer(module.name) in packages - {_layer(target)}:
                violations.append(module.at(line, f"a feature emits, and does not know the tasks: {target}"))
    return violations


def _file_of_feature(name: str, packages: set[str]) -> str:
    parts = name.split(".")
    return parts[2] if len(parts) > 2 and parts[1] in packages else ""


def hidden_import_violations(root: Path) -> list[str]:
    """Return imports by a computed name, which no rule here could follow, outside the composition roots."""
    return [
        module.at(node.lineno, "imports by name; only the composition roots may")
        for module in modules(root)
        if module.name not in MAY_IMPORT_BY_NAME
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and _called(node) in {"import_module", "__import__", "import_string", "find_modules"}
    ]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def cycle_violations(root: Path) -> list[str]:
    """Return one line for each circle of modules of service/ that import each other, directly or not."""
    found = modules(root)
    known = {module.name for module in found}
    graph = {module.name: {target for _, target in imported_modules(module, known)} for module in found}
    return [f"import cycle: {' -> '.join(circle)}" for circle in _circles(graph)]


def _circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield each circle once, starting at its alphabetically first module.

    Depth first with three colours; a circle shows as an edge back to a module still on the way.
    """
    done: set[str] = set()
    seen: set[tuple[str, ...]] = set()

    def visit(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            circle = way[way.index(name) :]
            first = circle.index(min(circle))
            circle = [*circle[first:], *circle[: first + 1]]
            if tuple(circle) not in seen:
                seen.add(tuple(circle))
                yield circle
        elif name not in done:
            for target in sorted(graph[name]):
                yield from visit(target, [*way, name])
            done.add(name)

    for name in sorted(graph):
        yield from visit(name, [])
