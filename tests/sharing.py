"""Two runs share the tests: `pytest --share FOLDER`, started twice, takes group after group, the longest first.

Each run leaves in the folder what it saw of the contract and how long its tests took.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# What takes longest begins first, so that neither run has much left when the other one has nothing. In this order; the
# stage table of `make test` says how long they take.
LONGEST = (
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
    "tests/contract/test_lift_out.py",
    "tests/web/test_lint.py",
    "tests/auth/test_key_rotation.py",
)
# Their modules share what takes long to set up.
TOGETHER = ("tests/browser", "tests/clients")


class Sharing:
    """A plugin of pytest that runs the groups of tests which no other run with the same folder has taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None
        items = self._taken(session.items)
        item = next(items, None)
        while item is not None:
            # The next one is known before this one ends: pytest tears down what both need once.
            following = next(items, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def _taken(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        for number, group in enumerate(groups(items)):
            try:
                (self._folder / f"group-{number}").mkdir()
            except FileExistsError:
                continue
            yield from group


def groups(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """Return the tests in groups that are run by one process, the longest first, else in their order."""
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        found.setdefault(_group(item), []).append(item)
    first = {name: place for place, name in enumerate(LONGEST)}
    return [found[name] for name in sorted(found, key=lambda name: first.get(name, len(first)))]


def _group(item: pytest.Item) -> str:
    if "world" in getattr(item, "fixturenames", ()):
        return "tests with the service in three ways"
    module = item.nodeid.split("::")[0]
    return next((folder for folder in TOGETHER if module.startswith(f"{folder}/")), module)
