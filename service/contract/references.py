"""Finds which schemas of a document's components a part of it refers to, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SCHEMAS = "#/components/schemas/"


class References:
    """The references between the component schemas of one document; those of a schema are looked for once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Any] = document["components"].get("schemas", {})
        self._direct: dict[str, frozenset[str]] = {}

    def reachable(self, part: Any) -> set[str]:
        """Return the names of all schemas that `part` needs."""
        waiting, names = set(_referred(part)), set[str]()
        while waiting:
            name = waiting.pop()
            names.add(name)
            waiting |= self._of(name) - names
        return names

    def _of(self, name: str) -> frozenset[str]:
        if name not in self._direct:
            self._direct[name] = frozenset(_referred(self._schemas.get(name)))
        return self._direct[name]


def _referred(node: Any) -> Iterator[str]:
    """Yield the name of each schema that is referred to in `node`."""
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS).split("/", 1)[0]
        for value in node.values():
            if isinstance(value, Mapping | list):
                yield from _referred(value)
    elif isinstance(node, list):
        for value in node:
            yield from _referred(value)
