"""How does the history of the contract read? Markdown, the newest version first, a section for each level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from service.contract.compatibility.changes import Change, Level
from service.contract.compatibility.grouping import grouped
from service.contract.compatibility.operations import METHODS, compare
from service.contract.compatibility.versions import Version

HEAD = """<!-- Made by `make release` from released/; not edited by hand. -->
# Changes of the API
"""
SECTIONS = {Level.BREAKING: "Breaking", Level.ADDITION: "Added", Level.PATCH: "Described anew"}


def changelog(released: Mapping[Version, Mapping[str, Any]]) -> str:
    """Return the history of the released documents: equal documents, equal text, whatever the day."""
    versions = sorted(released)
    parts = []
    for number, version in enumerate(versions):
        document = released[version]
        if number == 0:
            parts.append(f"\n## {version}\n\nThe first release: {_operations(document)} operations.\n")
        else:
            changes = compare(released[versions[number - 1]], document, today=date.max)
            parts.append("".join(_version(version, changes)))
    return HEAD + "".join(reversed(parts))


def _version(version: Version, changes: Sequence[Change]) -> Iterator[str]:
    yield f"\n## {version}\n"
    if not changes:
        yield "\nNothing but the version.\n"
    for level, title in SECTIONS.items():
        entries = grouped(change for change in changes if change.level is level)
        if entries:
            yield f"\n### {title}\n\n" + "".join(f"- {entry}\n" for entry in entries)


def _operations(document: Mapping[str, Any]) -> int:
    return sum(method in item for item in document.get("paths", {}).values() for method in METHODS)
