"""The periodic task that deletes files of the storage to which no row refers.

A file is written before the row that refers to it is committed: what a process leaves that is killed in between, or
whose transaction is rolled back, is found here. And so is the file of a row that was deleted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from service.core.database import read_connection
from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task
from service.core.storage import FileInfo, Storage, open_storage
from service.models.media import FormerMediaName, Media, Rendition, StoredFile
from service.models.posts import Post

SWEEP_S = 3_600
# Longer than any request or job takes to commit after it has written a file.
UNCLAIMED_S = 3_600
BATCH_SIZE = 500
_POSTS_AT_ONCE = 100
_TIME_LIMIT_S = 1_800

_NAME_COLUMNS = (Media.name, Rendition.name, FormerMediaName.name, StoredFile.name)
# An image of an earlier version; it may have no row, and the body of a post has its name.
_NAMED_BY_CONTENT = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|gif|webp|avif)")


@task("media.sweep_files", every_s=SWEEP_S, time_limit_s=_TIME_LIMIT_S, result=DELETED)
def sweep_files() -> bool:
    """Delete the files to which no row refers after an hour, and what interrupted writes have left."""
    add_deleted(delete_unclaimed(UNCLAIMED_S))
    return False


def delete_unclaimed(older_than_s: float) -> int:
    """Delete files that no row refers to and that were written longer ago; return their number.

    Four SELECTs for each 500 files, outside any transaction: a storage may be slow. Raise `StorageUnavailable`.
    """
    storage = open_storage()
    written_before = datetime.now(UTC) - timedelta(seconds=older_than_s)
    old = (info for info in storage.names() if info.changed_at < written_before)
    deleted = storage.delete_drafts(older_than_s)
    while batch := list(itertools.islice(old, BATCH_SIZE)):
        unclaimed = [info.name for info in _unclaimed(batch) if _is_unchanged(storage, info)]
        storage.delete(*unclaimed)
        deleted += len(unclaimed)
    return deleted


def _unclaimed(batch: Sequence[FileInfo]) -> list[FileInfo]:
    names = [info.name for info in batch]
    claimed = {
        name
        for column in _NAME_COLUMNS
        for name in read_connection().scalars(select(column).where(column.in_(names)))
    }
    left = [info for info in batch if info.name not in claimed]
    by_content = {info.name for info in left if _NAMED_BY_CONTENT.fullmatch(info.name)}
    shown = _shown_in_posts(by_content) if by_content else set()
    return [info for info in left if info.name not in shown]


def _is_unchanged(storage: Storage, info: FileInfo) -> bool:
    """Tell whether a file is as it was listed: a job that is repeated may be about to refer to it."""
    now = storage.stat(info.name)
    return now is not None and now.changed_at == info.changed_at


def _shown_in_posts(names: Iterable[str]) -> set[str]:
    """Return those of the names that the body of a post has, also of one in the trash. All posts are read."""
    wanted = set(names)
    return {name for body in _bodies() for name in _NAMED_BY_CONTENT.findall(body) if name in wanted}


def _bodies() -> Iterator[str]:
    page = select(Post.id, Post.body).order_by(Post.id).limit(_POSTS_AT_ONCE)
    last = None
    while rows := read_connection().execute(page.where(Post.id > last) if last else page).all():
        yield from (row.body for row in rows)
        last = rows[-1].id
