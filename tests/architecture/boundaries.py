"""Rules about side effects: only the edge commits, business rules import no Flask, nothing loads lazily."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.source import Module, modules

# transaction() and the dispatcher's hook live here; everything else asks them.
MAY_COMMIT = frozenset({"service/core/database.py"})

HTTP_CLIENTS = frozenset({"aiohttp", "httpcore", "httpx", "requests", "urllib3"})

KNOWS_NO_FLASK = frozenset({"actions", "queries"})


def commit_violations(root: Path) -> list[str]:
    """Return every mention of a commit outside the edge: a call, a bound method, a name or SQL."""
    return [
        module.at(node.lineno, "only the edge commits; actions flush")
        for module in modules(root)
        if module.path.relative_to(root).as_posix() not in MAY_COMMIT
        for node in ast.walk(module.tree)
        if _is_commit(node)
    ]


def _is_commit(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "commit"
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == "commit"


def flask_violations(root: Path) -> list[str]:
    """Return imports of Flask, its extensions or Werkzeug in actions, queries and models."""
    return [
        module.at(found.line, f"{found.module} in a module that must know no Flask")
        for module in modules(root)
        if _must_know_no_flask(module)
        for found in module.imports()
        if found.module.split(".")[0] in {"flask", "werkzeug"} or found.module.startswith("flask_")
    ]


def _must_know_no_flask(module: Module) -> bool:
    return module.path.stem in KNOWS_NO_FLASK or module.name.startswith("service.models")


def outbound_violations(root: Path) -> list[str]:
    """Return imports of clients for HTTP outside of the guarded way out: a URL may lead inside."""
    return [
        module.at(found.line, f"{found.module} outside of core/outbound: use safe_fetch")
        for module in modules(root)
        if not module.name.startswith("service.core.outbound")
        for found in module.imports()
        if found.module.split(".")[0] in HTTP_CLIENTS
        or f"{found.module}.{found.name}.".startswith(("http.client.", "urllib.request."))
    ]


def lazy_violations(root: Path) -> list[str]:
    """Return relationships that would query behind the reader's back: all without `lazy="raise_on_sql"`."""
    return [
        module.at(node.lineno, 'relationship() without lazy="raise_on_sql"')
        for module in modules(root, "service/models")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _is_relationship(node) and not _raises_on_sql(node)
    ]


def _is_relationship(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"relationship", "dynamic_loader", "backref"}


def _raises_on_sql(node: ast.Call) -> bool:
    return any(
        keyword.arg == "lazy"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value == "raise_on_sql"
        for keyword in node.keywords
    )
