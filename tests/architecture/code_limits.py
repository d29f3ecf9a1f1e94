"""Rules about code size, names, the presence of docstrings, and sleeping in tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import FUNCTIONS, docstring_free, modules

MODULE_LINES = 400
FUNCTION_LINES = 60
ROUTE_STATEMENTS = 5
# The only module of the tests that sleeps, between two looks at a condition.
WAITING = Path("tests/waiting.py")
HTTP_METHODS = frozenset({"get", "head", "options", "post", "put", "patch", "delete"})

# Names that say nothing about what is inside, and so attract everything.
NAMELESS = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "service", "util", "utils"}
)


def size_violations(root: Path) -> list[str]:
    """Return modules and functions of service/ that are too long."""
    violations = []
    for module in modules(root):
        lines = len(module.text.splitlines())
        if lines > MODULE_LINES:
            violations.append(module.at(1, f"{lines} lines; at most {MODULE_LINES}"))
        for node in ast.walk(module.tree):
            if isinstance(node, FUNCTIONS):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    violations.append(
                        module.at(node.lineno, f"{node.name}: {length} lines; at most {FUNCTION_LINES}")
                    )
    return violations


def route_violations(root: Path) -> list[str]:
    """Return methods in routes.py that decide: more statements than declaring, calling and returning needs.

    Statements inside statements count too; the docstring does not.
    """
    return [
        module.at(
            method.lineno, f"{owner.name}.{method.name}: {count} statements; at most {ROUTE_STATEMENTS}"
        )
        for module in modules(root)
        if module.path.name == "routes.py"
        for owner in ast.walk(module.tree)
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, FUNCTIONS) and method.name in HTTP_METHODS
        if (count := _statements(method)) > ROUTE_STATEMENTS
    ]


def sleep_violations(root: Path) -> list[str]:
    """Return calls of `sleep` in tests: how long to sleep depends on the machine, a condition does not."""
    return [
        module.at(node.lineno, f"sleeps: use wait_until of {WAITING}")
        for module in modules(root, "tests")
        if module.path.relative_to(root) != WAITING
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) == "sleep"
    ]


def _statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = docstring_free(function.body)
    return sum(isinstance(node, ast.stmt) for statement in body for node in ast.walk(statement))


def name_violations(root: Path) -> list[str]:
    """Return modules and packages whose name tells nothing."""
    return [
        module.at(1, f"'{part}' names nothing; name the question it answers")
        for folder in ("service", "tests", "benchmarks", "alembic")
        for module in modules(root, folder)
        for part in module.name.split(".")[1:]
        if part in NAMELESS
    ]


def package_violations(root: Path) -> list[str]:
    """Return functions and classes that an `__init__.py` of service/ defines; it has a docstring and re-exports only.

    Whoever looks for them by the name of their module would not find them there, and whoever imports one module of the
    package would run them all.
    """
    return [
        module.at(node.lineno, f"{getattr(node, 'name', 'a lambda')}: move it to a module of its own")
        for module in modules(root)
        if module.is_package
        for node in ast.walk(module.tree)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda))
    ]


def docstring_violations(root: Path) -> list[str]:
    """Return modules, public classes and public functions of service/ without a docstring."""
    violations = []
    for module in modules(root):
        if not ast.get_docstring(module.tree):
            violations.append(module.at(1, "module without a docstring"))
        violations += [
            module.at(node.lineno, f"{node.name} without a docstring")
            for node in _public(module.tree)
            if not ast.get_docstring(node)
        ]
    return violations


def _public(
    owner: ast.Module | ast.ClassDef,
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the public classes and functions of a module or class; not what is local to a function."""
    for node in owner.body:
        if (
            isinstance(node, (*FUNCTIONS, ast.ClassDef))
            and not node.name.startswith("_")
            and not _explained(node)
        ):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _explained(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether another definition carries the docstring: an overload, an override, a setter."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter", "deleter"})
