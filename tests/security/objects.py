"""The states of what an operation is called on: the rows of the table, and how each comes about."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, delete, insert, select, update
from sqlalchemy.orm import Session

from service.account_exports.schemas import EXPORT_EXAMPLE
from service.config import settings
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import Comment
from service.models.exports import Export
from service.models.jobs import Job, JobState
from service.models.media import Media, MediaRole, MediaUse
from service.models.posts import Post, PostStatus
from service.models.tags import PostTag
from service.models.users import Role, User
from tests.conformance.example_calls import Operation
from tests.conformance.publication_seed import write_archive
from tests.conformance.seed import ALICE, Examples, seeded_times
from tests.security.callers import Caller

POST_STATES = (*(status.value for status in PostStatus), "trashed")
ONLY = "-"  # of an operation whose verdicts do not depend on the state of anything
OWN, ANOTHERS = "own", "another's"

Arrange = Callable[[Session, Examples], None]


def _no_parameters(_examples: Examples, _caller: Caller) -> Mapping[str, Any]:
    return {}


def _example(operation: Operation, _caller: Caller) -> bytes | None:
    return operation.body


@dataclass(frozen=True, slots=True)
class ObjectState:
    """A state of what an operation is called on: its name, and what brings it about.

    `parameters` of the path, and a `body`, stand in place of the examples of the document.
    """

    name: str
    arrange: Arrange
    parameters: Callable[[Examples, Caller], Mapping[str, Any]] = _no_parameters
    body: Callable[[Operation, Caller], bytes | None] = _example


def states_of(operation: Operation) -> list[ObjectState]:
    """Return the states in which an operation is called."""
    if operation.id in _OF_OPERATIONS:
        return _OF_OPERATIONS[operation.id]
    if any(f"{{{name}}}" in operation.template for name in ("post_id", "slug")):
        return _POSTS
    if "{media_id}" in operation.template:
        return _MEDIA
    if "{user_id}" in operation.template:
        return _ACCOUNTS
    return [ObjectState(ONLY, _as_seeded)]


def _sending(**body: Any) -> Callable[[Operation, Caller], bytes]:
    """Return what sends this body in place of the example."""
    return lambda _operation, _caller: json.dumps(body).encode()


def _as_seeded(session: Session, examples: Examples) -> None:
    """Let the post of the examples be published, its comments and the job Alice's, and the media unused."""
    session.execute(_post_becomes(examples, PostStatus.PUBLISHED))
    session.execute(update(Comment).where(Comment.post_id == examples.post_id).values(author_id=ALICE.id))
    tag_id = examples.parameters["tag_id"]
    session.execute(delete(PostTag).where(PostTag.tag_id == tag_id))
    session.execute(delete(MediaUse).where(MediaUse.media_id == UUID(examples.parameters["media_id"])))


def _post(state: str) -> ObjectState:
    status = PostStatus.DRAFT if state == "trashed" else PostStatus(state)

    def arrange(session: Session, examples: Examples) -> None:
        _as_seeded(session, examples)
        session.execute(_post_becomes(examples, status, in_trash=state == "trashed"))

    return ObjectState(state, arrange)


def _post_becomes(examples: Examples, status: PostStatus, *, in_trash: bool = False) -> Update:
    now = utcnow()
    columns = {"status": status, "trashed_at": now if in_trash else None, **seeded_times(status, now)}
    return update(Post).where(Post.id == examples.post_id).values(columns)


def _media(name: str, status: PostStatus | None) -> ObjectState:
    def arrange(session: Session, examples: Examples) -> None:
        _as_seeded(session, examples)
        if status is not None:
            session.execute(_post_becomes(examples, status))
            use = {
                "media_id": UUID(examples.parameters["media_id"]),
                "post_id": examples.post_id,
                "role": MediaRole.BODY,
            }
            session.execute(insert(MediaUse).values(use))

    return ObjectState(name, arrange)


def _tag(name: str, status: PostStatus | None) -> ObjectState:
    def arrange(session: Session, examples: Examples) -> None:
        _as_seeded(session, examples)
        if status is not None:
            session.execute(_post_becomes(examples, status))
            of_post = {"post_id": examples.post_id, "tag_id": examples.parameters["tag_id"], "position": 0}
            session.execute(insert(PostTag).values(of_post))

    return ObjectState(name, arrange)


