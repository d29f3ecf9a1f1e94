"""Data of the page /contract: contract coverage, mutation score and release history, read from JSON files.

Who may call what is read from the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from .authorization_table import AuthorizationTable, authorization_table

COVERAGE, MUTANTS, CHANGELOG = "coverage.json", "mutants.json", "CHANGELOG.md"
# Of an application without webhooks.
NOTHING: Mapping[str, int] = {"declared": 0, "observed": 0}


@dataclass(frozen=True, slots=True)
class ResponseCoverage:
    """A declared response: its name (`409 SLUG_TAKEN`), its headers, and a test that observed it or None."""

    name: str
    headers: tuple[str, ...]
    test: str | None


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """An operation with its declared responses; `credentials` are those that it accepts, with the scopes they need."""

    name: str
    summary: str
    answers: tuple[ResponseCoverage, ...]
    credentials: tuple[str, ...] = ()

    @property
    def observed(self) -> int:
        """Return how many of its responses were observed by a test."""
        return sum(answer.test is not None for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole, as two counts."""

    part: int
    whole: int

    @property
    def is_all(self) -> bool:
        """Tell whether the part is the whole."""
        return self.part == self.whole


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutant: the planted fault, the check and the test that detected it; None if it survived."""

    name: str
    check: str | None
    test: str | None


@dataclass(frozen=True, slots=True)
class ReleaseNotes:
    """The changelog of one version: a sentence, or the changes by section."""

    version: str
    summary: str
    sections: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ContractReport:
    """The data of the page: contract coverage, authorization, mutation score and changelog."""

    answers: Ratio
    headers: Ratio
    messages: Ratio
    operations: tuple[OperationCoverage, ...]
    webhooks: tuple[OperationCoverage, ...]
    authorization: AuthorizationTable
    killed: Ratio
    mutants: tuple[Mutant, ...]
    releases: tuple[ReleaseNotes, ...]


def has_contract_report(folder: Path) -> bool:
    """Tell whether the files exist; a deployment may leave them out."""
    return all((folder / name).is_file() for name in (COVERAGE, MUTANTS))


def load_contract_report(folder: Path, document: Mapping[str, Any]) -> ContractReport:
    """Return the report from the files of `folder`, for the operations of `document`."""
    seen = orjson.loads((folder / COVERAGE).read_bytes())
    planted = orjson.loads((folder / MUTANTS).read_bytes())
    return ContractReport(
        answers=_ratio(seen["answers"], "observed", "declared"),
        headers=_ratio(seen["headers"], "observed", "declared"),
        messages=_ratio(seen.get("messages", NOTHING), "observed", "declared"),
        operations=tuple(_operations(document, seen["operations"])),
        webhooks=tuple(_webhooks(document, seen["operations"])),
        authorization=authorization_table(document),
        killed=_ratio(planted, "killed", "planted"),
        mutants=tuple(Mutant(**each) for each in planted["mutants"]),
        releases=tuple(_release_notes(folder / CHANGELOG)),
    )


def _release_notes(changelog: Path) -> Iterator[ReleaseNotes]:
    """Read the changelog that `make release` writes, newest version first; empty if there is none yet.

    Comparing the released documents again would take longer with every release, and the code that compares them is not
    part of the served application.
    """
    text = changelog.read_text(encoding="utf-8") if changelog.is_file() else ""
    for release in text.split("\n## ")[1:]:
        version, *lines = filter(None, release.splitlines())
        summary, sections = "", dict[str, list[str]]()
        for line in lines:
            marker, _, words = line.partition(" ")
            if marker == "###":
                sections[words] = []
            elif marker == "-":
                sections[next(reversed(sections))].append(words)
            else:
                summary = line
        yield ReleaseNotes(version, summary, sections)


def _ratio(counts: Mapping[str, int], part: str, whole: str) -> Ratio:
    return Ratio(counts[part], counts[whole])


def _operations(
    document: Mapping[str, Any], seen: Mapping[str, Mapping[str, str | None]]
) -> Iterator[OperationCoverage]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = tuple(_answers(seen.get(operation["operationId"], {})))
            credentials = tuple(_credentials(operation.get("security", ())))
            yield OperationCoverage(
                f"{method.upper()} {path}", operation.get("summary", ""), answers, credentials
            )


def _credentials(security: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """Yield each alternative: `none`, `bearerAuth`, `apiKeyAuth with posts:write`."""
    for requirement in security or ({},):
        named = (
            f"{name} with {', '.join(scopes)}" if scopes else name for name, scopes in requirement.items()
        )
        yield " and ".join(named) or "none"


def _webhooks(
    document: Mapping[str, Any], seen: Mapping[str, Mapping[str, str | None]]
) -> Iterator[OperationCoverage]:
    for name, item in document.get("webhooks", {}).items():
        operation = item["post"]
        facts = seen.get(operation["operationId"], {})
        answers = tuple(ResponseCoverage(fact, (), test) for fact, test in facts.items())
        yield OperationCoverage(name, operation.get("summary", ""), answers)


def _answers(facts: Mapping[str, str | None]) -> Iterator[ResponseCoverage]:
    """Parse the coverage of one operation: `409 application/problem+json SLUG_TAKEN`, headers `409 Retry-After:`."""
    for fact, test in facts.items():
        if fact.endswith(":"):
            continue
        status, *more = fact.split(" ")
        headers = [
            other.split(" ")[1][:-1] for other in facts if other.endswith(":") and other.startswith(status)
        ]
        yield ResponseCoverage(f"{status} {more[-1]}" if more else status, tuple(headers), test)
