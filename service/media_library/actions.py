"""Upload, change, replace and delete media, as their uploaders and editors may; raises this feature's errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from service.contract import Conflict, Forbidden, IfMatch, NotFound
from service.core.etags import without_variant
from service.core.identity import Identity
from service.core.jobs.queue import enqueue
from service.core.outbound.errors import UrlRefused
from service.core.outbound.safe_fetch import check_url
from service.core.pagination import PageRequest
from service.core.tokens import TokenRevoked
from service.core.uploads import UploadedFile, received_path
from service.extensions import db
from service.jobs.queries import Job, get_job
from service.media.actions import add_media, delete_unused, describe_media, replace_media_file
from service.media.files import inspect_file, store_file
from service.media.permissions import can_edit_media, readable_by
from service.media_library.fetching import fetch_media
from service.media_library.queries import Media, Use, get_media, list_uses, media_etag
from service.models.media import Media as MediaRow
from service.models.media import MediaUse
from service.models.users import User

_NAMED_USES = 3


class NotYourMedia(Forbidden):
    """Only who has uploaded the file, editors and administrators can change or delete it."""

    code = "NOT_YOUR_MEDIA"


class MediaInUse(Conflict):
    """The file is used, and cannot be deleted. Remove it from where it is used, or replace it."""

    code = "MEDIA_IN_USE"
    constraint = "fk_media_uses_media_id_media"


class MediaKindDiffers(Conflict):
    """An image can be replaced only by an image, and a document only by a document."""

    code = "MEDIA_KIND_DIFFERS"


class MediaUrlRefused(Conflict):
    """Nothing is fetched from this URL: it must have a host and an allowed port (`OUTBOUND_PORTS`), and no password."""

    code = "MEDIA_URL_REFUSED"


class NotDeleted(NamedTuple):
    """A media that a bulk deletion has left, and why: `in_use`, `not_yours` or `not_found`."""

    id: UUID
    reason: str


class Deletion(NamedTuple):
    """What a bulk deletion has done."""

    deleted: Sequence[UUID]
    not_deleted: Sequence[NotDeleted]


def upload_media(caller: Identity, *, file: UploadedFile, alt_text: str, caption: str, credit: str) -> Media:
    """Add the file of a form. Raise the `FILE_PROBLEMS`, `InsufficientStorage`, `StorageUnavailable`."""
    # Before the first statement: nobody waits for a lock while the file is read and stored.
    stored = store_file(inspect_file(received_path(file), file.filename or ""))
    _lock_account(caller)
    media = add_media(stored, uploader_id=caller.id, alt_text=alt_text, caption=caption, credit=credit)
    return get_media(caller, media.id, db.session.connection())


def upload_from_url(
    caller: Identity, *, url: str, alt_text: str = "", caption: str = "", credit: str = ""
) -> Job:
    """Have a job fetch a file and add it; its result tells the media, or why there is none. Raise `MediaUrlRefused`."""
    try:
        check_url(url)
    except UrlRefused as refusal:
        raise MediaUrlRefused(str(refusal)) from None
    job_id = enqueue(
        fetch_media,
        owner=caller.id,
        url=url,
        uploader_id=caller.id,
        alt_text=alt_text,
        caption=caption,
        credit=credit,
    )
    return get_job(caller, job_id, db.session.connection())


def update_media(caller: Identity, media_id: UUID, precondition: IfMatch, **changes: Any) -> Media:
    """Change texts and focal point; without a difference there is no new version.

    Raise `NotFound`, `NotYourMedia`, `PreconditionFailed`.
    """
    media = _lock(caller, media_id, precondition)
    focal_point: Mapping[str, int] = changes.pop("focal_point", {})
    columns = {**changes, **{f"focal_{axis}": value for axis, value in focal_point.items()}}
    describe_media(media, columns)
    return get_media(caller, media_id, db.session.connection())


def replace_file(caller: Identity, media_id: UUID, precondition: IfMatch, *, file: UploadedFile) -> Media:
    """Give a media another file, under a new name; jobs render it and change the posts that show it.

    The former file is served until no post names it any more. The same file again changes nothing. Raise `NotFound`,
    `NotYourMedia`, `PreconditionFailed`, `MediaKindDiffers`, and as `upload_media`.
    """
    if not can_edit_media(caller, get_media(caller, media_id).uploader_id):
        raise NotYourMedia
    inspected = inspect_file(received_path(file), file.filename or "")
    stored = store_file(inspected)
    media = _lock(caller, media_id, precondition)
    if media.kind is not inspected.kind:
        raise MediaKindDiffers
    if media.sha256 != inspected.sha256:
        replace_media_file(media, stored)
    return get_media(caller, media_id, db.session.connection())


def delete_media(caller: Identity, media_id: UUID, precondition: IfMatch) -> None:
    """Delete a media that nothing uses. Raise `NotFound`, `NotYourMedia`, `PreconditionFailed`, `MediaInUse`."""
    media = _lock(caller, media_id, precondition)
    uses = list_uses(caller, media_id, PageRequest(1, _NAMED_USES), db.session.connection())
    if uses.total:
        raise MediaInUse(_in_words(uses.items, uses.total))
    delete_unused(media)


def delete_unused_media(caller: Identity, media_ids: Sequence[UUID]) -> Deletion:
    """Delete those of the media that nothing uses and `caller` may delete; the others stay, and are named."""
    wanted = sorted(set(media_ids))
    locked = (
        select(MediaRow)
        .where(MediaRow.id.in_(wanted), readable_by(caller))
        .order_by(MediaRow.id)
        .with_for_update(of=MediaRow)
        .execution_options(populate_existing=True)
    )
    found = {media.id: media for media in db.session.scalars(locked)}
    used = set(db.session.scalars(select(MediaUse.media_id).where(MediaUse.media_id.in_(found))))
    left = []
    for media_id in wanted:
        media = found.get(media_id)
        if media is None:
            left.append(NotDeleted(media_id, "not_found"))
        elif not can_edit_media(caller, media.uploader_id):
            left.append(NotDeleted(media_id, "not_yours"))
        elif media_id in used:
            left.append(NotDeleted(media_id, "in_use"))
        else:
            delete_unused(media)
    kept = {one.id for one in left}
    return Deletion([media_id for media_id in wanted if media_id not in kept], left)


def _lock_account(caller: Identity) -> None:
    """Lock the caller's account against deletion until the transaction ends; raise `TokenRevoked` if it is gone."""
    account = select(User.id).where(User.id == caller.id).with_for_update(read=True, key_share=True)
    if db.session.scalar(account) is None:
        raise TokenRevoked


