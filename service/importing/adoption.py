"""Makes media of the files that imports stored before there were media: named by the SHA-256 of their bytes.

Their names stay, and so do the bodies that show them; they get what a new upload has: sizes, renditions and uses. A
file that cannot be read stays as it was, and readers see it all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, select

from service.core.database import read_connection
from service.core.images import ImageError, read_header
from service.core.storage import Storage, open_storage
from service.importing.alt_texts import alt_texts_in
from service.media.actions import add_media
from service.media.files import InspectedFile, StoredMedia
from service.models.media import ALT_TEXT_MAX, Media, MediaKind, StoredFile
from service.models.posts import Post
from service.posts.media_links import media_links
from service.posts.refreshing import BATCH_SIZE as POSTS_AT_ONCE
from service.posts.refreshing import refresh_images

BATCH_SIZE = 100

log = structlog.get_logger(__name__)

_not_adopted = (
    select(StoredFile.name, StoredFile.size_bytes)
    .where(~exists().where(Media.name == StoredFile.name))
    .order_by(StoredFile.name)
    .limit(BATCH_SIZE)
)
_showing = (
    select(Post.id, Post.slug, Post.author_id, Post.body_html)
    .where(Post.body_html.contains("/media/"))
    .order_by(Post.id)
    .limit(POSTS_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class AdoptedBatch:
    """What became of one batch; `last_name` is that of its last file, None if there were no more."""

    adopted: int
    skipped: int
    last_name: str | None


@dataclass(slots=True)
class _Use:
    """The first post that a file is used by, which its row is named after, and all of them."""

    slug: str
    author_id: int | None
    alt_text: str
    post_ids: list[UUID]


def adopt_batch(after: str) -> AdoptedBatch:
    """Make media of the next files behind the name `after`, in the session's transaction.

    Files are read before the transaction begins. Raise `StorageUnavailable`.
    """
    storage, rows = (
        open_storage(),
        read_connection().execute(_not_adopted.where(StoredFile.name > after)).all(),
    )
    inspected = [file for row in rows if (file := _inspected(storage, row)) is not None]
    uses = _uses({file.sha256 for file in inspected})
    for file in inspected:
        _add(file, uses.get(file.sha256))
    post_ids = sorted({post_id for use in uses.values() for post_id in use.post_ids})
    for start in range(0, len(post_ids), POSTS_AT_ONCE):
        refresh_images(post_ids[start : start + POSTS_AT_ONCE], adopt=True)
    return AdoptedBatch(len(inspected), len(rows) - len(inspected), rows[-1].name if rows else None)


def adopted(name: str, size_bytes: int, inspected: InspectedFile) -> StoredMedia:
    """Return a stored file under its name, as if it were stored now; `inspected` is a copy of it."""
    return StoredMedia(name, replace(inspected, sha256=_stem(name), size_bytes=size_bytes))


def _inspected(storage: Storage, row: Any) -> InspectedFile | None:
    """Return what the file is; None if it is not there, or no image that is accepted."""
    try:
        with storage.local_copy(row.name) as path:
            header = read_header(path)
    except (ImageError, FileNotFoundError) as error:
        log.warning("a stored file is not adopted", name=row.name, reason=str(error))
        return None
    return InspectedFile(
        path,
        row.name,
        header.media_type,
        header.extension,
        MediaKind.IMAGE,
        row.size_bytes,
        _stem(row.name),
        header.width,
        header.height,
        header.is_animated,
    )


def _add(file: InspectedFile, use: _Use | None) -> None:
    if use is not None:
        file = replace(file, file_name=f"{use.slug}.{file.extension}")
    add_media(
        StoredMedia(f"{file.sha256}.{file.extension}", file),
        uploader_id=use.author_id if use else None,
        alt_text=use.alt_text if use else "",
        is_imported=True,
    )


def _uses(stems: Collection[str]) -> dict[str, _Use]:
    """Return where files are used, by the stems of their names. Reads all posts with files, a batch at a time."""
    found: dict[str, _Use] = {}
    for post in _posts() if stems else ():
        for link in media_links(post.body_html):
            if link.stem not in stems:
                continue
            if link.stem not in found:
                alt_text = alt_texts_in(post.body_html).get(link.name or "", "")[:ALT_TEXT_MAX]
                found[link.stem] = _Use(post.slug, post.author_id, alt_text, [])
            found[link.stem].post_ids.append(post.id)
    return found


def _posts() -> Iterator[Any]:
    last: UUID | None = None
    while True:
        page = _showing if last is None else _showing.where(Post.id > last)
        rows: Sequence[Any] = read_connection().execute(page).all()
        yield from rows
        if len(rows) < POSTS_AT_ONCE:
            return
        last = rows[-1].id


def _stem(name: str) -> str:
    return name.partition(".")[0]
