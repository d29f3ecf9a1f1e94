"""Semantic-version rules: which version a document must have after its changes.

A breaking change requires a new major version, an addition a new minor one, anything else a patch. Semantic Versioning
promises nothing before 1.0.0; here the rule is the one by which the caret ranges of npm and Cargo read such versions:
`^0.3.1` takes any 0.3 and no 0.4. So a breaking change requires 0.4.0, and anything else 0.3.2.

A version may be higher than its changes require (1.0.0 says that the API is stable), but no number is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .changes import Change, ChangeLevel
from .grouping import grouped

WRITTEN = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
MOST_LISTED = 40


class Version(NamedTuple):
    """A version of three numbers, without pre-releases."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse(text: str) -> Version:
    """Parse a version; raises ValueError unless it is three numbers."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a version such as 1.4.0")
    return Version(*map(int, match.groups()))


def allowed_versions(released: Version, level: ChangeLevel | None) -> tuple[Version, ...]:
    """Return the versions that may follow after changes of this level, the required one first."""
    patch = released._replace(patch=released.patch + 1)
    minor = Version(released.major, released.minor + 1, 0)
    major = Version(released.major + 1, 0, 0)
    match level:
        case None:
            return released, patch, minor, major
        case ChangeLevel.PATCH:
            return patch, minor, major
        case ChangeLevel.ADDITION:
            return (minor, major) if released.major else (patch, minor, major)
        case _:
            return (major,) if released.major else (minor, major)


def version_error(
    released: Version, claimed: Version, changes: Sequence[Change], *, version_instructions: str
) -> str:
    """Return what is wrong with the claimed version, and what to do; empty if it is allowed.

    `version_instructions` says how the version is set, with `{version}` in its place.
    """
    refused = [change for change in changes if change.level is ChangeLevel.FORBIDDEN]
    if refused:
        return f"No version allows these changes after {released}. Revert:\n{_listed(refused)}"
    heaviest = max((change.level for change in changes), default=None)
    allowed = allowed_versions(released, heaviest)
    if claimed in allowed:
        return ""
    advice = f"Set {version_instructions.format(version=allowed[0])}"
    heavier = _changes_above_version(released, claimed, changes)
    begin = f"The document has version {claimed}, and {_required_version_text(released, heaviest, allowed)}."
    if not heavier:
        return f"{begin}\n{advice}."
    return f"{begin}\n{advice}, or revert:\n{_listed(heavier)}"


def _required_version_text(
    released: Version, heaviest: ChangeLevel | None, allowed: Sequence[Version]
) -> str:
    words = {ChangeLevel.PATCH: "a documentation change", ChangeLevel.ADDITION: "an addition"}
    what = "no change" if heaviest is None else words.get(heaviest, "a breaking change")
    return f"must have {' or '.join(map(str, allowed))} after {what} since {released}"


def _changes_above_version(released: Version, claimed: Version, changes: Sequence[Change]) -> list[Change]:
    """Return the changes that the claimed version does not allow; none if it is never allowed."""
    if claimed == released:
        return list(changes)
    fitting = [level for level in ChangeLevel if claimed in allowed_versions(released, level)]
    return [change for change in changes if change.level > max(fitting)] if fitting else []


def _listed(changes: Sequence[Change]) -> str:
    lines = [
        f"  {level.name.lower()}: {entry}"
        for level in sorted(ChangeLevel, reverse=True)
        for entry in grouped(change for change in changes if change.level is level)
    ]
    more = len(lines) - MOST_LISTED
    return "\n".join([*lines[:MOST_LISTED], *([f"  and {more} more"] if more > 0 else [])])
