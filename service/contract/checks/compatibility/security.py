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
    """Yield the differences of the security requirements; each side comes with its document."""
    before, after = _security_requirements(*old), _security_requirements(*new)
    removed = [
        requirement for requirement in before if not any(_satisfies(requirement, needed) for needed in after)
    ]
    added = [
        requirement for requirement in after if not any(_satisfies(requirement, needed) for needed in before)
    ]
    if removed:
        sentence = f"No longer accepts {_join_names(removed)}; accepts {_join_names(after)}."
        yield Difference(Effect.NARROWED, "security", sentence)
    if added and not removed:
        yield Difference(Effect.WIDENED, "security", f"Now accepts {_join_names(added)}.")


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


def _satisfies(credentials: SecurityRequirement, needed: SecurityRequirement) -> bool:
    """Tell whether these credentials include those that are needed."""
    return all(scheme in credentials and scopes <= credentials[scheme] for scheme, scopes in needed.items())


def _join_names(requirements: list[SecurityRequirement]) -> str:
    return " or ".join(dict.fromkeys(_name(requirement) for requirement in requirements))


def _name(requirement: SecurityRequirement) -> str:
    if not requirement:
        return "anonymous requests"
    return " with ".join(
        f"`{name}`" + (f" ({', '.join(sorted(scopes))})" if scopes else "")
        for (name, _), scopes in requirement.items()
    )
