"""Exports all posts and their images as Markdown files that can be imported again: to a folder, or file by file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select

from service.core.database import read_connection
from service.core.post_paths import post_path
from service.core.slugs import unique_slug
from service.core.storage import FileReader, Storage
from service.importing import links
from service.importing.bodies import summary
from service.importing.export_metadata import KEY, STORED_AS_SENT, ExportMetadata, write_export_metadata
from service.importing.exported_media import MediaOfPosts, details_path
from service.importing.records import SourcePost
from service.importing.writing import file_name, write_post
from service.models.posts import Post, PostSlug, PostStatus, Redirect
from service.models.users import User

AT_ONCE = 100

# What an export of the publication has: posts in the trash are deleted soon.
KEPT = Post.trashed_at.is_(None)

_page = (
    select(
        *Post.__table__.columns,
        User.username.label("author_username"),
        User.display_name.label("author_name"),
    )
    .outerjoin(User, User.id == Post.author_id)
    .order_by(Post.id)
    .limit(AT_ONCE)
)


class FolderInUse(Exception):
    """The folder is not empty. Existing files are never overwritten, and would be imported with the posts."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of an export: its relative path, and its bytes, or for a stored file their reader."""

    name: str
    content: bytes | FileReader
    changed_at: datetime | None = None
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The numbers of exported posts and images."""

    posts: int
    images: int


def export_tree(folder: Path, storage: Storage) -> ExportReport:
    """Export all posts, except those in the trash, and their images to `folder`, which is created if necessary.

    Hidden files in it are ignored. No locks are taken: a post that changes meanwhile is exported in its old or new
    version. Raise `FolderInUse`, and OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        raise FolderInUse
    posts = images = 0
    for file in exported_files(storage):
        posts, images = posts + file.is_post, images + isinstance(file.content, FileReader)
        _write(folder / file.name, [file.content] if isinstance(file.content, bytes) else file.content)
    return ExportReport(posts, images)


def count_posts(which: ColumnElement[bool] = KEPT) -> int:
    """Return the number of posts that an export has. One SELECT."""
    return read_connection().scalar(select(func.count(Post.id)).where(which)) or 0


def exported_files(storage: Storage, which: ColumnElement[bool] = KEPT) -> Iterator[ExportedFile]:
    """Yield the files of an export: each post with its text, then each image, to be read before the next one."""
    names, media = set[str](), MediaOfPosts(storage)
    for post, former in _posts(media, which):
        name = unique_slug(PurePosixPath(file_name(post.slug)).stem, names, 200)
        names.add(name)
        body = links.rewrite(post.body, media.path_of_url)
        text = write_post(_record(post, body, former, media))
        yield ExportedFile(f"{name}.md", text.encode(), changed_at=post.updated_at, is_post=True)
    for file in media.files():
        if (reader := storage.read(file.name)) is not None:
            with reader:
                yield ExportedFile(file.path, reader)
            if file.details is not None:
                yield ExportedFile(details_path(file.path), file.details.encode())


def _posts(media: MediaOfPosts, which: ColumnElement[bool]) -> Iterator[tuple[Row[Any], list[str]]]:
    """Yield all posts with the paths that redirect to them, their media loaded; only one batch is in memory."""
    connection, last, page = read_connection(), None, _page.where(which)
    while True:
        rows: Sequence[Any] = connection.execute(page.where(Post.id > last) if last else page).all()
        post_ids = [row.id for row in rows]
        former = _former_addresses(post_ids)
        media.load(post_ids)
        yield from ((row, former.get(row.id, [])) for row in rows)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


def _former_addresses(post_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    connection, paths_by_post = read_connection(), dict[UUID, list[str]]()
    paths = select(Redirect.post_id, Redirect.path).where(Redirect.post_id.in_(post_ids))
    for post_id, path in connection.execute(paths.order_by(Redirect.path)):
        paths_by_post.setdefault(post_id, []).append(path)
    slugs = select(PostSlug.post_id, PostSlug.slug).where(PostSlug.post_id.in_(post_ids))
    for post_id, slug in connection.execute(slugs.order_by(PostSlug.slug)):
        paths_by_post.setdefault(post_id, []).append(post_path(slug))
    return paths_by_post


def _record(post: Row[Any], body: str, aliases: Sequence[str], media: MediaOfPosts) -> SourcePost:
    own = write_export_metadata(_own_keys(post, media))
    return SourcePost(
        source_path="",
        content_hash="",
        title=post.title,
        slug=post.slug,
        canonical_path=post_path(post.slug),
        body=body,
        # A date in the future is a schedule, for site generators and for an import.
        published_at=post.scheduled_at or post.published_at,
        updated_at=post.updated_at,
        draft=post.status is PostStatus.DRAFT,
        description=post.excerpt if post.has_own_excerpt else None,
        authors=_authors(post),
        tags=tuple(tag["name"] for tag in post.tag_list),
        aliases=tuple(aliases),
        extra={**{key: value for key, value in post.extra.items() if key != "authors"}, KEY: own},
    )


def _authors(post: Row[Any]) -> tuple[str, ...]:
    """Return the names of the authors; the first is the current display name of the account."""
    further = post.extra.get("authors", [])[1:]
    return (post.author_name, *further) if post.author_name else tuple(further)


def _own_keys(post: Row[Any], media: MediaOfPosts) -> ExportMetadata:
    return ExportMetadata(
        id=post.id,
        author=post.author_username or "",
        created_at=post.created_at if post.created_at != post.published_at else None,
        archived=post.status is PostStatus.ARCHIVED,
        derived_excerpt=not post.has_own_excerpt and summary(post.body) is not None,
        cover=media.path_of_id(post.cover_id),
        cover_alt_text=post.cover_alt_text,
        cover_caption=post.cover_caption,
        card=media.path_of_id(post.card_id),
        fields={name: getattr(post, name) for name in STORED_AS_SENT},
    )


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("wb") as file:
        file.writelines(pieces)
    draft.replace(path)
