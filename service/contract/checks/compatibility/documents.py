"""Resolves `$ref` in OpenAPI documents and compares parts of two documents for equality, annotations aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import orjson

from ...deprecation import SUNSET_EXTENSION

Schema = Mapping[str, Any] | bool

# Keywords for people alone. Extensions count as such, except the sunset date.
ANNOTATIONS = frozenset(
    {
        "$comment",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "summary",
        "tags",
        "title",
        "xml",
    }
)
# The keys below these are names, not keywords: a property may be called `description`.
MAPS_OF_NAMES = frozenset(
    {
        "$defs",
        "callbacks",
        "content",
        "dependentSchemas",
        "encoding",
        "headers",
        "links",
        "parameters",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "securitySchemes",
        "webhooks",
    }
)
# The values of these are data, whose keys are not keywords.
DATA = frozenset({"const", "default", "enum"})


class Document:
    """An OpenAPI document with resolution of its references."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    def target(self, reference: str) -> Any:
        """Return the target of a reference within the document; None if it does not exist."""
        if not reference.startswith("#/"):
            return None
        node: Any = self.content
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, Mapping) or key not in node:
                return None
            node = node[key]
        return node

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameter, body, response or header itself or the one that is referred to.

        Raises ValueError if the target does not exist.
        """
        seen = set()
        while "$ref" in node:
            reference = node["$ref"]
            target = self.target(reference)
            if not isinstance(target, Mapping) or reference in seen:
                raise ValueError(f"{reference} leads nowhere")
            seen.add(reference)
            node = target
        return node

    def annotation(self, schema: Schema, keyword: str) -> Any:
        """Return an annotation of a schema, such as `default` or `deprecated`; None if it has none."""
        waiting, seen = [schema], set()
        while waiting:
            node = waiting.pop(0)
            if not isinstance(node, Mapping) or id(node) in seen:
                continue
            seen.add(id(node))
            if keyword in node:
                return node[keyword]
            waiting += [self.target(node["$ref"]) if "$ref" in node else True, *node.get("allOf", ())]
        return None


class DocumentPair:
    """The old and the new document, side by side."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        self._same: dict[str, bool] = {}

    def identical(self, old: Any, new: Any) -> bool:
        """Tell whether two parts are equal, annotations aside."""
        plain = strip_annotations(old)
        return canonical_json(plain) == canonical_json(strip_annotations(new)) and all(
            map(self._unchanged, references(plain))
        )

    def _unchanged(self, reference: str) -> bool:
        """Tell whether a reference has equal targets in both documents, transitively."""
        waiting, seen = [reference], {reference}
        while waiting:
            here = waiting.pop()
            if here not in self._same:
                self._same[here] = self._same_at(here)
            if not self._same[here]:
                self._same[reference] = False
                return False
            more = set(references(strip_annotations(self.old.target(here)))) - seen
            seen |= more
            waiting += more
        return True

    def _same_at(self, reference: str) -> bool:
        old, new = self.old.target(reference), self.new.target(reference)
        return canonical_json(strip_annotations(old)) == canonical_json(strip_annotations(new))


def strip_annotations(node: Any, *, named: bool = False) -> Any:
    """Return a copy without annotations."""
    if isinstance(node, list):
        return [strip_annotations(inner) for inner in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: inner
        if key in DATA and not named
        else strip_annotations(inner, named=key in MAPS_OF_NAMES and not named)
        for key, inner in node.items()
        if named or not is_annotation(key)
    }


def is_annotation(keyword: str) -> bool:
    """Tell whether a keyword is for people only."""
    return keyword in ANNOTATIONS or (keyword.startswith("x-") and keyword != SUNSET_EXTENSION)


def canonical_json(value: Any) -> bytes:
    """Return JSON that is equal for equal values only: `1`, `true` and `"1"` differ, and keys have no order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def references(node: Any) -> Iterator[str]:
    """Yield every reference within a part of a document."""
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)
    elif isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