def _lock(caller: Identity, media_id: UUID, precondition: IfMatch) -> MediaRow:
    """Lock a media that `caller` may change; raise `NotFound`, `NotYourMedia`, `PreconditionFailed`."""
    media = db.session.scalars(
        select(MediaRow)
        .where(MediaRow.id == media_id, readable_by(caller))
        .with_for_update(of=MediaRow)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if media is None:
        raise NotFound
    if not can_edit_media(caller, media.uploader_id):
        raise NotYourMedia
    # After the lock: the version that is compared is the one that is changed.
    precondition.check(media_etag(media), without_variant)
    return media


def _in_words(uses: Sequence[Use], total: int) -> str:
    """Return where a media is used, for people."""
    places = [f"{_ROLES[use.role]} {_place(use)}" for use in uses if use.post or use.user]
    if total > len(places):
        places.append(f"{total - len(places)} more" if places else f"{total} posts of others")
    shown = places[0] if len(places) == 1 else f"{', '.join(places[:-1])} and {places[-1]}"
    return f"The file is used as {shown}. Remove it there, or replace it."


def _place(use: Use) -> str:
    if use.user is not None:
        return use.user.display_name
    post = use.post
    return "" if post is None else f"“{post.title}”" + (" (in the trash)" if post.is_in_trash else "")


_ROLES = {
    "body": "an image in",
    "cover": "the cover of",
    "card": "the card image of",
    "avatar": "the avatar of",
}
