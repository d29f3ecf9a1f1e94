"""Who may call what, for a table of the page /contract: read from the extension `x-authorization` of operations.

The application contributes it with `operation_extensions`. Its `roles` are the columns; whatever else it says is shown
in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

EXTENSION = "x-authorization"
_ROLES = "roles"


@dataclass(frozen=True, slots=True)
class AuthorizationRow:
    """An operation, whether each role of the table may call it, and the other rules."""

    operation: str
    admitted: tuple[bool, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationTable:
    """The roles, in the order in which the document first names them, and a row for each operation."""

    roles: tuple[str, ...]
    rows: tuple[AuthorizationRow, ...]


def authorization_table(document: Mapping[str, Any]) -> AuthorizationTable:
    """Return the table of the operations that have the extension; without rows if none has."""
    declared = {
        f"{method.upper()} {path}": operation[EXTENSION]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if EXTENSION in operation
    }
    roles = tuple(dict.fromkeys(role for each in declared.values() for role in each[_ROLES]))
    return AuthorizationTable(
        roles,
        tuple(
            AuthorizationRow(name, tuple(role in each[_ROLES] for role in roles), tuple(_rules(each)))
            for name, each in declared.items()
        ),
    )


def _rules(authorization: Mapping[str, Any]) -> Iterator[str]:
    """Yield each rule but the roles: `step up`, `scope books:write`, `others editor, admin`."""
    for name, value in authorization.items():
        words = name.replace("_", " ")
        if name == _ROLES:
            continue
        if isinstance(value, bool):
            yield from [words] if value else []
        elif isinstance(value, str):
            yield f"{words} {value}"
        else:
            yield f"{words} {', '.join(value) or 'none'}"
