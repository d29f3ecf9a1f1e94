"""What follows from what an author wrote? Everything that is rendered and derived, before the database is asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from service.core.markdown import Rendered, render_post
from service.models.folding import fold
from service.models.posts import Post


def rendering(body: str) -> dict[str, Any]:
    """Return the columns of a post that follow from its body alone, the excerpt among them."""
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


def new_content(title: str, body: str, excerpt: str | None) -> dict[str, Any]:
    """Return the columns of what is written of a new post; without an `excerpt` it is the body's beginning."""
    return {"title": title, **rendering(body), **own_excerpt(excerpt)}


def changed_content(post: Post, changes: dict[str, Any], rendered: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that change; `rendered` is of the new body, empty where that stays.

    An excerpt its author wrote stays with a new body, one made from the body follows it; null goes back to that.
    """
    if changes.get("excerpt"):
        return {**changes, **rendered, **own_excerpt(changes["excerpt"])}
    if "excerpt" in changes:
        # Only here is something rendered while the post is held: nobody sent the body that is needed.
        return {**changes, **(rendered or rendering(post.body))}
    derived = {"excerpt", "has_own_excerpt"} if post.has_own_excerpt else set()
    return {**changes, **{name: value for name, value in rendered.items() if name not in derived}}


def set_content(post: Post, columns: dict[str, Any]) -> None:
    """Set columns of a post, and the folded text in which it is searched."""
    for name, value in columns.items():
        setattr(post, name, value)
    post.search_key = fold(f"{post.title}\n{post.excerpt}\n{post.body}")


def own_excerpt(excerpt: str | None) -> dict[str, Any]:
    """Return the columns of an excerpt that its author wrote; none where there is none, for it is derived then."""
    return {"excerpt": excerpt, "has_own_excerpt": True} if excerpt else {}
