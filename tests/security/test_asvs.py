"""`asvs.csv`: the requirements of OWASP ASVS 5.0 (levels 1 and 2) and the API Security Top 10, each with its evidence.

A requirement that is met names tests, which exist and are not skipped; the others say why in a sentence. The tests that
are named run by themselves. The texts of the requirements are OWASP's: github.com/OWASP/ASVS, 5.0/docs_en.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("asvs.csv")

# How many requirements of the levels 1 and 2 each section has: they come first in it, numbered from 1.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
2.1:3 2.2:3 2.3:4 2.4:1
3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3
6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1
9.1:3 9.2:4
10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
13.1:1 13.2:5 13.3:2 13.4:5
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
"""
ASVS = [
    f"v5.0.0-{section}.{number}"
    for section, last in (each.split(":") for each in SECTIONS.split())
    for number in range(1, int(last) + 1)
]
API_TOP_10 = [f"API{number}:2023" for number in range(1, 11)]

MET, NOT_APPLICABLE, NOT_MET = "met", "not applicable", "not met"


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement, what it asks for in short, and how the service stands to it."""

    requirement: str
    level: str
    paraphrase: str
    verdict: str
    evidence: str

    @property
    def tests(self) -> list[str]:
        """The tests that show it."""
        return self.evidence.split("; ") if self.verdict == MET else []


def rows() -> list[Row]:
    with TABLE.open(newline="") as file:
        return [Row(**each) for each in csv.DictReader(file)]


def test_every_requirement_is_there_once_and_in_order() -> None:
    assert [row.requirement for row in rows()] == ASVS + API_TOP_10


def test_levels_are_those_of_the_standard() -> None:
    assert {row.level for row in rows() if row.requirement in ASVS} == {"1", "2"}
    assert {row.level for row in rows() if row.requirement in API_TOP_10} == {""}


def test_every_row_says_in_a_sentence_what_it_is_about() -> None:
    assert [row.requirement for row in rows() if not is_sentence(row.paraphrase)] == []


def test_every_row_has_evidence_that_fits_its_verdict() -> None:
    assert {row.verdict for row in rows()} == {MET, NOT_APPLICABLE, NOT_MET}
    without = [row for row in rows() if row.verdict != MET and not is_sentence(row.evidence)]
    assert without == []
    wrong = [name for row in rows() for name in row.tests if not re.match(r"(web/)?tests/\S+(::| › )", name)]
    assert wrong == []
    assert [row.requirement for row in rows() if len(row.tests) != len(set(row.tests))] == []


def test_every_named_test_exists_and_is_not_skipped() -> None:
    assert sorted({name for row in rows() for name in row.tests if not runs(name)}) == []


@pytest.mark.parametrize("readme", ["README.md", "tests/README.md"])
def test_the_counts_of_the_guides_are_those_of_the_table(readme: str) -> None:
    counts = Counter(row.verdict for row in rows())
    stated = f"{counts[MET]} are met, {counts[NOT_APPLICABLE]} do not apply and {counts[NOT_MET]} are not met"
    assert stated in " ".join((ROOT / readme).read_text().split())


@pytest.mark.parametrize(
    "name",
    [
        "tests/security/test_asvs.py::test_nothing",
        "tests/security/test_nothing.py::test_nothing",
        "tests/faults/test_killed_runs.py",
        "tests/security/test_asvs.py::rows",
        "web/tests/browser/session.spec.ts › is nowhere",
    ],
)
def test_a_test_that_is_none_is_found(name: str) -> None:
    assert not runs(name)


def test_a_skipped_test_is_found() -> None:
    source = """
@LONG
class TestOne:
    def test_a(self): ...

class TestTwo:
    @pytest.mark.skipif(True, reason="")
    def test_b(self): ...

    @pytest.mark.parametrize("number", [1])
    def test_c(self, number): ...
"""
    assert runnable_in(ast.parse(source)) == {"TestTwo::test_c"}


def is_sentence(text: str) -> bool:
    return re.fullmatch(r"[A-Z].{8,}\.", text) is not None


def runs(name: str) -> bool:
    """Tell whether a test exists and is not skipped; parametrized ones are named without their parameters."""
    if " › " in name:
        spec, title = name.split(" › ", 1)
        return title in titles_of(spec)
    file, _, test = name.partition("::")
    return test in runnable_in_file(file)


@cache
def titles_of(spec: str) -> frozenset[str]:
    """Return the titles in a spec of the browser tests, as they are written there, of tests that are not skipped."""
    source = (ROOT / spec).read_text()
    return frozenset(
        title for _, title in re.findall(r"""^\s*test\((['"`])(.+?)\1, async""", source, re.MULTILINE)
    )


@cache
def runnable_in_file(file: str) -> frozenset[str]:
    path = ROOT / file
    source = path.read_text() if path.is_file() else ""
    if re.search(r"^pytestmark = .*skip", source, re.MULTILINE):
        return frozenset()
    return frozenset(runnable_in(ast.parse(source)))


def runnable_in(body: ast.Module | ast.ClassDef) -> set[str]:
    """Return the names of the tests that are not skipped, behind those of their classes."""
    found = set()
    for node in body.body:
        if isinstance(node, ast.ClassDef) and not is_skipped(node):
            found |= {f"{node.name}::{name}" for name in runnable_in(node)}
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not is_skipped(node):
            found.add(node.name)
    return found


def is_skipped(node: ast.ClassDef | ast.FunctionDef) -> bool:
    # A constant is a mark of `tests/faults/`, for tests that run for minutes.
    return any(
        re.search(r"\b(skip|skipif|xfail)\b", text) or re.fullmatch(r"[A-Z_]+", text)
        for text in map(ast.unparse, node.decorator_list)
    )
