"""Selects of media: lists with filters, one media, and where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Uuid, exists, func, literal, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from service.contract import NotFound
from service.core.cursor_pagination import CursorPage, CursorRequest, encode_cursor
from service.core.database import read_connection
from service.core.etags import entity_tag
from service.core.identity import Identity
from service.core.pagination import OffsetPage, PageRequest
from service.core.permissions import can_edit_all_posts
from service.media.images import image_json
from service.media.permissions import readable_by
from service.models.base import UtcDateTime
from service.models.casefolding import LIKE_ESCAPE, like_pattern
from service.models.media import Media as MediaRow
from service.models.media import MediaKind, MediaRole, MediaState, MediaUse, Rendition
from service.models.posts import PUBLIC_STATUSES, Post, PostStatus
from service.models.users import User

_SORT_COLUMNS: dict[str, InstrumentedAttribute[datetime]] = {
    "created_at": MediaRow.created_at,
    "updated_at": MediaRow.updated_at,
}
SORT_OPTIONS = tuple(sort for name in _SORT_COLUMNS for sort in (f"-{name}", name))


class Uploader(NamedTuple):
    """The account that has uploaded a file."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Media:
    """A media with everything that is shown of it; `image` has the fields of the wire model `Image`."""

    row: Any
    image: dict[str, Any]
    uploader: Uploader | None
    sorted_by: datetime

    def __getattr__(self, name: str) -> Any:
        return self.image[name] if name in self.image else getattr(self.row, name)

    @property
    def id(self) -> UUID:
        """Return the id."""
        return self.row.id  # type: ignore[no-any-return]

    @property
    def etag(self) -> str:
        """Return the entity tag; what follows the point are the renditions, which no edit overwrites."""
        return media_etag(self.row)

    @property
    def cursor(self) -> str:
        """Return the position in the list, for the `after` parameter."""
        return encode_cursor(self.sorted_by, self.id.int)


