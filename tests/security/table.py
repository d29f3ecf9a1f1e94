"""The expected verdicts, `authorization.txt`: reads it and writes it.

`python -m tests.security.table` writes it anew from what the application answers. Read the difference before you commit
it: every changed cell is somebody who may do more or less than before.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from flask import Flask

from tests.conftest import LONG_TIMEOUTS, Client, alembic_config, settings_on
from tests.security.callers import CALLERS
from tests.security.matrix import Matrix, Row, measure

TABLE = Path(__file__).parent / "authorization.txt"
HEADING = """\
# Who may do what. `python -m tests.security.table` writes this file; `tests/security/` runs every cell of it.
#
# A row is an operation and a state of its object, a cell the status that the caller of its column receives for the
# example of the document. Before the rows of an operation stands its policy, as `x-authorization` of the document says
# it. Alice, an author, is the `owner` of posts, comments, media, jobs, sessions and keys; exports and imports are the
# administrator's. `author` is another author. `suspended` is an administrator whose account was closed after the
# log-in, `key` an API key of Alice with all scopes, `no-scope` one of the administrator without the scope of
# the operation, `old-login` an administrator who has logged in days ago, `no-2fa` one who has to set up a second factor
# first. Nobody has an unverified address: there is no account before the link of a sign-up is opened.
"""
_WIDTHS = (22, 12)


def render(matrix: Matrix) -> str:
    """Return the text of the table."""
    return HEADING + "\n".join(_lines(matrix)) + "\n"


def rows_in(text: str) -> list[Row]:
    """Return the rows of a table."""
    rows = []
    for line in text.splitlines():
        if line and not line.startswith(("#", "operation ")):
            # A state can be of several words, which one blank separates.
            operation, state, *statuses = re.split(r"  +", line)
            rows.append(Row(operation, state, dict(zip(CALLERS, map(int, statuses), strict=True))))
    return rows


def _lines(matrix: Matrix) -> Iterator[str]:
    for operation, policy in matrix.policies.items():
        yield ""
        yield f"# {operation}: {in_words(policy)}"
        yield _line("operation", "state", {name: name for name in CALLERS})
        for row in matrix.rows_of(operation):
            yield _line(row.operation, row.state, row.statuses)


def _line(operation: str, state: str, cells: Mapping[str, Any]) -> str:
    first, second = _WIDTHS
    columns = "  ".join(f"{cells[name]!s:<{len(name)}}" for name in CALLERS)
    return f"{operation:<{first}}  {state:<{second}}  {columns}".rstrip()


def in_words(policy: Mapping[str, Any]) -> str:
    """Return the policy of an operation on one line."""
    words = [f"roles {' '.join(policy['roles'])}"]
    if policy.get("owner"):
        words.append(" ".join(["owner or", *(policy["others"] or ["nobody"])]))
    if "scope" in policy:
        words.append(f"scope {policy['scope']}")
    words += [name.replace("_", " ") for name in ("step_up", "without_second_factor") if policy.get(name)]
    return "; ".join(words)


@contextmanager
def application() -> Iterator[Flask]:
    """Yield the application on an empty SQLite database of its own, in its context."""
    from service.app import create_app  # pure tests need not import the whole service

    with tempfile.TemporaryDirectory() as folder:
        settings = settings_on(f"sqlite:///{folder}/table.sqlite3", Path(folder) / "var", **LONG_TIMEOUTS)
        command.upgrade(alembic_config(settings), "head")
        app = create_app(settings)
        app.test_client_class = Client
        with app.app_context():
            yield app


def write() -> None:
    """Measure an application; write the table."""
    with application() as app:
        TABLE.write_text(render(measure(app)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
