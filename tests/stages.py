"""The stage table: wall-clock and CPU time of the tests of each folder.

`pytest --stages FILE` writes the durations of a run; `python -m tests.stages FILE ...` prints the table of all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

LINE = "{:<28} {:>6} {:>9} {:>9}"
# A folder that takes longer than this is shown by its modules.
SPLIT_S = 60.0


@dataclass(slots=True)
class Stage:
    """Durations of the tests of one module; `cpu_s` includes child processes that have ended."""

    tests: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, other: Stage) -> None:
        self.tests += other.tests
        self.wall_s += other.wall_s
        self.cpu_s += other.cpu_s


class Stages:
    """A pytest plugin that measures each test with its fixtures, added up by module."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._modules: dict[str, Stage] = defaultdict(Stage)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        wall_s, cpu_s = time.monotonic(), _cpu_s()
        result = yield
        spent = Stage(1, time.monotonic() - wall_s, _cpu_s() - cpu_s)
        self._modules[item.nodeid.split("::")[0]].add(spent)
        return result

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(json.dumps({name: asdict(stage) for name, stage in self._modules.items()}))


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def table(modules: Mapping[str, Stage]) -> str:
    """Return the table: the folders of tests/, the longest first, and the modules of long ones."""
    folders: dict[str, Stage] = defaultdict(Stage)
    whole = Stage()
    for name, stage in modules.items():
        folders[_folder(name)].add(stage)
        whole.add(stage)
    lines = [LINE.format("tests of", "tests", "seconds", "CPU s")]
    for folder, stage in _longest_first(folders):
        lines.append(_line(folder, stage))
        parts = {name: part for name, part in modules.items() if _folder(name) == folder}
        if stage.wall_s >= SPLIT_S and len(parts) > 1:
            lines += [_line(f"  {Path(name).stem}", part) for name, part in _longest_first(parts)]
    return "\n".join([*lines, _line("all", whole)])


def _folder(module: str) -> str:
    parts = Path(module).parts[1:-1]
    return "/".join(parts[:1]) or "(top)"


def _longest_first(stages: Mapping[str, Stage]) -> list[tuple[str, Stage]]:
    return sorted(stages.items(), key=lambda each: -each[1].wall_s)


def _line(name: str, stage: Stage) -> str:
    return LINE.format(name[:28], stage.tests, f"{stage.wall_s:.1f}", f"{stage.cpu_s:.1f}")


def main(files: Sequence[str]) -> None:
    modules: dict[str, Stage] = defaultdict(Stage)
    for file in files:
        for name, figures in json.loads(Path(file).read_text()).items():
            modules[name].add(Stage(**figures))
    print(table(modules))


if __name__ == "__main__":
    main(sys.argv[1:])
