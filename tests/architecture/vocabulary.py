"""Rules about words: module docstrings state, and the field's standard terms lead to the code that they name."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.source import modules

FOLDERS = ("service", "tests", "benchmarks", "alembic", "deploy", "web/scripts")

# Whoever knows the term and greps for it must land in the file that implements it.
TERMS: Mapping[str, str] = {
    "refresh token rotation": "service/core/sessions.py",
    "reuse detection": "service/core/sessions.py",
    "soft delete": "service/posts/actions.py",
    "rate limit": "service/core/rate_limits.py",
    "optimistic concurrency": "service/contract/validated_request.py",
    "keyset pagination": "service/core/cursor_pagination.py",
    "offset pagination": "service/core/pagination.py",
    "transaction boundary": "service/core/database.py",
    "N+1": "service/models/base.py",
    "content negotiation": "service/contract/pages.py",
    "ETag": "service/core/etags.py",
    "CORS": "service/app.py",
    "password hashing": "service/core/passwords.py",
    "slug": "service/core/slugs.py",
    "feed": "web/src/app/feed.ts",
    "sanitize": "service/core/markdown/allowlist.py",
    "strangler": "web/src/legacy/routing.ts",
    "feature flag": "web/src/legacy/flags.ts",
    "cache invalidation": "web/src/api/cache-tags.ts",
    "health check": "service/health/routes.py",
}


def docstring_violations(root: Path) -> list[str]:
    """Return module docstrings that ask a question or are no sentence."""
    violations = []
    for folder in FOLDERS:
        for module in modules(root, folder):
            docstring = ast.get_docstring(module.tree)
            if docstring is None:
                continue
            first = docstring.partition("\n\n")[0]
            if "?" in first:
                violations.append(module.at(1, "the module docstring asks; state what the module contains"))
            elif not first.rstrip().endswith((".", ":", "::")):
                violations.append(module.at(1, "the module docstring is not a sentence with a full stop"))
    return violations


def term_violations(root: Path, terms: Mapping[str, str] = TERMS) -> list[str]:
    """Return the standard terms that are not in the file that implements them.

    Words are compared regardless of case, of hyphens and of line breaks.
    """
    violations = []
    for term, name in terms.items():
        path = root / name
        if not path.exists():
            violations.append(f"{name}: not there, but said to implement '{term}'")
        elif _plain(term) not in _plain(path.read_text(encoding="utf-8")):
            violations.append(f"{name}: implements '{term}' and does not say so")
    return violations


def _plain(text: str) -> str:
    return re.sub(r"[\s#/*-]+", " ", text).casefold()
