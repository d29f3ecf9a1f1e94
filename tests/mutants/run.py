"""`make mutants`: applies every mutant in copies of the checkout, in parallel, and records which check kills it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.checkout_copies import CheckoutCopy, Kill, NotACheck
from tests.mutants.faults import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.score import FILE, content, known_kills, line


def main(arguments: Sequence[str]) -> int:
    """Plant what was asked for; write the score if with it everything is killed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", default="", help="those with these words in their name")
    parser.add_argument("--new", action="store_true", help="those that the score does not have yet")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many clones work side by side"
    )
    asked = parser.parse_args(arguments)
    known = known_kills()
    chosen = [
        mutant for mutant in MUTANTS if asked.only in mutant.name and not (asked.new and mutant.name in known)
    ]
    try:
        killed = run_mutants(chosen, known, jobs=asked.jobs)
    except NotACheck as error:
        print(error, file=sys.stderr)
        return 2
    survivors = [mutant.name for mutant in chosen if killed[mutant.name] is None]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed")
    if not survivors and (asked.new or len(chosen) == len(MUTANTS)):
        FILE.write_text(
            content({mutant.name: killed.get(mutant.name, known.get(mutant.name)) for mutant in MUTANTS})
        )
    return 1 if survivors else 0


def run_mutants(mutants: Sequence[Mutant], known: Mapping[str, Kill], *, jobs: int) -> dict[str, Kill | None]:
    """Return what killed each mutant, None for those that survive; `known` says what did the last time.

    Before that each check is run without any fault: one that fails anyway kills nothing. Raise `NotACheck`.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        clones: SimpleQueue[CheckoutCopy] = SimpleQueue()
        for number in range(jobs):
            clones.put(CheckoutCopy(Path(folder) / str(number)))

        def sound(check: str) -> str | None:
            clone = clones.get()
            try:
                failure = clone.failure(check)
            finally:
                clones.put(clone)
            return failure and f"{check} fails without any fault: {failure.test}"

        def killer(mutant: Mutant) -> Kill | None:
            clone = clones.get()
            try:
                return clone.killer_of(mutant, known.get(mutant.name))
            finally:
                clones.put(clone)

        checks = sorted({check for mutant in mutants for check in mutant.checks})
        if broken := [said for said in pool.map(sound, checks) if said]:
            raise NotACheck("\n".join(broken))
        waiting = {pool.submit(killer, mutant): mutant for mutant in mutants}
        killed: dict[str, Kill | None] = {}
        broken = []
        for done in as_completed(waiting):
            name = waiting[done].name
            try:
                killed[name] = done.result()
            except NotACheck as error:
                broken.append(f"{name}: {error}")
            else:
                print(line(name, killed[name]), flush=True)
        if broken:
            raise NotACheck("\n".join(broken))
        return killed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
