"""Parallel test runs: each test runs in one process, and their coverage and durations are merged."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.coverage.merge import Part, together
from tests.parallel import LONGEST_FIRST, ParallelRun, groups
from tests.servers import ROOT
from tests.stages import Stage, table


def items(*names):
    return [SimpleNamespace(nodeid=name, fixturenames=[]) for name in names]


def names(found):
    return [[item.nodeid for item in group] for group in found]


def test_modules_stay_together_and_the_longest_begin():
    given = items(
        "tests/a.py::one",
        "tests/browser/b.py::one",
        "tests/a.py::two",
        "tests/browser/c.py::one",
        "tests/d.py::one",
    )
    assert names(groups(given)) == [
        ["tests/browser/b.py::one", "tests/browser/c.py::one"],
        ["tests/a.py::one", "tests/a.py::two"],
        ["tests/d.py::one"],
    ]


def test_what_takes_long_to_set_up_is_set_up_once():
    first, second, other = items("tests/a.py::one", "tests/b.py::one", "tests/b.py::two")
    first.fixturenames = second.fixturenames = ["instances"]
    assert groups([first, second, other]) == [[first, second], [other]]


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_what_is_named_is_there(name):
    assert (ROOT / name).exists()


def test_each_group_is_run_once(tmp_path):
    given = items(*(f"tests/{number}.py::one" for number in range(6)))
    one, other = (ParallelRun(tmp_path)._claimed(given) for _ in range(2))
    taken = [next(one), next(other), next(other), *one, *other]
    assert sorted(item.nodeid for item in taken) == [item.nodeid for item in given]


def test_what_both_saw_is_added_up(tmp_path):
    for number, (fact, failed) in enumerate([(("get", "200"), False), (("get", "404"), True)]):
        Part({fact: {f"tests/{number}.py::one"}, ("all", "200"): {str(number)}}, failed=failed).write(
            tmp_path / f"{number}"
        )
    parts = [Part.read(tmp_path / str(number)) for number in range(2)]
    assert [part.failed for part in parts] == [False, True]
    assert together(parts) == {
        ("get", "200"): {"tests/0.py::one"},
        ("get", "404"): {"tests/1.py::one"},
        ("all", "200"): {"0", "1"},
    }


def test_the_table_adds_up_folders_the_longest_first():
    modules = {
        "tests/a/x.py": Stage(1, 1, 1),
        "tests/b/y.py": Stage(1, 50, 2),
        "tests/b/z.py": Stage(2, 30, 3),
    }
    lines = [line.split() for line in table(modules).splitlines()]
    assert lines == [
        ["tests", "of", "tests", "seconds", "CPU", "s"],
        ["b", "3", "80.0", "5.0"],
        ["y", "1", "50.0", "2.0"],
        ["z", "2", "30.0", "3.0"],
        ["a", "1", "1.0", "1.0"],
        ["all", "4", "81.0", "6.0"],
    ]
