"""Finds changes of descriptions, titles and examples, which change no value that is accepted or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .changes import Change, Level
from .documents import DATA, NAMED, canonical, is_annotation


def reworded(old: Any, new: Any, *, named: bool = False) -> bool:
    """Tell whether the description of something that both documents have changed."""
    if isinstance(old, list) and isinstance(new, list):
        return any(reworded(one, other) for one, other in zip(old, new, strict=False))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or ("$ref" in old) != ("$ref" in new):
        return False
    if not named and any(
        is_annotation(keyword) and canonical(old.get(keyword)) != canonical(new.get(keyword))
        for keyword in {**old, **new}
    ):
        return True
    return any(
        reworded(old[key], new[key], named=key in NAMED and not named)
        for key in old.keys() & new.keys()
        if named or (key not in DATA and not is_annotation(key))
    )


def component_wording(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the components whose description changed."""
    before, after = (document.get("components", {}) for document in (old, new))
    for section in sorted(before.keys() & after.keys()):
        for name in sorted(before[section].keys() & after[section].keys()):
            if reworded(before[section][name], after[section][name]):
                yield said_anew("", f"{section} {name}")


def general_wording(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes of general parts of the document, its version aside."""
    for part in ("info", "tags", "externalDocs", "openapi"):
        if canonical(_without_version(old.get(part))) != canonical(_without_version(new.get(part))):
            yield said_anew("", part)


def said_anew(operation: str, place: str) -> Change:
    """Return the change of a description."""
    return Change(Level.PATCH, "", operation, place, "The description changed.")


def _without_version(part: Any) -> Any:
    return {**part, "version": ""} if isinstance(part, Mapping) and "version" in part else part
