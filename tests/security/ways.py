"""All ways to one post of Alice's, with its tag, file, comment and former addresses, and what each caller finds there.

A caller finds something where the response is another one than if the post had never been written: status, headers
and body, so also counts, entity tags and the text of errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.extensions import db
from service.models.base import utcnow
from service.models.comments import Comment
from service.models.jobs import Job
from service.models.media import Media, MediaState
from service.models.posts import Post, PostSlug, PostStatus, Redirect
from service.models.tags import Tag
from service.models.users import Role, User
from service.models.webhooks import WebhookDelivery, WebhookEndpoint
from tests.accounts import auth_headers
from tests.conformance.seed import PNG, delivered, failed_job
from tests.factories import (
    create_comment,
    create_media,
    create_post,
    create_tag,
    create_user,
    save,
    use_media,
)
from tests.security.callers import ADMINISTRATOR, ANONYMOUS, AUTHOR, EDITOR, OWNER, READER
from tests.security.matrix import nothing_is_committed
from tests.security.objects import POST_STATES

CALLERS = (ANONYMOUS, READER, OWNER, AUTHOR, EDITOR, ADMINISTRATOR)
WORD = "zirconium"  # in the title, and nowhere else
NUMBER, SHARED = 900_000_001, 900_000_002
POST_ID, MEDIA_ID = UUID(int=(7 << 76) | (2 << 62) | 1), UUID(int=(7 << 76) | (2 << 62) | 2)
JOB_ID, HOOK_ID = UUID(int=(7 << 76) | (2 << 62) | 3), UUID(int=(7 << 76) | (2 << 62) | 4)
BOBS_MEDIA_ID = UUID(int=(7 << 76) | (2 << 62) | 5)
MEDIA_NAME = f"{7:032x}.png"
OLD_PATH = "/2014/12/12/zirconium.html"
# What differs between two equal requests.
_NOT_COMPARED = frozenset({"X-Request-ID", "Date"})


@dataclass(frozen=True, slots=True)
class Way:
    """A request that could show something of the post.

    Of a change only the status is compared, and what its response `shows`: what it creates has a new id. `etag_of`
    names the path whose entity tag, as the administrator receives it, is sent in `If-None-Match`.
    """

    path: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    etag_of: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    shows: str | None = None

    @property
    def name(self) -> str:
        """Return the request as the table shows it."""
        sent = orjson.dumps(self.body).decode() if self.body else ""
        header = (
            "If-None-Match: its ETag"
            if self.etag_of
            else ", ".join(f"{k}: {v}" for k, v in self.headers.items())
        )
        return " ".join(filter(None, [self.method, _readable(self.path), _readable(sent), header]))


_POST, _MEDIA, _TAG = f"/api/posts/{POST_ID}", f"/api/media/{MEDIA_ID}", f"/api/tags/{NUMBER}"
_ANY = {"If-Match": "*"}

WAYS: tuple[Way, ...] = (
    Way(_POST),
    Way(_POST, "HEAD"),
    Way(_POST, etag_of=_POST),
    Way(_POST, headers={"If-None-Match": "*"}),
    Way(f"/api/posts/slug/{WORD}"),
    Way(f"/api/posts/slug/{WORD}", etag_of=_POST),
    Way(f"/api/posts/slug/former-{WORD}"),
    Way(f"/api/redirects?path={OLD_PATH}"),
    Way("/api/posts"),
    Way("/api/posts?per_page=1"),
    Way("/api/posts?sort=-updated_at"),
    *(Way(f"/api/posts?status={status}") for status in PostStatus),
    *(Way(f"/api/posts?status={status}&search={WORD}") for status in PostStatus),
    Way(f"/api/posts?search={WORD}"),
    Way(f"/api/posts?tag={WORD}"),
    Way("/api/posts?author=alice"),
    Way("/api/posts?author=alice&status=draft"),
    Way("/api/users/{alice}/posts"),
    *(Way(f"/api/users/{{alice}}/posts?status={status}") for status in PostStatus),
    Way("/api/posts/archive"),
    Way("/api/posts/trash"),
    Way("/api/tags"),
    Way(f"/api/tags?search={WORD}"),
    Way(_TAG),
    Way(_TAG, etag_of=_TAG),
    # Of another author's post too, which is published: its count is public.
    Way(f"/api/tags/{SHARED}"),
    Way(f"/api/tags/{SHARED}", etag_of=f"/api/tags/{SHARED}"),
    Way("/api/tags?search=shared"),
    Way("/api/posts?tag=shared"),
    Way(f"{_POST}/comments"),
    Way(f"{_POST}/comments/{NUMBER}"),
    Way(f"{_POST}/comments/{NUMBER}", etag_of=f"{_POST}/comments/{NUMBER}"),
    Way("/api/comments"),
    Way(f"/api/comments?search={WORD}"),
    Way(f"/api/comments?post_id={POST_ID}"),
    Way(f"/media/{MEDIA_NAME}"),
    Way(f"/media/{MEDIA_NAME}", headers={"Range": "bytes=0-1"}),
    Way(_MEDIA),
    Way(_MEDIA, etag_of=_MEDIA),
    Way(f"{_MEDIA}/uses"),
    Way(f"/api/media/{BOBS_MEDIA_ID}"),
    Way(f"/api/media/{BOBS_MEDIA_ID}/uses"),
    Way("/api/media"),
    Way(f"/api/media?search={WORD}"),
    Way("/api/media?uploader_id={alice}&used=true"),
    Way("/api/dashboard"),
    Way("/api/authors/alice"),
    Way("/api/jobs"),
    Way(f"/api/jobs/{JOB_ID}"),
    Way(f"/api/jobs/{JOB_ID}/events"),
    Way(f"/api/jobs/{JOB_ID}/cancel", "POST"),
    Way(f"/api/jobs/{JOB_ID}/retry", "POST"),
    Way(f"/api/webhooks/{HOOK_ID}/deliveries"),
    Way(f"/api/webhooks/{HOOK_ID}/deliveries/{NUMBER}"),
    Way(f"/api/webhooks/{HOOK_ID}/deliveries/{NUMBER}/redeliver", "POST"),
    Way(_POST, "PATCH", {"title": "Another"}, headers=_ANY),
    Way(_POST, "PUT", {"title": "Another", "body": "Text."}, headers=_ANY),
    Way(_POST, "DELETE"),
    Way(f"/api/posts/trash/{POST_ID}", "DELETE"),
    *(
        Way(f"{_POST}/{change}", "POST", {} if change == "publish" else None)
        for change in ("publish", "unschedule", "unpublish", "archive", "restore")
    ),
    Way(f"{_POST}/comments", "POST", {"body": "First."}),
    Way(f"{_POST}/comments/{NUMBER}", "PATCH", {"body": "Changed."}),
    Way(f"{_POST}/comments/{NUMBER}", "DELETE"),
    Way(_MEDIA, "PATCH", {"caption": "Changed."}),
    Way(_MEDIA, "DELETE"),
    Way("/api/media/delete-unused", "POST", {"ids": [str(MEDIA_ID)]}, shows="not_deleted"),
    Way("/api/posts", "POST", {"title": "Mine", "body": f"![It](/media/{MEDIA_NAME})"}, shows="images"),
    Way("/api/posts", "POST", {"title": "Mine", "body": "Text.", "cover_id": str(MEDIA_ID)}),
    Way("/api/posts", "POST", {"title": "Mine", "body": "Text.", "slug": WORD}),
)


def found_by(app: Flask) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return who finds something, by way and state, in an application whose database is empty.

    In the state `published` everybody should; a way that shows nothing then tests nothing.
    """
    alice = create_user(username="alice")
    others = {
        READER: create_user(role=Role.READER),
        OWNER: alice,
        AUTHOR: create_user(),
        EDITOR: create_user(role=Role.EDITOR),
        ADMINISTRATOR: create_user(role=Role.ADMIN),
    }
    headers = {ANONYMOUS: {}, **{name: auth_headers(user) for name, user in others.items()}}
    save(WebhookEndpoint(id=HOOK_ID, url="https://seed.example/hooks", secret=b"none"))
    shared = create_tag("Shared", id=SHARED)
    bobs = create_post(others[AUTHOR], [shared], status=PostStatus.PUBLISHED, title="Bob's")
    bobs_media = create_media(others[AUTHOR], id=BOBS_MEDIA_ID)
    use_media(bobs_media, bobs)
    with nothing_is_committed(app):
        absent = _responses(app, alice, headers)
        found: dict[str, dict[str, Sequence[str]]] = {way.name: {} for way in WAYS}
        for state in POST_STATES:
            _write_post(app, alice, state, shared, bobs_media)
            present = _responses(app, alice, headers)
            _delete_post()
            for way in WAYS:
                found[way.name][state] = [
                    caller for caller in CALLERS if present[way.name, caller] != absent[way.name, caller]
                ]
    return found


