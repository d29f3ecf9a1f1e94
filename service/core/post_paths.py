"""URL path of a post in the front end, and the slug back from such a path."""

from __future__ import annotations

import re

_POST = re.compile(r"/posts/([a-z0-9]+(?:-[a-z0-9]+)*)")


def post_path(slug: str) -> str:
    """Return the URL path of the post with this slug."""
    return f"/posts/{slug}"


def slug_from_path(path: str) -> str | None:
    """Return the slug in the URL path of a post; None for any other path."""
    match = _POST.fullmatch(path)
    return match[1] if match else None
