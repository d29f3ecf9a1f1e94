"""What `other_ways.txt` says of who finds a post where: reads it and writes it.

`python -m tests.security.other_ways` writes it anew. Read the difference before you commit it: every changed cell is
somebody who sees more or less than before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.security.callers import ADMINISTRATOR, ANONYMOUS, AUTHOR, EDITOR, OWNER, READER
from tests.security.objects import POST_STATES
from tests.security.table import application
from tests.security.ways import found_by

TABLE = Path(__file__).parent / "other_ways.txt"
HEADING = """\
# Who finds a post of Alice's, by every way to it. `python -m tests.security.other_ways` writes this file;
# `tests/security/` sends each request as each caller, on both databases.
#
# Somebody finds it where the response is another one than if the post, its tag, file, comment, job and delivery did not
# exist: status, headers and body, so also counts, entity tags and errors. Of most changes only the status is compared.
#
#   -          nobody
#   own        Alice, editors and admins
#   writers    other authors too
#   accounts   readers too
#   all        anonymous callers too
#
# Two things are told to whoever writes posts, without saying of which post: that a slug is taken, and how often a file
# that they can see is used, because a used file cannot be deleted.

"""
GROUPS: Mapping[str, Sequence[str]] = {
    "-": [],
    "own": [OWNER, EDITOR, ADMINISTRATOR],
    "writers": [OWNER, AUTHOR, EDITOR, ADMINISTRATOR],
    "accounts": [READER, OWNER, AUTHOR, EDITOR, ADMINISTRATOR],
    "all": [ANONYMOUS, READER, OWNER, AUTHOR, EDITOR, ADMINISTRATOR],
}
Found = Mapping[str, Mapping[str, Sequence[str]]]


def render(found: Found) -> str:
    """Return the text of the table."""
    return HEADING + "\n".join(_lines(found)) + "\n"


def rows_in(text: str) -> dict[str, dict[str, Sequence[str]]]:
    """Return who finds the post, by way and state."""
    rows = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "way ")):
            way, *cells = re.split(r"  +", line)
            callers = [GROUPS.get(cell) or ([] if cell == "-" else cell.split("+")) for cell in cells]
            rows[way] = dict(zip(POST_STATES, callers, strict=True))
    return rows


def _lines(found: Found) -> Iterator[str]:
    yield _line("way", POST_STATES)
    for way, by_state in found.items():
        yield _line(way, [_cell(by_state[state]) for state in POST_STATES])


def _cell(callers: Sequence[str]) -> str:
    names = [name for name, group in GROUPS.items() if group == callers]
    return names[0] if names else "+".join(callers)


def _line(way: str, cells: Sequence[str]) -> str:
    return f"{way:<80}  {'  '.join(f'{cell:<11}' for cell in cells)}".rstrip()


def write() -> None:
    """Ask an application on an SQLite database of its own; write the table."""
    with application() as app:
        TABLE.write_text(render(found_by(app)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