@dataclass(frozen=True, slots=True)
class MediaFilters:
    """Filters and order of the list; None does not filter."""

    search: str | None = None
    kind: MediaKind | None = None
    media_type: str | None = None
    state: MediaState | None = None
    used: bool | None = None
    missing_alt_text: bool | None = None
    uploader_id: int | None = None
    sort: str = SORT_OPTIONS[0]

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions of the filters that are set."""
        columns = {
            MediaRow.kind: self.kind,
            MediaRow.media_type: self.media_type,
            MediaRow.state: self.state,
            MediaRow.uploader_id: self.uploader_id,
        }
        yield from (column == value for column, value in columns.items() if value is not None)
        if self.search is not None:
            yield MediaRow.search_key.like(like_pattern(self.search), escape=LIKE_ESCAPE)
        if self.used is not None:
            is_used = exists().where(MediaUse.media_id == MediaRow.id)
            yield is_used if self.used else ~is_used
        if self.missing_alt_text is not None:
            # As text: a parameter would hide from SQLite that there is an index with this condition.
            is_empty = text("media.alt_text = ''") if self.missing_alt_text else text("media.alt_text <> ''")
            yield MediaRow.kind == MediaKind.IMAGE
            yield is_empty  # type: ignore[misc]  # a condition in every place where one is expected


class UsingPost(NamedTuple):
    """A post that uses a media; `is_in_trash` if it was deleted, and can be restored."""

    id: UUID
    title: str
    slug: str
    status: PostStatus
    is_in_trash: bool


class Use(NamedTuple):
    """A use of a media. Both `post` and `user` are None for a post that the viewer may not see."""

    role: MediaRole
    post: UsingPost | None
    user: Uploader | None


_uses_count = (
    select(func.count())
    .select_from(MediaUse)
    .where(MediaUse.media_id == MediaRow.id)
    .correlate(MediaRow)
    .scalar_subquery()
    .label("uses_count")
)
_media = select(
    *(column for column in MediaRow.__table__.columns if column.name not in {"search_key", "sha256"}),
    _uses_count,
    User.username,
    User.display_name,
).outerjoin(User, User.id == MediaRow.uploader_id)


def list_media(
    viewer: Identity, filters: MediaFilters, page: PageRequest | CursorRequest
) -> OffsetPage[Media] | CursorPage[Media]:
    """Return a page of the media that `viewer` may see: two statements with a cursor, three with a page number."""
    conditions = [readable_by(viewer), *filters.conditions()]
    connection, column = read_connection(), _SORT_COLUMNS[filters.sort.removeprefix("-")]
    is_descending = filters.sort.startswith("-")
    order = (column.desc(), MediaRow.id.desc()) if is_descending else (column.asc(), MediaRow.id.asc())
    ordered = _media.where(*conditions).order_by(*order)
    if isinstance(page, CursorRequest):
        key = tuple_(column, MediaRow.id)
        position = tuple_(literal(page.timestamp, UtcDateTime()), literal(UUID(int=page.id), Uuid()))
        beyond = ordered.where(key < position if is_descending else key > position)
        # One row more than the page: its presence tells whether there is a next page.
        rows = connection.execute(beyond.limit(page.size + 1)).all()
        media = _with_images(rows[: page.size], connection, column.key)
        return CursorPage(media, media[-1].cursor if len(rows) > page.size else None)
    total = connection.execute(select(func.count()).select_from(MediaRow).where(*conditions)).scalar_one()
    rows = connection.execute(ordered.limit(page.limit).offset(page.offset)).all()
    return OffsetPage(_with_images(rows, connection, column.key), total, page)


def get_media(viewer: Identity, media_id: UUID, connection: Connection | None = None) -> Media:
    """Return a media as `connection` sees it, by default the autocommit one. Two statements.

    Raise `NotFound` also for one that `viewer` may not see.
    """
    connection = connection or read_connection()
    row = connection.execute(_media.where(MediaRow.id == media_id, readable_by(viewer))).one_or_none()
    if row is None:
        raise NotFound
    return _with_images([row], connection, "created_at")[0]


def list_uses(
    viewer: Identity, media_id: UUID, page: PageRequest, connection: Connection | None = None
) -> OffsetPage[Use]:
    """Return a page of where a media is used, in the order of the uses. Three statements. Raise `NotFound`."""
    connection = connection or read_connection()
    if connection.execute(_visible(viewer, media_id)).one_or_none() is None:
        raise NotFound
    of_media = MediaUse.media_id == media_id
    total = connection.execute(select(func.count()).select_from(MediaUse).where(of_media)).scalar_one()
    uses = _uses.where(of_media).order_by(MediaUse.id).limit(page.limit).offset(page.offset)
    return OffsetPage([_use(viewer, row) for row in connection.execute(uses)], total, page)


def media_etag(row: Any) -> str:
    """Return the entity tag of a media from its row."""
    return entity_tag(row.version, variant=f".{row.renditions_version}")


_uses = (
    select(
        MediaUse.role,
        Post.id.label("post_id"),
        Post.title,
        Post.slug,
        Post.status,
        Post.trashed_at,
        Post.author_id,
        User.id.label("user_id"),
        User.username,
        User.display_name,
    )
    .join(Post, Post.id == MediaUse.post_id, isouter=True)
    .join(User, User.id == MediaUse.user_id, isouter=True)
)


def _visible(viewer: Identity, media_id: UUID) -> Select[Any]:
    return select(MediaRow.id).where(MediaRow.id == media_id, readable_by(viewer))


def _use(viewer: Identity, row: Any) -> Use:
    if row.post_id is None:
        return Use(row.role, None, Uploader(row.user_id, row.username, row.display_name))
    is_in_trash = row.trashed_at is not None
    is_own = can_edit_all_posts(viewer) or row.author_id == viewer.id
    if not is_own and (is_in_trash or row.status not in PUBLIC_STATUSES):
        return Use(row.role, None, None)
    return Use(row.role, UsingPost(row.post_id, row.title, row.slug, row.status, is_in_trash), None)


def _with_images(rows: Sequence[Any], connection: Connection, sort: str) -> list[Media]:
    """Return the media of rows with their renditions. One statement; none without rows."""
    renditions: dict[UUID, list[Any]] = {row.id: [] for row in rows}
    if renditions:
        found = select(*Rendition.__table__.columns).where(Rendition.media_id.in_(renditions))
        for rendition in connection.execute(found):
            renditions[rendition.media_id].append(rendition)
    return [
        Media(row, image_json(row, renditions[row.id]), _uploader(row), getattr(row, sort)) for row in rows
    ]


def _uploader(row: Any) -> Uploader | None:
    return None if row.username is None else Uploader(row.uploader_id, row.username, row.display_name)
