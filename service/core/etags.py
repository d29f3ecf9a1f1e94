"""Entity tags (ETag) from a row version and a digest of the code, so that a deployment invalidates caches."""

from __future__ import annotations

import re
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


def without_variant(etag: str) -> str:
    """Return an entity tag without its variant: `"3.2-5f2b"` becomes `"3-5f2b"`.

    For `If-Match` where the variant stands for what an edit cannot overwrite: a rendition that has become ready.
    """
    return re.sub(r"\.[^-\"]*", "", etag, count=1)
