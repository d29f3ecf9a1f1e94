"""Every mutant can be applied, the score is complete, and a few mutants are killed here (`make mutants` runs all)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.checkout_copies import CheckoutCopy, Kill
from tests.mutants.faults import MUTANTS
from tests.mutants.mutant import CHECKS, Mutant
from tests.mutants.score import FILE, known_kills
from tests.servers import ROOT

HANDFUL = 3
# Those whose checks take a few seconds each: the rest is for `make mutants`.
SLOW = {"authorization", "contract run", "examples", "client", "responses: failures", "contract layer"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_can_be_planted(mutant: Mutant, tmp_path: Path) -> None:
    for change in mutant.changes:
        target = tmp_path / change.file
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy2(ROOT / change.file, target)
        change.plant(tmp_path)
        if target.suffix == ".py":
            compile(target.read_text(), change.file, "exec")
    assert set(mutant.checks) <= CHECKS.keys()


def test_no_two_have_one_name() -> None:
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


@pytest.fixture(scope="module")
def score() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def test_the_score_is_of_these_mutants(score: dict[str, Any]) -> None:
    planted = {mutant.name: mutant.checks for mutant in MUTANTS}
    scored = {each["name"]: each["check"] for each in score["mutants"]}
    assert scored.keys() == planted.keys(), "run 'make mutants' and commit openapi/mutants.json"
    assert [name for name, check in scored.items() if check not in planted[name]] == []
    assert score["killed"] == score["planted"] == len(MUTANTS)


def test_every_check_kills(score: dict[str, Any]) -> None:
    """A check that kills nothing guards nothing."""
    assert CHECKS.keys() == {each["check"] for each in score["mutants"]}


def _of_this_commit() -> list[Mutant]:
    """Return some mutants: others with every commit, the same ones when a run is repeated."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    quick = [mutant for mutant in MUTANTS if mutant.checks[0] not in SLOW]
    return random.Random(head).sample(quick, HANDFUL)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> CheckoutCopy:
    return CheckoutCopy(tmp_path_factory.mktemp("clone"))


@pytest.mark.parametrize("mutant", _of_this_commit(), ids=lambda mutant: mutant.name)
def test_it_is_killed(mutant: Mutant, clone: CheckoutCopy) -> None:
    assert clone.killer_of(mutant, known_kills().get(mutant.name)) is not None


ITEM_TEST = "tests/items/test_routes.py::TestListItems::test_is_empty"


@pytest.mark.parametrize("test", [ITEM_TEST, f"{ITEM_TEST}_no_more"], ids=["passes", "is gone"])
def test_what_is_no_fault_survives(clone: CheckoutCopy, test: str) -> None:
    """Otherwise anything would count as killed; nor is anything killed by a test because it was the last time."""
    harmless = Mutant("nothing", ("responses: items",), ())
    assert clone.killer_of(harmless, Kill("responses: items", test)) is None
