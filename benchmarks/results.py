"""Benchmark results: medians over the rounds, ratios to the peers, aims, and the machine."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import CONTENDERS, FASTAPI_ORM, PRODUCT, STOCK, WORKERS, versions
from benchmarks.load import CONNECTIONS, client
from benchmarks.processes import ROOT
from benchmarks.scenarios import Scenario

RESULTS = ROOT / "benchmarks" / "RESULTS.md"

# How many times less processor time of the server a request is to take than with these.
AIMS = {
    "list": {STOCK: 5.0, FASTAPI_ORM: 4.0},
    "post": {STOCK: 2.5, FASTAPI_ORM: 2.0},
    "304": {STOCK: 3.5, FASTAPI_ORM: 1.5},
}


COLUMNS = (
    "requests/s",
    "CPU us",
    "PostgreSQL us",
    "p50 ms",
    "p99 ms",
    "/s to RESTX",
    "CPU to RESTX",
    "/s to FastAPI ORM",
    "CPU to FastAPI ORM",
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One contender in one round of one scenario; times of processors are per request."""

    scenario: str
    contender: str
    per_second: float
    server_us: float
    database_us: float
    p50_ms: float
    p99_ms: float
    failed: int
    others_cores: float

    def line(self) -> str:
        """Return it for whoever watches."""
        return (
            f"{self.scenario:8} {self.contender:20} {self.per_second:8.0f}/s {self.server_us:7.0f} us "
            f"+ {self.database_us:5.0f} us PostgreSQL, others {self.others_cores:.1f} cores"
            + (f", {self.failed} FAILED" if self.failed else "")
        )


def medians(measured: Iterable[Measurement], scenario: str) -> dict[str, Measurement]:
    """Return of each contender the median of every number; failures are added up."""
    found: dict[str, list[Measurement]] = {}
    for measurement in measured:
        if measurement.scenario == scenario:
            found.setdefault(measurement.contender, []).append(measurement)
    numbers = [f.name for f in fields(Measurement)[2:] if f.name != "failed"]
    return {
        name: Measurement(
            scenario=scenario,
            contender=name,
            failed=sum(one.failed for one in rounds),
            **{number: statistics.median(getattr(one, number) for one in rounds) for number in numbers},
        )
        for name, rounds in found.items()
    }


def machine() -> list[str]:
    """Return what the numbers depend on, as it is now: before anything is started."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    averages = " ".join(f"{average:.2f}" for average in os.getloadavg())
    where = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors ({model}), {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()} ({platform.python_compiler()})"
    )
    return [
        where,
        f"Load average at the start: {averages}",
        f"Client: {client()}, {CONNECTIONS} connections; {WORKERS} worker processes each; PostgreSQL beside them",
    ]


def report(
    about: Sequence[str],
    scenarios: Sequence[Scenario],
    measured: Sequence[Measurement],
    arguments: argparse.Namespace,
) -> str:
    """Return everything as Markdown."""
    lines = [
        "# What the service costs beside its peers",
        "",
        "Written by `make bench`; nothing here is typed.",
        "",
    ]
    lines += [f"- {line}" for line in about]
    lines.append("- " + ", ".join(f"{name} {version}" for name, version in versions().items()))
    others = statistics.median(one.others_cores for one in measured)
    lines.append(
        f"- {arguments.posts:,} posts; medians of {arguments.rounds} interleaved round(s) of {arguments.seconds:g} s; "
        f"other programs took {others:.2f} cores meanwhile (median)"
    )
    lines += ["", *(f"- **{contender.name}**: {contender.title}" for contender in CONTENDERS), ""]
    lines += [
        "CPU is the time of the server's processes per request, PostgreSQL's apart. A ratio above 1 is in favour of",
        "whoever stands in the row: how many times the requests per second, and how many times less CPU.",
        "",
    ]
    verdicts = []
    for scenario in scenarios:
        found = medians(measured, scenario.name)
        lines += _table(scenario, found)
        verdicts += _verdicts(scenario, found)
    return "\n".join([*lines, "## What was aimed at, and what speaks against us", "", *verdicts, ""])


def _table(scenario: Scenario, found: dict[str, Measurement]) -> list[str]:
    stock, fastapi = found[STOCK], found[FASTAPI_ORM]
    lines = [
        f"## {scenario.title[:1].upper()}{scenario.title[1:]}",
        "",
        f"| | {' | '.join(COLUMNS)} |",
        "|---|" + "--:|" * len(COLUMNS),
    ]
    for contender in CONTENDERS:
        one = found[contender.name]
        name = f"**{one.contender}**" if one.contender == PRODUCT else one.contender
        failed = f" ({one.failed} failed)" if one.failed else ""
        lines.append(
            f"| {name}{failed} | {one.per_second:,.0f} | {one.server_us:,.0f} "
            f"| {one.database_us:,.0f} | {one.p50_ms:.1f} | {one.p99_ms:.1f} "
            f"| {one.per_second / stock.per_second:.2f} | {stock.server_us / one.server_us:.2f} "
            f"| {one.per_second / fastapi.per_second:.2f} | {fastapi.server_us / one.server_us:.2f} |"
        )
    return [*lines, ""]


def _verdicts(scenario: Scenario, found: dict[str, Measurement]) -> list[str]:
    """Return a line for each aim, reached or not, and one for each peer that is cheaper than the service."""
    ours = found[PRODUCT]
    lines = []
    for peer, aim in AIMS.get(scenario.name, {}).items():
        ratio = found[peer].server_us / ours.server_us
        verdict = "reached" if ratio >= aim else "**not reached**"
        lines.append(f"- {scenario.title}: {ratio:.2f} times less CPU than {peer}; aim {aim:g}: {verdict}")
    for one in found.values():
        who = f"- {scenario.title}: {one.contender}"
        if one.server_us < ours.server_us:
            lines.append(f"{who} takes {ours.server_us / one.server_us:.2f} times less CPU than the service")
        if one.per_second > ours.per_second:
            lines.append(f"{who} answers {one.per_second / ours.per_second:.2f} times as many requests")
    return lines


def _lines(path: str) -> list[str]:
    return Path(path).read_text(errors="replace").splitlines() if Path(path).exists() else []