def _name_of_media(examples: Examples, _caller: Caller) -> Mapping[str, Any]:
    with Session(db.engine) as session:
        return {"name": session.get_one(Media, UUID(examples.parameters["media_id"])).name}


def _job(state: JobState) -> ObjectState:
    def arrange(session: Session, examples: Examples) -> None:
        job = update(Job).where(Job.id == UUID(examples.parameters["job_id"]))
        session.execute(job.values(state=state))

    return ObjectState(state.value, arrange)


def _comment_of_a_reader(session: Session, examples: Examples) -> None:
    _as_seeded(session, examples)
    reader_id = session.scalar(select(User.id).where(User.role == Role.READER).order_by(User.id).limit(1))
    comment = update(Comment).where(Comment.id == examples.parameters["comment_id"])
    session.execute(comment.values(author_id=reader_id))


def _own_export(session: Session, examples: Examples) -> None:
    """Let Alice have an export of her data."""
    _as_seeded(session, examples)
    now = utcnow()
    ended = {
        "state": JobState.SUCCEEDED,
        "sha256": "0" * 64,
        "finished_at": now,
        "expires_at": now + timedelta(1),
    }
    own = Export(id=UUID(EXPORT_EXAMPLE), account_id=ALICE.id, job_id=UUID(int=0), **ended)
    session.merge(own)
    write_archive(settings().var_dir, EXPORT_EXAMPLE)


def _own_account(examples: Examples, caller: Caller) -> Mapping[str, Any]:
    return {"user_id": caller.user_id or examples.parameters["user_id"]}


def _replacing(email: str | None = None) -> Callable[[Operation, Caller], bytes]:
    """Return what sends a whole account, with another name, and the caller's role and address, or a new one."""

    def body(_operation: Operation, caller: Caller) -> bytes:
        account = {"username": "renamed", "display_name": "Renamed", "role": caller.role or Role.READER}
        return json.dumps({**account, "email": email or caller.email}).encode()

    return body


_POSTS = [_post(state) for state in POST_STATES]
_IN_POSTS: dict[str, PostStatus | None] = {
    "unused": None,
    "in a draft": PostStatus.DRAFT,
    "published": PostStatus.PUBLISHED,
}
_MEDIA = [_media(name, status) for name, status in _IN_POSTS.items()]
_JOBS = [_job(JobState.WAITING), _job(JobState.FAILED)]
_OWN = ObjectState(OWN, _as_seeded, _own_account)
_ANOTHERS = ObjectState(ANOTHERS, _as_seeded)
_ACCOUNTS = [_OWN, _ANOTHERS]
_BIO, _EMAIL = _sending(bio="Writes."), _sending(email="renamed@seed.example")
_EXPORTS = [ObjectState("owner's", _own_export)]
_COMMENTS = [*_POSTS, ObjectState("reader's", _comment_of_a_reader)]

_OF_OPERATIONS: Mapping[str, list[ObjectState]] = {
    "registerUser": [
        ObjectState(
            ONLY,
            _as_seeded,
            body=_sending(
                username="mary", email="mary@seed.example", password="correct horse", display_name="Mary"
            ),
        )
    ],
    "replaceUser": [
        replace(_OWN, body=_replacing()),
        replace(_OWN, name="own e-mail", body=_replacing("renamed@seed.example")),
        _ANOTHERS,
    ],
    "updateUser": [
        replace(_OWN, body=_BIO),
        replace(_OWN, name="own e-mail", body=_EMAIL),
        replace(_OWN, name="own role", body=_sending(role="editor")),
        _ANOTHERS,
    ],
    "updateMe": [ObjectState("bio", _as_seeded, body=_BIO), ObjectState("e-mail", _as_seeded, body=_EMAIL)],
    "getMedia": [replace(state, parameters=_name_of_media) for state in _MEDIA],
    "getTag": [_tag(name, status) for name, status in _IN_POSTS.items()],
    "cancelJob": _JOBS,
    # The example is back-dated, which is for editors.
    "publishPost": [
        *(replace(state, body=_sending()) for state in _POSTS),
        replace(_POSTS[0], name="back-dated"),
    ],
    "getAccountExport": _EXPORTS,
    "deleteAccountExport": _EXPORTS,
    "downloadAccountExport": _EXPORTS,
    "lookUpRedirect": _POSTS,
    "updateComment": _COMMENTS,
    "deleteComment": _COMMENTS,
}
