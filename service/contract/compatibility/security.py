"""Compares the security requirements of two versions of an operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .changes import Difference, Effect
from .documents import Document, canonical_json, strip_annotations

# A scheme by its name and definition, with the scopes that are needed.
SecurityRequirement = Mapping[tuple[str, bytes], frozenset[str]]


def security_differences(
    old: tuple[Document, Mapping[str, Any]], new: tuple[Document, Mapping[str, Any]]
) -> Iterator[Difference]:
    """Yield what became of the ways into an operation, each side given with its document."""
    before, after = _security_requirements(*old), _security_requirements(*new)
    gone = [way for way in before if not any(_satisfies(way, needed) for needed in after)]
    come = [way for way in after if not any(_satisfies(way, needed) for needed in before)]
    if gone:
        sentence = f"Is no longer open to {_join_names(gone)}: now to {_join_names(after)}."
        yield Difference(Effect.NARROWED, "security", sentence)
    if come and not gone:
        yield Difference(Effect.WIDENED, "security", f"Is now open to {_join_names(come)}.")


def _security_requirements(document: Document, operation: Mapping[str, Any]) -> list[SecurityRequirement]:
    required = operation.get("security", document.content.get("security", []))
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    return [
        {
            (name, canonical_json(strip_annotations(schemes.get(name)))): frozenset(scopes)
            for name, scopes in requirement.items()
        }
        for requirement in required or [{}]
    ]


def _satisfies(shown: SecurityRequirement, needed: SecurityRequirement) -> bool:
    """Tell whether who shows these credentials has those that are needed."""
    return all(scheme in shown and scopes <= shown[scheme] for scheme, scopes in needed.items())


def _join_names(ways: list[SecurityRequirement]) -> str:
    return " or ".join(dict.fromkeys(_name(way) for way in ways))


def _name(way: SecurityRequirement) -> str:
    if not way:
        return "everyone"
    return " with ".join(
        f"`{name}`" + (f" ({', '.join(sorted(scopes))})" if scopes else "")
        for (name, _), scopes in way.items()
    )
