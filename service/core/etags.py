"""Entity tags (ETag) from a row version and a digest of the code, so that a deployment invalidates caches."""

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
    """Return the entity tag, quotes included, of a row version in the representation that `variant` names."""
    return f'"{version}{variant}-{BUILD_ID}"'
