"""The task that fetches a file from another server and adds it as a media."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from service.config import settings
from service.core.jobs.running import current_job
from service.core.jobs.tasks import task
from service.core.outbound.errors import FetchError, ResponseTooLarge
from service.core.outbound.safe_fetch import safe_fetch
from service.core.uploads import temporary_file
from service.extensions import db
from service.media.actions import add_media
from service.media.files import MediaRefused, StoredMedia, inspect_file, store_file
from service.models.media import ALT_TEXT_MAX, CAPTION_MAX, CREDIT_MAX
from service.models.users import Role, User

FETCH_TIMEOUT_S = 60.0
REDIRECTS_MAX = 5


class _NotFetched(Exception):
    """The file was not fetched; the message is for whoever has entered the URL."""


def _text(max_length: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": max_length}


# What cannot be fetched is a result, not a failure: the owner of a job does not see its error, and another attempt
# would make them wait for the same answer.
@task(
    "media.fetch",
    payload={
        "url": _text(2_000),
        "uploader_id": {"type": "integer", "minimum": 1},
        "alt_text": _text(ALT_TEXT_MAX),
        "caption": _text(CAPTION_MAX),
        "credit": _text(CREDIT_MAX),
    },
    result={
        "media_id": {"type": ["string", "null"], "format": "uuid"},
        "error": {"type": ["string", "null"], "maxLength": 500},
    },
    time_limit_s=FETCH_TIMEOUT_S + 60,
    priority=110,
    concurrency=4,
)
def fetch_media(url: str, uploader_id: int, alt_text: str, caption: str, credit: str) -> None:
    """Fetch a file from a URL and add it as a media of an account; the result has its id, or why there is none."""
    result = current_job().result
    result.update(media_id=None, error=None)
    try:
        stored = _fetch(url)
        _check_account(uploader_id)
    except (_NotFetched, MediaRefused) as error:
        result["error"] = str(error)[:500]
        return
    media = add_media(stored, uploader_id=uploader_id, alt_text=alt_text, caption=caption, credit=credit)
    result["media_id"] = str(media.id)


def _fetch(url: str) -> StoredMedia:
    """Return the file, in the storage. Before the first statement: no lock is held meanwhile."""
    limit = settings().media_max_bytes
    with temporary_file() as file:
        try:
            response = safe_fetch(
                "GET",
                url,
                timeout_s=FETCH_TIMEOUT_S,
                max_bytes=limit,
                max_redirects=REDIRECTS_MAX,
                into=file,
            )
        except ResponseTooLarge:
            raise _NotFetched(f"The file is larger than {limit:,} bytes.") from None
        except FetchError as error:
            raise _NotFetched(str(error)) from None
        if not 200 <= response.status < 300:
            raise _NotFetched(f"The server responded with {response.status}.")
        # After redirects the last URL may have another name; its query belongs to no name.
        return store_file(inspect_file(file.path, unquote(urlsplit(response.url).path)))


def _check_account(account_id: int) -> None:
    """Lock the account against deletion, and raise `_NotFetched` if it may upload nothing any more."""
    account = (
        select(User.role, User.is_active)
        .where(User.id == account_id)
        .with_for_update(read=True, key_share=True)
    )
    row = db.session.execute(account).one_or_none()
    if row is None or not row.is_active or not row.role.at_least(Role.AUTHOR):
        raise _NotFetched("Your account can no longer upload files.")
