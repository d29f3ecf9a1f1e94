"""Lists deprecated parts of a document whose sunset date has passed; keeping them longer breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ...deprecation import SUNSET_EXTENSION
from .documents import Document
from .operations import METHODS
from .sunsets import sunset_date

# The kinds of components that can be deprecated, or contain deprecated parts.
COMPONENTS = ("schemas", "parameters", "headers", "requestBodies", "responses")


def expired_sunsets(document: Mapping[str, Any], *, today: date) -> list[str]:
    """Return a line for each part of the document whose sunset date has passed, the earliest first."""
    expired = [
        (sunset, place)
        for place, node in _places(Document(document))
        for sunset in [sunset_date(node.get)]
        if sunset is not None and sunset <= today
    ]
    return [f"`{place}` (its sunset was {sunset})" for sunset, place in sorted(dict.fromkeys(expired))]


def _places(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in document.content.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                yield from _below(operation, operation.get("operationId", f"{method.upper()} {path}"))
    for kind in COMPONENTS:
        for name, component in document.content.get("components", {}).get(kind, {}).items():
            yield from _below(component, name)


def _below(node: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield everything with a sunset date at or below a node, with the names of parameters and properties."""
    if isinstance(node, list):
        for each in node:
            yield from _below(each, place)
    elif isinstance(node, Mapping):
        if "in" in node and "name" in node:
            place = f"{place} {node['in']} {node['name']}"
        if SUNSET_EXTENSION in node:
            yield place, node
        for key, inner in node.items():
            if key == "properties":
                for name, schema in inner.items():
                    yield from _below(schema, f"{place}.{name}")
            elif key not in {"example", "examples", "default", "const", "enum"}:
                yield from _below(inner, place)
