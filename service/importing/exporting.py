"""How does the publication go out as a folder? As files that import to an equal publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.core.addresses import post_path
from service.core.storage import Storage
from service.extensions import db
from service.importing import links
from service.importing.actions import OWN_COLUMNS, OWN_KEYS, write_file
from service.importing.records import SourcePost
from service.importing.writing import file_name, write_post
from service.models.posts import Post, PostSlug, PostStatus, Redirect
from service.models.users import User

AT_ONCE = 100
IMAGES = "images"
_MEDIA = "/media/"


@dataclass(frozen=True, slots=True)
class Exported:
    """How many posts and images were written."""

    posts: int
    images: int


def export_tree(folder: Path, storage: Storage) -> Exported:
    """Write every post outside the trash, and the images they show, under `folder`; what is there is replaced.

    Raises OSError where the folder cannot be written.
    """
    former = _addresses()
    count, images = 0, set[str]()
    for post, author in _posts():
        body = links.rewrite(post.body, lambda text: _beside(text, images))
        record = _record(post, author, body, former.get(post.id, []))
        write_file(folder, file_name(post.slug), write_post(record).encode())
        count += 1
    for name in sorted(images):
        path = storage.find(name)
        if path is not None:
            write_file(folder / IMAGES, name, path.read_bytes())
    return Exported(count, len(images))


def _posts() -> Iterator[tuple[Post, str | None]]:
    """Yield the posts and the names of their authors, a hundred in memory at a time."""
    last = None
    while True:
        page = (
            select(Post, User.display_name)
            .outerjoin(User, User.id == Post.author_id)
            .order_by(Post.id)
            .limit(AT_ONCE)
        )
        page = page.where(Post.trashed_at.is_(None))
        rows = db.session.execute(page.where(Post.id > last) if last else page).all()
        yield from ((row.Post, row.display_name) for row in rows)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].Post.id
        db.session.expunge_all()


def _addresses() -> dict[UUID, list[str]]:
    """Return the paths that lead to each post besides its own."""
    found: dict[UUID, list[str]] = {}
    for path, post_id in db.session.execute(
        select(Redirect.path, Redirect.post_id).order_by(Redirect.path)
    ).tuples():
        found.setdefault(post_id, []).append(path)
    for slug, post_id in db.session.execute(
        select(PostSlug.slug, PostSlug.post_id).order_by(PostSlug.slug)
    ).tuples():
        found.setdefault(post_id, []).append(post_path(slug))
    return found


def _record(post: Post, author: str | None, body: str, aliases: list[str]) -> SourcePost:
    own: dict[str, Any] = {
        column: value for column in OWN_COLUMNS if (value := getattr(post, column)) is not None
    }
    if post.status is PostStatus.ARCHIVED:
        own["status"] = str(post.status)
    authors = post.extra.get("authors") or ([author] if author else [])
    return SourcePost(
        source_path=file_name(post.slug),
        content_hash="",
        title=post.title,
        slug=post.slug,
        canonical_path=post_path(post.slug),
        body=body,
        published_at=post.published_at,
        updated_at=post.updated_at,
        draft=post.status is PostStatus.DRAFT or post.published_at is None,
        description=post.excerpt if post.has_own_excerpt else None,
        authors=tuple(authors),
        tags=tuple(tag["name"] for tag in post.tag_list),
        aliases=tuple(aliases),
        extra={
            **{key: value for key, value in post.extra.items() if key != "authors"},
            **({OWN_KEYS: own} if own else {}),
        },
    )


def _beside(destination: str, images: set[str]) -> str | None:
    """Return where an image of ours is beside the exported posts, and remember that it is shown."""
    if not destination.startswith(_MEDIA):
        return None
    name = destination.removeprefix(_MEDIA)
    images.add(name)
    return f"{IMAGES}/{name}"
