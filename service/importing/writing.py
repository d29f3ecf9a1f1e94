"""What does a post look like as a file? Markdown under TOML front matter that Zola also understands."""

from __future__ import annotations

import re
from typing import Any

import tomli_w

from service.importing.records import SourcePost

# Names that mean something else to the generators, whatever is in the file.
_RESERVED = frozenset({"index", "_index", "readme", "changelog", "license"})
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


def write_post(post: SourcePost) -> str:
    """Return `post` as the text of a file that `read_tree` reads as an equal record.

    Equal but for what the file's place and bytes decide: `source_path`, `content_hash` and the files beside
    it. The body is kept to the character. A post without an instant must be a draft, as reading makes it.
    """
    return f"+++\n{tomli_w.dumps(_front_matter(post))}+++\n\n{post.body}"


def file_name(slug: str) -> str:
    """Return an ASCII file name for a post: `slug` where it is one, never a name that generators reserve."""
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
    # TOML has no null; an absent key says the same.
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(item) for item in value if item is not None]
    return value
