"""Parallel test runs: pytest processes started with the same `--share=FOLDER` divide the tests among them.

Each process writes its contract coverage and its durations to the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# These start first, in this order: a long module that starts last would keep one process busy while the other is done.
# The stage table of `make test` shows how long they take.
LONGEST_FIRST = (
    "tests/web/test_browser.py",
    "tests/conformance/test_schemathesis.py",
    "tests/web/test_run_servers.py",
    "tests/clients",
    "tests/web/test_client.py",
    "tests/deploy/test_web_image.py",
    "tests/deploy/test_environments.py",
    "tests/mutants/test_mutants.py",
    "tests/web/test_journey.py",
    "tests/deploy/test_image.py",
    "tests/test_bootstrap.py",
    "tests/browser",
    "tests/contract/test_standalone.py",
    "tests/web/test_lint.py",
    "tests/auth/test_key_rotation.py",
)
# Modules of one folder with an expensive fixture in common.
SAME_PROCESS = ("tests/browser", "tests/clients")


class ParallelRun:
    """A pytest plugin that runs the groups of tests that no other process has claimed.

    A group is claimed by creating a folder, which only one process can do.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None
        items = self._claimed(session.items)
        item = next(items, None)
        while item is not None:
            # pytest needs the next test before this one ends, to keep the fixtures that both use.
            following = next(items, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def _claimed(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        for number, group in enumerate(groups(items)):
            try:
                (self._folder / f"group-{number}").mkdir()
            except FileExistsError:
                continue
            yield from group


def groups(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """Return the tests in groups that run in one process, those of `LONGEST_FIRST` before the others."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        found.setdefault(_group(item), []).append(item)
    first = {name: place for place, name in enumerate(LONGEST_FIRST)}
    return [found[name] for name in sorted(found, key=lambda name: first.get(name, len(first)))]


def _group(item: pytest.Item) -> str:
    if "instances" in getattr(item, "fixturenames", ()):
        return "instances"
    module = item.nodeid.split("::")[0]
    return next((folder for folder in SAME_PROCESS if module.startswith(f"{folder}/")), module)
