"""Columns derived from a post's Markdown: HTML, excerpt, word count, search text; no database access."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from service.core.markdown import Rendered, render_post
from service.models.casefolding import casefold
from service.models.posts import Post


def rendered_columns(body: str) -> dict[str, Any]:
    """Render the body; return the columns derived from it, including the generated excerpt."""
    rendered: Rendered = render_post(body)
    return {
        "body": body,
        "body_html": rendered.html,
        "excerpt": rendered.excerpt,
        "has_own_excerpt": False,
        "word_count": rendered.word_count,
        "reading_minutes": rendered.reading_minutes,
        "contents": [asdict(entry) for entry in rendered.toc],
    }


def content_columns(title: str, body: str, excerpt: str | None) -> dict[str, Any]:
    """Return the content columns of a new post; `excerpt` defaults to the beginning of the body."""
    return {"title": title, **rendered_columns(body), **custom_excerpt_columns(excerpt)}


def changed_content_columns(post: Post, changes: dict[str, Any], rendered: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change; `rendered` has the columns of the new body, none if the body does not change.

    A custom excerpt is kept with a new body, a generated one is generated again. An excerpt of null goes back to that.
    """
    if changes.get("excerpt"):
        return {**changes, **rendered, **custom_excerpt_columns(changes["excerpt"])}
    if "excerpt" in changes:
        # The only rendering under the row lock: the current body is needed, and it can be read only then.
        return {**changes, **(rendered or rendered_columns(post.body))}
    derived = {"excerpt", "has_own_excerpt"} if post.has_own_excerpt else set()
    return {**changes, **{name: value for name, value in rendered.items() if name not in derived}}


def apply_columns(post: Post, columns: dict[str, Any]) -> None:
    """Set columns of a post, and update its case-folded search text."""
    for name, value in columns.items():
        setattr(post, name, value)
    post.search_key = casefold(f"{post.title}\n{post.excerpt}\n{post.body}")


def custom_excerpt_columns(excerpt: str | None) -> dict[str, Any]:
    """Return the columns of a custom excerpt; no columns if there is none, because it is generated then."""
    return {"excerpt": excerpt, "has_own_excerpt": True} if excerpt else {}


def image_columns(changes: dict[str, Any], former_cover_id: UUID | None = None) -> dict[str, Any]:
    """Return `changes` as columns, with the ids of images. Texts about the former cover go with it."""
    columns = {
        name: UUID(value) if name in {"cover_id", "card_id"} and value else value
        for name, value in changes.items()
    }
    if columns.get("cover_id", former_cover_id) != former_cover_id:
        return {"cover_alt_text": None, "cover_caption": None, **columns}
    return columns
