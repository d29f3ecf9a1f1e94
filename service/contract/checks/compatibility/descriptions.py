"""Finds changes of descriptions, titles and examples, which change no value that is accepted or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .changes import Change, ChangeLevel
from .documents import DATA, MAPS_OF_NAMES, canonical_json, is_annotation


def description_changed(old: Any, new: Any, *, named: bool = False) -> bool:
    """Tell whether the description of something that both documents have changed."""
    if isinstance(old, list) and isinstance(new, list):
        return any(description_changed(one, other) for one, other in zip(old, new, strict=False))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or ("$ref" in old) != ("$ref" in new):
        return False
    if not named and any(
        is_annotation(keyword) and canonical_json(old.get(keyword)) != canonical_json(new.get(keyword))
        for keyword in {**old, **new}
    ):
        return True
    return any(
        description_changed(old[key], new[key], named=key in MAPS_OF_NAMES and not named)
        for key in old.keys() & new.keys()
        if named or (key not in DATA and not is_annotation(key))
    )


def component_description_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the components whose description changed."""
    before, after = (document.get("components", {}) for document in (old, new))
    for section in sorted(before.keys() & after.keys()):
        for name in sorted(before[section].keys() & after[section].keys()):
            if description_changed(before[section][name], after[section][name]):
                yield description_change("", f"{section} {name}")


def info_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes of general parts of the document, its version aside."""
    for part in ("info", "tags", "externalDocs", "openapi"):
        if canonical_json(_without_version(old.get(part))) != canonical_json(_without_version(new.get(part))):
            yield description_change("", part)


def description_change(operation: str, place: str) -> Change:
    """Return the change of a description."""
    return Change(ChangeLevel.PATCH, "", operation, place, "The description changed.")


def _without_version(part: Any) -> Any:
    return {**part, "version": ""} if isinstance(part, Mapping) and "version" in part else part
