"""Compares CPU per request and latency with peer frameworks: interleaved rounds, same data, equal bodies.

    make bench                                       # all of it
    .venv/bin/python benchmarks/run.py --quick       # one short round
    .venv/bin/python benchmarks/run.py --only post --rounds 5 --seconds 4
    .venv/bin/python benchmarks/run.py --write       # keep the tables in benchmarks/RESULTS.md

Nothing is timed before all contenders have answered the same requests with equal bodies. Processor time is that of a
server's processes (and PostgreSQL's apart) over the requests it answered: what else the machine does changes it
much less than requests per second.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import results
from benchmarks.contenders import CONTENDERS, Running, install_peers, served
from benchmarks.load import load
from benchmarks.processes import busy_s, cpu_s
from benchmarks.publication import POSTS, BenchmarkDatabase, publication
from benchmarks.results import Measurement
from benchmarks.scenarios import SCENARIOS, Request, ResponsesDiffer, Scenario, check, with_own_tags

WARM_UP_S = 1


def main() -> int:
    """Compare, print the tables; 1 if the contenders do not answer alike."""
    arguments = _arguments()
    scenarios = [scenario for scenario in SCENARIOS if not arguments.only or scenario.name in arguments.only]
    machine = results.machine()
    install_peers()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        print(f"Filling PostgreSQL with {arguments.posts:,} posts ...", flush=True)
        data = stack.enter_context(publication(folder, arguments.posts))
        contenders = [stack.enter_context(served(contender, data, folder)) for contender in CONTENDERS]
        ports = {running.contender.name: running.port for running in contenders}
        try:
            for scenario in scenarios:
                check(scenario, scenario.requests(data), ports)
        except ResponsesDiffer as error:
            print(f"Nothing was timed: {error}", file=sys.stderr)
            return 1
        print(f"{len(scenarios)} kinds of request are answered alike by {', '.join(ports)}.\n", flush=True)
        measured = _measure(data, scenarios, contenders, folder, arguments)
    text = results.report(machine, scenarios, measured, arguments)
    print(text)
    if arguments.write:
        results.RESULTS.write_text(text, encoding="utf-8")
        print(f"Written to {results.RESULTS}.")
    return 0


def _measure(
    data: BenchmarkDatabase,
    scenarios: list[Scenario],
    contenders: list[Running],
    folder: Path,
    arguments: argparse.Namespace,
) -> list[Measurement]:
    """Return every measurement: each round asks everybody everything, in an order that moves on."""
    measured = []
    for number in range(arguments.rounds):
        for scenario in scenarios:
            requests = scenario.requests(data)
            first = number % len(contenders)
            for running in contenders[first:] + contenders[:first]:
                data.truncate_comments()
                own = with_own_tags(requests, running.port)
                found = _one(data, scenario, running, own, arguments.seconds, folder)
                measured.append(found)
                print(f"  round {number + 1}: {found.line()}", file=sys.stderr, flush=True)
    return measured


def _one(
    data: BenchmarkDatabase,
    scenario: Scenario,
    running: Running,
    requests: list[Request],
    seconds: float,
    folder: Path,
) -> Measurement:
    load(running.port, requests, WARM_UP_S, folder)
    machine, server, database = busy_s(), cpu_s(running.pid), cpu_s(data.server_pid)
    children = os.times()
    done = load(running.port, requests, seconds, folder)
    ended = os.times()
    server, database = cpu_s(running.pid) - server, cpu_s(data.server_pid) - database
    client = (ended.children_user - children.children_user) + (
        ended.children_system - children.children_system
    )
    others = busy_s() - machine - server - database - client
    return Measurement(
        scenario=scenario.name,
        contender=running.contender.name,
        per_second=done.requests / done.seconds,
        server_us=server / done.requests * 1e6,
        database_us=database / done.requests * 1e6,
        p50_ms=done.p50_ms,
        p99_ms=done.p99_ms,
        failed=done.failed,
        others_cores=others / done.seconds,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round of a second each")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured; the median counts")
    parser.add_argument("--seconds", type=float, default=3, help="how long each measurement lasts")
    parser.add_argument("--posts", type=int, default=POSTS, help="how many posts there are")
    parser.add_argument("--only", action="append", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 1, 1
    return arguments
