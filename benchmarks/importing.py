"""Speed and peak memory of `flask import-posts` on a real blog.

    python -m benchmarks.importing FOLDER   # `flask import-posts FOLDER`, twice, on a new SQLite database

The aim is 100 posts per second or more, and less than 300 MiB; 1 if either is missed. The rate includes the start of
the command; the second run finds everything there and changes nothing.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from benchmarks.processes import ROOT, inherited

POSTS_PER_S = 100
MEMORY_MIB = 300


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command came to: its exit status, how long it took, and the most memory that it held."""

    status: int
    seconds: float
    cpu_s: float
    peak_mib: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "folder", type=Path, help="a folder of Markdown posts, as `flask import-posts` takes it"
    )
    folder = parser.parse_args().folder.resolve()
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        database = Path(name) / "service.sqlite3"
        environment = {"VAR_DIR": name, "DATABASE_URL": f"sqlite:///{database}"}
        if run("bootstrap", environment=environment, log=Path(name) / "log").status:
            sys.exit((Path(name) / "log").read_text())
        before = posts(database)
        first = run("import-posts", str(folder), environment=environment, log=Path(name) / "log")
        print((Path(name) / "log").read_text())
        imported = posts(database) - before
        second = run("import-posts", str(folder), environment=environment, log=Path(name) / "log")
    rate = imported / first.seconds
    print(
        f"- {imported} posts in {first.seconds:.1f} s ({first.cpu_s:.1f} s of processor time), "
        f"exit status {first.status}: "
        f"{rate:.0f} posts/s (aim {POSTS_PER_S}), at most {first.peak_mib:.0f} MiB (aim {MEMORY_MIB})\n"
        f"- once more: {second.seconds:.1f} s, at most {second.peak_mib:.0f} MiB"
    )
    return int(rate < POSTS_PER_S or first.peak_mib > MEMORY_MIB)


def run(*arguments: str, environment: dict[str, str], log: Path) -> CommandResult:
    """Run a command of `flask`, and wait for it."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    begin = time.perf_counter()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    redirected = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    # By hand, since only wait4 tells of one child what it used.
    wanted = {**inherited(), **environment, "PYTHONPATH": str(ROOT)}
    child = os.posix_spawn(command[0], command, wanted, file_actions=redirected)
    os.close(output)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - begin
    return CommandResult(
        os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    )


def posts(database: Path) -> int:
    """Return how many posts there are."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM posts").fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