def _responses(
    app: Flask, alice: User, headers: Mapping[str, Mapping[str, str]]
) -> dict[tuple[str, str], Any]:
    client = app.test_client()

    def send(way: Way, caller: str, more: Mapping[str, str]) -> Any:
        path = way.path.replace("{alice}", str(alice.id))
        sent = {**headers[caller], **way.headers, **more}
        return client.open(path, method=way.method, headers=sent, json=way.body)

    responses = {}
    for way in WAYS:
        more = {}
        if way.etag_of:
            # Before there is anything to match, a tag of the same form.
            etag = send(Way(way.etag_of), ADMINISTRATOR, {}).headers.get("ETag", '"absent"')
            more = {"If-None-Match": etag}
        for caller in CALLERS:
            response = send(way, caller, more)
            responses[way.name, caller] = _compared(way, response)
    return responses


def _compared(way: Way, response: Any) -> Any:
    if way.method in {"POST", "PUT", "PATCH", "DELETE"}:
        is_shown = way.shows and response.status_code < 300
        return response.status_code, response.json[way.shows] if is_shown else None
    headers = sorted((name, value) for name, value in response.headers.items() if name not in _NOT_COMPARED)
    return response.status_code, headers, response.data


def _write_post(app: Flask, alice: User, state: str, shared: Tag, bobs_media: Media) -> None:
    """Write the post with all that belongs to it, under ids that it always has."""
    status = PostStatus.DRAFT if state == "trashed" else PostStatus(state)
    tag = create_tag(WORD.title(), id=NUMBER)
    post = create_post(
        alice,
        [tag, shared],
        id=POST_ID,
        title=f"Of {WORD}",
        slug=WORD,
        status=status,
        trashed_at=utcnow() if state == "trashed" else None,
    )
    create_comment(post, alice, id=NUMBER, body=f"About {WORD}.")
    media = create_media(
        alice,
        id=MEDIA_ID,
        name=MEDIA_NAME,
        file_name=f"{WORD}.png",
        search_key=f"{WORD}.png",
        state=MediaState.READY,
    )
    use_media(media, post)
    use_media(bobs_media, post)
    file = app.extensions["settings"].media_dir / MEDIA_NAME[:2] / MEDIA_NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(PNG)
    save(PostSlug(slug=f"former-{WORD}", post_id=POST_ID))
    save(Redirect(path=OLD_PATH, post_id=POST_ID))
    save(failed_job(str(JOB_ID), alice.id))
    save(delivered(NUMBER, str(HOOK_ID)))


def _delete_post() -> None:
    rows = (
        *((Comment, NUMBER), (Post, POST_ID), (Media, MEDIA_ID), (Tag, NUMBER)),
        *((Job, JOB_ID), (WebhookDelivery, NUMBER)),
    )
    with Session(db.engine) as session:
        for table, key in rows:
            session.execute(delete(table).where(table.id == key))
        session.commit()


def _readable(text: str) -> str:
    names = {
        str(POST_ID): "{post}",
        str(MEDIA_ID): "{media}",
        str(BOBS_MEDIA_ID): "{bob's media}",
        str(JOB_ID): "{job}",
        str(HOOK_ID): "{hook}",
        str(SHARED): "{shared tag}",
        str(NUMBER): "{number}",
        MEDIA_NAME: "{file}",
    }
    for value, name in names.items():
        text = text.replace(value, name)
    return text
