"""The parsed modules of a source tree and their imports.

The rules beside this module take the root of a checkout and return what breaks them, a line each
(`service/posts/actions.py:3: ...`), so that they run as well on a small tree with a planted fault.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Import:
    """One imported name: the module it is looked up in, and the name (None for `import module`)."""

    line: int
    module: str
    name: str | None


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name and its syntax tree."""

    root: Path
    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def is_package(self) -> bool:
        return self.path.stem == "__init__"

    def at(self, line: int, message: str) -> str:
        """Return `message` with this file and `line` in front."""
        return f"{self.path.relative_to(self.root).as_posix()}:{line}: {message}"

    def imports(self) -> tuple[Import, ...]:
        """Return every import, wherever it stands: in a function or under `TYPE_CHECKING` counts too."""
        return _imports(self.text, self.name, self.is_package)


@cache
def _imports(text: str, name: str, is_package: bool) -> tuple[Import, ...]:
    """Parse a module for its imports; once, because many rules are about them."""
    return tuple(_imports_in(ast.parse(text), name, is_package))


def _imports_in(tree: ast.Module, name: str, is_package: bool) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(node.lineno, _absolute(node, name, is_package), alias.name)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "service"
        ):
            # `import service` and then `service.posts.actions`: what another module loaded is reached all the same.
            yield Import(node.lineno, "service", node.attr)


def _absolute(node: ast.ImportFrom, name: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    package = parts if is_package else parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def modules(root: Path, folder: str = "service") -> list[Module]:
    """Return the modules below `folder`, in the order of their paths; environments and caches begin with a dot."""
    paths = sorted((root / folder).rglob("*.py"))
    return [
        Module(root, path)
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def imported_modules(module: Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and name of every module among `known` that `module` imports.

    `from service import posts` is the module `service.posts` where there is one, and else a name
    inside `service`.
    """
    for found in module.imports():
        candidates = [f"{found.module}.{found.name}"] if found.name else []
        for candidate in [*candidates, *_and_parents(found.module)]:
            if candidate in known:
                yield found.line, candidate
                break


def _and_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def docstring_free(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of `body` without its docstring."""
    first = body[0] if body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[1:]
    return body
