"""Writes the changelog of the released documents as Markdown, newest version first, one section per change level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .changes import Change, ChangeLevel
from .grouping import grouped
from .operations import METHODS, compare
from .versions import Version

HEAD = """<!-- Made by `make release` from released/; not edited by hand. -->
# Changes of the API
"""
SECTIONS = {
    ChangeLevel.BREAKING: "Breaking",
    ChangeLevel.ADDITION: "Added",
    ChangeLevel.PATCH: "Documentation",
}


@dataclass(frozen=True, slots=True)
class _Release:
    """A released version and its changes by section; the first one has no changes but all `operations`."""

    version: Version
    operations: int
    is_first: bool
    sections: Mapping[str, Sequence[str]]


def _history(released: Mapping[Version, Mapping[str, Any]]) -> list[_Release]:
    """Return the released documents with their changes, newest first; independent of the current date."""
    versions = sorted(released)
    releases = []
    for before, version in zip([None, *versions], versions, strict=False):
        document = released[version]
        changes = [] if before is None else compare(released[before], document, today=date.max)
        releases.append(_Release(version, _operations(document), before is None, _sections(changes)))
    return releases[::-1]


def changelog(released: Mapping[Version, Mapping[str, Any]]) -> str:
    """Return the changelog as Markdown; equal documents give equal text."""
    return HEAD + "".join(part for release in _history(released) for part in _written(release))


def _sections(changes: Sequence[Change]) -> dict[str, Sequence[str]]:
    sections = {
        title: grouped(change for change in changes if change.level is level)
        for level, title in SECTIONS.items()
    }
    return {title: entries for title, entries in sections.items() if entries}


def _written(release: _Release) -> Iterator[str]:
    yield f"\n## {release.version}\n"
    if release.is_first:
        yield f"\nThe first release: {release.operations} operations.\n"
    elif not release.sections:
        yield "\nOnly the version changed.\n"
    for title, entries in release.sections.items():
        yield f"\n### {title}\n\n" + "".join(f"- {entry}\n" for entry in entries)


def _operations(document: Mapping[str, Any]) -> int:
    return sum(method in item for item in document.get("paths", {}).values() for method in METHODS)
