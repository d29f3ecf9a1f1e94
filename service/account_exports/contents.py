"""What an account's archive holds: the account and what it has written, as JSON and Markdown, and its files.

No secrets: neither the hash of the password nor the keys of second factors, passkeys and API keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, or_, select

from service.core.database import read_connection
from service.core.jobs.tasks import AttemptFailed
from service.core.storage import Storage, open_storage
from service.exports.files import archive_path, note_archive
from service.importing.export_archive import ExportArchive, write_archive
from service.importing.exporting import ExportedFile, count_posts, exported_files
from service.models.api_keys import ApiKey
from service.models.comments import Comment
from service.models.exports import Export
from service.models.media import Media
from service.models.passkeys import Passkey
from service.models.posts import Post
from service.models.sessions import Session
from service.models.users import User

POSTS, FILES = "posts", "files"
README = """This archive holds the data of your account.

account.json    Your profile and the settings of your account.
sessions.json   Where you are logged in, and where you were as long as it is kept.
passkeys.json   Your passkeys, without their keys.
api-keys.json   Your API keys, without their secrets.
comments.json   The comments that you have written, in Markdown.
files.json      The files that you have uploaded; they are in the folder files.
posts/          Your posts, drafts and those in the trash too, as Markdown files, with their images.
"""

_ACCOUNT = select(
    User.id,
    User.username,
    User.display_name,
    User.email,
    User.pending_email,
    User.role,
    User.is_active,
    User.bio,
    User.comment_notifications,
    User.has_second_factor,
    User.deletion_at,
    User.created_at,
    User.updated_at,
)
_SESSIONS = select(
    Session.id,
    Session.device,
    Session.address_family,
    Session.created_at,
    Session.last_used_at,
    Session.expires_at,
    Session.revoked_at,
).order_by(Session.created_at)
_PASSKEYS = select(
    Passkey.id, Passkey.name, Passkey.is_backed_up, Passkey.created_at, Passkey.last_used_at
).order_by(Passkey.created_at)
_API_KEYS = select(
    ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.expires_at, ApiKey.last_used_at
).order_by(ApiKey.created_at)
_COMMENTS = select(
    Comment.id,
    Comment.post_id,
    Comment.parent_id,
    Comment.body,
    Comment.created_at,
    Comment.edited_at,
).order_by(Comment.id)
_FILES = select(
    Media.id,
    Media.name,
    Media.file_name,
    Media.media_type,
    Media.size_bytes,
    Media.sha256,
    Media.alt_text,
    Media.caption,
    Media.credit,
    Media.created_at,
).order_by(Media.created_at, Media.id)


def write_account_archive(export_id: UUID, progress: Callable[[int, int], None]) -> ExportArchive | None:
    """Write the archive of an export and note it in the session's transaction; None if the export was deleted.

    `progress` is called with the number of posts so far and of all. Raise `AttemptFailed` if it cannot be written.
    """
    # Not in the session, whose transaction would lock SQLite while the archive is written.
    account_id = read_connection().scalar(select(Export.account_id).where(Export.id == export_id))
    if account_id is None:
        return None
    total = count_posts(_posts_of(account_id))
    try:
        archive = write_archive(
            archive_path(export_id),
            account_files(account_id, open_storage()),
            lambda posts: progress(posts, max(posts, total)),
        )
    except OSError as error:
        raise AttemptFailed(f"The archive cannot be written: {error.strerror}.") from error
    note_archive(export_id, archive)
    return archive


def account_files(account_id: int, storage: Storage) -> Iterator[ExportedFile]:
    """Yield the files of the archive of an account, each to be read before the next one."""
    yield ExportedFile("README.txt", README.encode(), changed_at=datetime.now(UTC))
    yield _json("account.json", _rows(_ACCOUNT.where(User.id == account_id))[0])
    yield _json("sessions.json", _rows(_SESSIONS.where(Session.user_id == account_id)))
    yield _json("passkeys.json", _rows(_PASSKEYS.where(Passkey.user_id == account_id)))
    yield _json("api-keys.json", _rows(_API_KEYS.where(ApiKey.user_id == account_id)))
    comments = _COMMENTS.where(Comment.author_id == account_id, Comment.deleted_at.is_(None))
    yield _json("comments.json", _rows(comments))
    for post in exported_files(storage, _posts_of(account_id)):
        yield replace(post, name=f"{POSTS}/{post.name}")
    avatar = select(User.avatar_id).where(User.id == account_id).scalar_subquery()
    files = _rows(_FILES.where(or_(Media.uploader_id == account_id, Media.id == avatar)))
    yield _json("files.json", files)
    for file in files:
        if (reader := storage.read(file["name"])) is not None:
            with reader:
                yield ExportedFile(f"{FILES}/{file['name']}", reader)


def _posts_of(account_id: int) -> ColumnElement[bool]:
    return Post.author_id == account_id


def _rows(selected: Executable) -> list[dict[str, Any]]:
    return [row._asdict() for row in read_connection().execute(selected)]


def _json(name: str, content: Any) -> ExportedFile:
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_plain)
    return ExportedFile(name, f"{text}\n".encode(), changed_at=datetime.now(UTC))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else str(value)
