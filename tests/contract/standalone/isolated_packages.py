"""Runs Python with a few named packages and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement


def link_packages(names: Iterable[str], folder: Path) -> None:
    """Link the installed distributions `names`, and what they require, into `folder`."""
    folder.mkdir()
    waiting, known = [Requirement(name) for name in names], set()
    while waiting:
        requirement = waiting.pop()
        found = distribution(requirement.name)
        assert requirement.specifier.contains(found.version), f"{requirement}: {found.version} is installed"
        if found.name in known:
            continue
        known.add(found.name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
        needed = (Requirement(each) for each in found.requires or ())
        waiting += [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
