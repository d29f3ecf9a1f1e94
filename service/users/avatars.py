"""Avatars: the picture of an account, which is set from an upload, replaced, removed, and kept up with its renditions.

`users.avatar` is a copy of the image in wire form. Posts show the avatar of their author, and so get a new
`images_version` when it changes. Lock order: the account, its posts, the media.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from service.core.audit_log import record
from service.core.etags import without_variant
from service.core.events import emit
from service.core.identity import Identity
from service.core.uploads import UploadedFile, received_path
from service.extensions import db
from service.media.actions import add_media, delete_if_unused
from service.media.files import MediaTypeRefused, inspect_file, store_file
from service.media.images import load_images
from service.models.media import Media, MediaKind, MediaRole, MediaUse
from service.models.posts import Post
from service.models.users import User as UserRow
from service.users.actions import Precondition, can_change_user, lock_user_for_update
from service.users.queries import User, full_user


def set_avatar(caller: Identity, user_id: int, precondition: Precondition, *, file: UploadedFile) -> User:
    """Make the file of a form the avatar of an account; the former one is deleted unless a post shows it.

    Raise `NotFound`, `NotYourAccount`, `PreconditionFailed`, the `FILE_PROBLEMS`, `InsufficientStorage`,
    `StorageUnavailable`.
    """
    if not can_change_user(caller, user_id):
        lock_user_for_update(caller, user_id)
    # Before the first lock: nobody waits while the file is read and stored.
    inspected = inspect_file(received_path(file), file.filename or "")
    if inspected.kind is not MediaKind.IMAGE:
        raise MediaTypeRefused("An avatar is an image: PNG, JPEG, WebP, GIF or AVIF.")
    stored = store_file(inspected)
    user = lock_user_for_update(caller, user_id)
    precondition.check(full_user(user).etag, without_variant)
    return _change_avatar(user, add_media(stored, uploader_id=user_id))


def remove_avatar(caller: Identity, user_id: int, precondition: Precondition) -> None:
    """Remove the avatar of an account, if it has one. Raise `NotFound`, `NotYourAccount`, `PreconditionFailed`."""
    user = lock_user_for_update(caller, user_id)
    precondition.check(full_user(user).etag, without_variant)
    if user.avatar_id is not None:
        _change_avatar(user, None)


def refresh_avatars(media_id: UUID) -> None:
    """Write the avatar of the accounts that have this image anew; neither their version nor `updated_at` changes."""
    having = (
        select(UserRow.id, UserRow.avatar)
        .join(MediaUse, MediaUse.user_id == UserRow.id)
        .where(MediaUse.media_id == media_id, MediaUse.role == MediaRole.AVATAR)
    )
    users = db.session.execute(having.order_by(UserRow.id).with_for_update(of=UserRow, key_share=True)).all()
    # Behind the lock: of two refreshes the later one reads what is true by then.
    image = load_images([media_id]).get(media_id)
    for user in users:
        if user.avatar != image:
            account = update(UserRow).where(UserRow.id == user.id)
            _execute(account.values(avatar=image, updated_at=UserRow.updated_at))
            _show_in_posts(user.id)
            emit("user.updated", user_id=user.id)


def _change_avatar(user: UserRow, media: Media | None) -> User:
    former_id = user.avatar_id
    avatar = (MediaUse.user_id == user.id) & (MediaUse.role == MediaRole.AVATAR)
    _execute(delete(MediaUse).where(avatar))
    user.avatar_id = user.avatar = None
    if media is not None:
        use = {"media_id": media.id, "user_id": user.id, "role": MediaRole.AVATAR}
        db.session.execute(insert(MediaUse), [use])
        user.avatar_id, user.avatar = media.id, load_images([media.id])[media.id]
    db.session.flush()
    _show_in_posts(user.id)
    if former_id is not None:
        delete_if_unused(former_id)
    emit("user.updated", user_id=user.id)
    record("user.updated", user.id, fields=["avatar"])
    return full_user(user)


def _show_in_posts(user_id: int) -> None:
    """Give the posts of an author a new entity tag: they show the avatar. It is no conflict for who edits them."""
    posts = update(Post).where(Post.author_id == user_id)
    _execute(posts.values(images_version=Post.images_version + 1))


def _execute(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})
