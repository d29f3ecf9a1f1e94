"""Compares the security requirements of two versions of an operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .changes import Difference, Effect
from .documents import Document, bare, canonical

# A scheme by its name and definition, with the scopes that are needed.
Credentials = Mapping[tuple[str, bytes], frozenset[str]]


def security_differences(
    old: tuple[Document, Mapping[str, Any]], new: tuple[Document, Mapping[str, Any]]
) -> Iterator[Difference]:
    """Yield the differences of the security requirements; each side comes with its document."""
    before, after = _ways_in(*old), _ways_in(*new)
    removed = [
        requirement for requirement in before if not any(_enough(requirement, needed) for needed in after)
    ]
    added = [
        requirement for requirement in after if not any(_enough(requirement, needed) for needed in before)
    ]
    if removed:
        sentence = f"No longer accepts {_named(removed)}; accepts {_named(after)}."
        yield Difference(Effect.NARROWED, "security", sentence)
    if added and not removed:
        yield Difference(Effect.WIDENED, "security", f"Now accepts {_named(added)}.")


def _ways_in(document: Document, operation: Mapping[str, Any]) -> list[Credentials]:
    required = operation.get("security", document.content.get("security", []))
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    return [
        {
            (name, canonical(bare(schemes.get(name)))): frozenset(scopes)
            for name, scopes in requirement.items()
        }
        for requirement in required or [{}]
    ]


def _enough(credentials: Credentials, needed: Credentials) -> bool:
    """Tell whether these credentials include those that are needed."""
    return all(scheme in credentials and scopes <= credentials[scheme] for scheme, scopes in needed.items())


def _named(requirements: list[Credentials]) -> str:
    return " or ".join(dict.fromkeys(_name(requirement) for requirement in requirements))


def _name(requirement: Credentials) -> str:
    if not requirement:
        return "anonymous requests"
    return " with ".join(
        f"`{name}`" + (f" ({', '.join(sorted(scopes))})" if scopes else "")
        for (name, _), scopes in requirement.items()
    )
