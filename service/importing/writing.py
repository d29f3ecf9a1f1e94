"""Serializes a post as Markdown with TOML front matter that Zola can read."""

from __future__ import annotations

import re
from typing import Any

import tomli_w

from service.importing.records import SourcePost

# File names with a special meaning for generators.
_RESERVED = frozenset({"index", "_index", "readme", "changelog", "license"})
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


def write_post(post: SourcePost) -> str:
    """Return the text of a file from which `read_tree` reads an equal post.

    Not compared are `source_path`, `content_hash` and referenced files. The body is unchanged. A post without a
    publication date must be a draft.
    """
    return f"+++\n{tomli_w.dumps(_front_matter(post))}+++\n\n{post.body}"


def file_name(slug: str) -> str:
    """Return an ASCII file name for a post: its `slug` if possible, never a name that generators reserve."""
    name = _UNSAFE.sub("-", slug).strip(".-")[:100] or "post"
    if name.lower() in _RESERVED or name.startswith("_"):
        name = f"post-{name.lstrip('_')}"
    return f"{name}.md"


def _front_matter(post: SourcePost) -> dict[str, Any]:
    values = {
        "title": post.title,
        "date": post.published_at,
        "updated": post.updated_at,
        "draft": post.draft,
        "slug": post.slug,
        "path": post.canonical_path,
        "description": post.description,
        "authors": list(post.authors),
        "aliases": list(post.aliases),
        "taxonomies": {"tags": list(post.tags)},
        "extra": post.extra,
    }
    return {key: _without_nulls(value) for key, value in values.items() if value is not None}


def _without_nulls(value: Any) -> Any:
    # TOML has no null: the key is omitted.
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(item) for item in value if item is not None]
    return value
