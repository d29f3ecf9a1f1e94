"""Add, replace and delete media; who may do that is decided before. Checks of files are in `files`.

A media is locked before it is changed or deleted; whoever begins to use it holds it FOR SHARE. Locks are taken in one
order everywhere: the account, tags, posts, then media by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from service.core.events import emit
from service.core.jobs.queue import enqueue
from service.core.jobs.tasks import Task
from service.extensions import db
from service.media.deletion import delete_files
from service.media.files import InspectedFile, StoredMedia
from service.media.tasks import render_crops, render_imported_media, render_media
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.ids import uuid7
from service.models.media import (
    FOCAL_POINT_CENTER,
    FormerMediaName,
    Media,
    MediaKind,
    MediaState,
    MediaUse,
    Rendition,
    StoredFile,
)


def add_media(
    stored: StoredMedia,
    *,
    uploader_id: int | None,
    alt_text: str = "",
    caption: str = "",
    credit: str = "",
    focal_x: int = FOCAL_POINT_CENTER,
    focal_y: int = FOCAL_POINT_CENTER,
    is_imported: bool = False,
) -> Media:
    """Add the row of a stored file in the session's transaction, and have a job make the renditions of an image.

    The only way in: of uploads, files from other servers and of imports, whose jobs run after those that somebody waits
    for.
    """
    media = Media(
        id=uuid7(),
        **_file_columns(stored),
        alt_text=alt_text,
        caption=caption,
        credit=credit,
        focal_x=focal_x,
        focal_y=focal_y,
        uploader_id=uploader_id,
    )
    _update_search_key(media)
    db.session.add(media)
    db.session.flush()
    _enqueue(render_imported_media if is_imported else render_media, media)
    emit("media.created", media_id=media.id)
    return media


def describe_media(media: Media, columns: Mapping[str, Any]) -> None:
    """Set texts and focal point of a locked media; without a difference nothing happens."""
    changed = {name: value for name, value in columns.items() if getattr(media, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(media, name, value)
    _update_search_key(media)
    media.updated_at = utcnow()
    db.session.flush()
    if {"focal_x", "focal_y"} & changed.keys():
        _enqueue(render_crops, media)
    emit("media.updated", media_id=media.id)


def replace_media_file(media: Media, stored: StoredMedia) -> None:
    """Give a locked media another file, under a new name; jobs render it and change the posts that show it."""
    former_name = media.name
    db.session.add(
        FormerMediaName(
            name=former_name, media_id=media.id, media_type=media.media_type, size_bytes=media.size_bytes
        )
    )
    for name, value in _file_columns(stored).items():
        setattr(media, name, value)
    media.dominant_color = media.placeholder = media.failure = None
    _update_search_key(media)
    media.updated_at = utcnow()
    db.session.flush()
    _enqueue(render_media, media)
    emit("media.replaced", media_id=media.id, former_name=former_name)


def delete_unused(media: Media) -> None:
    """Delete a locked media that nothing uses, with all its files."""
    emit("media.deleted", media_id=media.id)
    former = db.session.scalars(select(FormerMediaName.name).where(FormerMediaName.media_id == media.id))
    renditions = db.session.scalars(select(Rendition.name).where(Rendition.media_id == media.id))
    names = [media.name, *former, *renditions]
    db.session.delete(media)
    db.session.flush()
    _delete_files(names)


def delete_if_unused(media_id: UUID) -> bool:
    """Delete a media unless something uses it, such as the former avatar of an account; return whether it was."""
    media = db.session.get(Media, media_id, with_for_update=True, populate_existing=True)
    is_used = select(MediaUse.id).where(MediaUse.media_id == media_id).limit(1)
    if media is None or db.session.scalar(is_used) is not None:
        return False
    delete_unused(media)
    return True


def forget_former_names(names: Sequence[str]) -> None:
    """Delete former files and their renditions; no post names them any more. Their bytes go after the commit."""
    media_ids = select(FormerMediaName.media_id).where(FormerMediaName.name.in_(names))
    stems = tuple(f"{name.partition('.')[0]}-" for name in names)
    renditions = [
        name
        for name in db.session.scalars(select(Rendition.name).where(Rendition.media_id.in_(media_ids)))
        if name.startswith(stems)
    ]
    db.session.execute(delete(Rendition).where(Rendition.name.in_(renditions)))
    db.session.execute(delete(FormerMediaName).where(FormerMediaName.name.in_(names)))
    _delete_files([*names, *renditions])


def _update_search_key(media: Media) -> None:
    media.search_key = casefold(f"{media.file_name}\n{media.alt_text}\n{media.caption}\n{media.credit}")


def _enqueue(task: Task, media: Media) -> None:
    if media.kind is MediaKind.IMAGE:
        enqueue(task, media_id=str(media.id))


def _file_columns(stored: StoredMedia) -> dict[str, Any]:
    file: InspectedFile = stored.inspected
    is_image = file.kind is MediaKind.IMAGE
    return {
        "name": stored.name,
        "file_name": file.file_name,
        "media_type": file.media_type,
        "kind": file.kind,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "is_animated": file.is_animated,
        "state": MediaState.PROCESSING if is_image else MediaState.READY,
    }


def _delete_files(names: Sequence[str]) -> None:
    """Have a job delete files once the transaction is committed. Earlier imports may have written them."""
    db.session.execute(delete(StoredFile).where(StoredFile.name.in_(names)))
    enqueue(delete_files, names=list(names))
