"""Which code is running? Part of entity tags, so that a new version of the service is never answered with 304."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path


def _code_digest() -> str:
    digest = blake2b(digest_size=5)
    root = Path(__file__).parent.parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


BUILD_ID = _code_digest()


def entity_tag(version: int, *, variant: str = "") -> str:
    """Return the entity tag, with its quotes, of `version` as `variant` sees it and this build represents it."""
    return f'"{version}{variant}-{BUILD_ID}"'
