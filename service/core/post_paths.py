"""At which path does a front end show a post? Links between posts are written with it."""

from __future__ import annotations

import re

_POST = re.compile(r"/posts/([a-z0-9]+(?:-[a-z0-9]+)*)")


def post_path(slug: str) -> str:
    """Return the path of the post with this slug."""
    return f"/posts/{slug}"


def slug_from_path(path: str) -> str | None:
    """Return the slug of a path that is one of a post; None of any other."""
    found = _POST.fullmatch(path)
    return found[1] if found else None
