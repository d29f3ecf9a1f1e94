"""Selects of imports and of what became of their files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from service.contract import NotFound
from service.core.database import read_connection
from service.core.etags import BUILD_ID
from service.core.pagination import OffsetPage, PageRequest
from service.models.imports import Import as ImportRow
from service.models.imports import ImportItem, ItemOutcome
from service.models.jobs import Job, JobState
from service.models.posts import Post, PostStatus
from service.models.users import User


@dataclass(frozen=True, slots=True)
class Account:
    """An account: of whoever started an import, or the author of posts without one."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files there were of each outcome so far, and how many notes about them; `posts` is the number of all.

    `images` are those that were added to the media.
    """

    posts: int | None
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    notes: int
    images: int


@dataclass(frozen=True, slots=True)
class Import:
    """An import as administrators see it; `error` tells why the last attempt of its job failed."""

    id: UUID
    job_id: UUID
    state: JobState
    error: str | None
    file_name: str
    size_bytes: int
    has_archive: bool
    dry_run: bool
    site_urls: list[str]
    generator: str | None
    summary: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    counts: Counts
    author: Account | None
    created_by: Account | None

    @property
    def etag(self) -> str:
        """Return the ETag: a digest of everything that is shown."""
        return f'"{blake2b(repr(self).encode(), digest_size=12).hexdigest()}-{BUILD_ID}"'


@dataclass(frozen=True, slots=True)
class Item:
    """What became of a file of an import; `slug`, `title` and `status` are those of its post now."""

    id: int
    path: str
    outcome: ItemOutcome
    reason: str | None
    notes: list[str]
    post_id: UUID | None
    slug: str | None
    title: str | None
    status: PostStatus | None


_author, _owner = aliased(User), aliased(User)
# A job waits between two batches.
_state = case(
    (ImportRow.finished_at.is_not(None), JobState.SUCCEEDED.value),
    (
        and_(Job.state == JobState.WAITING, ImportRow.started_at.is_not(None)),
        JobState.RUNNING.value,
    ),
    else_=func.coalesce(Job.state, ImportRow.state),
)
_OWN_COLUMNS, _COUNTS = 14, 8
_imports = (
    select(
        ImportRow.id,
        ImportRow.job_id,
        _state.label("state"),
        case((ImportRow.finished_at.is_(None), Job.error)).label("error"),
        ImportRow.file_name,
        ImportRow.size_bytes,
        ImportRow.upload_id.is_not(None).label("has_archive"),
        ImportRow.dry_run,
        ImportRow.site_urls,
        ImportRow.generator,
        ImportRow.summary,
        ImportRow.created_at,
        ImportRow.started_at,
        ImportRow.finished_at,
        ImportRow.total_posts,
        ImportRow.created_count,
        ImportRow.updated_count,
        ImportRow.unchanged_count,
        ImportRow.skipped_count,
        ImportRow.failed_count,
        ImportRow.note_count,
        ImportRow.image_count,
        _author.id,
        _author.username,
        _author.display_name,
        _owner.id,
        _owner.username,
        _owner.display_name,
    )
    .outerjoin(Job, Job.id == ImportRow.job_id)
    .outerjoin(_author, _author.id == ImportRow.author_id)
    .outerjoin(_owner, _owner.id == ImportRow.owner_id)
)


def list_imports(state: JobState | None, page: PageRequest) -> OffsetPage[Import]:
    """Return a page of imports, newest first; None does not filter. Two statements."""
    conditions = () if state is None else (_state == state.value,)
    connection = read_connection()
    counted = (
        select(func.count())
        .select_from(ImportRow)
        .outerjoin(Job, Job.id == ImportRow.job_id)
        .where(*conditions)
    )
    total = connection.scalar(counted) or 0
    rows = connection.execute(
        _imports.where(*conditions).order_by(ImportRow.id.desc()).limit(page.limit).offset(page.offset)
    )
    return OffsetPage([_import(row) for row in rows], total, page)


def get_import(import_id: UUID, connection: Connection | None = None) -> Import:
    """Return the import as `connection` sees it, by default the autocommit one; raise `NotFound`. One statement."""
    row = (connection or read_connection()).execute(_imports.where(ImportRow.id == import_id)).one_or_none()
    if row is None:
        raise NotFound
    return _import(row)


@dataclass(frozen=True, slots=True)
class ItemFilters:
    """Filters of the report; None does not filter."""

    outcome: ItemOutcome | None = None
    has_notes: bool | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions of the filters that are set."""
        if self.outcome is not None:
            yield ImportItem.outcome == self.outcome
        if self.has_notes is not None:
            yield ImportItem.has_notes.is_(self.has_notes)


def list_items(import_id: UUID, filters: ItemFilters, page: PageRequest) -> OffsetPage[Item]:
    """Return a page of what became of the files, in the order in which they were read. Three statements.

    Raise `NotFound` if there is no such import.
    """
    connection = read_connection()
    if connection.scalar(select(ImportRow.id).where(ImportRow.id == import_id)) is None:
        raise NotFound
    conditions = (ImportItem.import_id == import_id, *filters.conditions())
    total = connection.scalar(select(func.count()).select_from(ImportItem).where(*conditions)) or 0
    rows = connection.execute(
        select(
            ImportItem.id,
            ImportItem.path,
            ImportItem.outcome,
            ImportItem.reason,
            ImportItem.notes,
            ImportItem.post_id,
            Post.slug,
            Post.title,
            Post.status,
        )
        .outerjoin(Post, Post.id == ImportItem.post_id)
        .where(*conditions)
        .order_by(ImportItem.id)
        .limit(page.limit)
        .offset(page.offset)
    )
    return OffsetPage([Item(*row) for row in rows], total, page)


def _import(row: Any) -> Import:
    own, counts = list(row[:_OWN_COLUMNS]), row[_OWN_COLUMNS : _OWN_COLUMNS + _COUNTS]
    own[2] = JobState(row.state)
    columns: tuple[Any, ...] = (*own, Counts(*counts), _account(row[-6:-3]), _account(row[-3:]))
    return Import(*columns)


def _account(columns: Any) -> Account | None:
    return None if columns[0] is None else Account(*columns)
