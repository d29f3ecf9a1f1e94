"""Who may read a file, and who may see, use and change a media. The only place that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, false, literal, or_, select, true, union_all

from service.core.database import read_connection
from service.core.identity import Identity
from service.core.permissions import can_edit_all_posts, can_write_posts
from service.models.media import FormerMediaName, Media, MediaKind, MediaRole, MediaUse, Rendition
from service.models.posts import PUBLIC_STATUSES, Post


class FileAccess(StrEnum):
    """Whether a file is for everybody, for this reader among others, or not for this reader."""

    PUBLIC = "public"
    PRIVATE = "private"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """What is served under a name: a file or one of its renditions, and who may have it."""

    media_id: UUID
    media_type: str
    size_bytes: int
    file_name: str
    is_image: bool
    access: FileAccess


# What everybody can see: it is shown by a post that everybody can read, or as somebody's avatar.
_public_use = (
    select(MediaUse.id)
    .join(Post, Post.id == MediaUse.post_id, isouter=True)
    .where(
        MediaUse.media_id == Media.id,
        or_(
            MediaUse.role == MediaRole.AVATAR,
            Post.status.in_(PUBLIC_STATUSES) & Post.trashed_at.is_(None),
        ),
    )
)
is_public: ColumnElement[bool] = _public_use.exists()


def readable_by(reader: Identity | None) -> ColumnElement[bool]:
    """Return the condition under which somebody may read a media: whoever may read a post that uses it may.

    Its uploader may, and editors and admins.
    """
    if reader is None:
        return is_public
    if can_edit_all_posts(reader):
        return true()
    return _readable_by_account(literal(reader.id))


def usable_by(editor: Identity) -> ColumnElement[bool]:
    """Return the condition under which somebody may show a media in a post: what they have uploaded or can read."""
    return readable_by(editor) if can_write_posts(editor) else false()


def can_edit_media(editor: Identity, uploader_id: int | None) -> bool:
    """Return whether somebody may change or delete a media: its uploader as long as they write posts, and editors."""
    return can_edit_all_posts(editor) or (can_write_posts(editor) and editor.id == uploader_id)


def find_file(name: str, reader: Identity | None) -> ServedFile | None:
    """Return the file that is served under a name; None if no media has it. One statement."""
    row = read_connection().execute(_by_name, {"name": name, "reader_id": reader and reader.id}).one_or_none()
    if row is None:
        return None
    if row.is_public:
        access = FileAccess.PUBLIC
    elif row.is_own or (reader is not None and can_edit_all_posts(reader)):
        access = FileAccess.PRIVATE
    else:
        access = FileAccess.DENIED
    is_image = row.kind is MediaKind.IMAGE
    return ServedFile(row.id, row.media_type, row.size_bytes, row.file_name, is_image, access)


def _readable_by_account(account_id: ColumnElement[int]) -> ColumnElement[bool]:
    drafts = (
        select(MediaUse.id)
        .join(Post, Post.id == MediaUse.post_id)
        .where(MediaUse.media_id == Media.id, Post.author_id == account_id, Post.trashed_at.is_(None))
    )
    return or_(Media.uploader_id == account_id, drafts.exists(), is_public)


_name: ColumnElement[str] = bindparam("name", type_=Media.name.type)
_named = union_all(
    *(
        select(media_id.label("media_id"), table.media_type, table.size_bytes).where(table.name == _name)
        for table, media_id in (
            (Media, Media.id),
            (Rendition, Rendition.media_id),
            (FormerMediaName, FormerMediaName.media_id),
        )
    )
).subquery()
_by_name = (
    select(
        Media.id,
        _named.c.media_type,
        _named.c.size_bytes,
        Media.file_name,
        Media.kind,
        is_public.label("is_public"),
        _readable_by_account(bindparam("reader_id", type_=Media.uploader_id.type)).label("is_own"),
    )
    .join(_named, _named.c.media_id == Media.id)
    .limit(1)
)
