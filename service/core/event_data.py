"""What outsiders are told of an event: facts of its object, as they were in the transaction of the change.

What readers cannot see (a draft, a tag that only drafts have) is named by its id alone, and nobody's e-mail address is
in it. `service.events` has the models, which these values fit; which events there are is in `models.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Executable, Result, bindparam, select

from service.core.post_paths import post_path
from service.extensions import db
from service.models.comments import Comment
from service.models.items import Item
from service.models.media import Media, MediaRole, MediaUse
from service.models.posts import PUBLIC_STATUSES, Post, PostSlug
from service.models.tags import PostTag, Tag
from service.models.users import User

Payload = Mapping[str, Any]


def event_data(name: str, payload: Payload) -> dict[str, Any]:
    """Return the data of an event in the session's transaction, which has the change; {} if it is not for outsiders.

    At most two SELECTs. `payload` is as JSON: ids and instants are text. An object that is gone is told by its id.
    """
    select_data = _SELECTED.get(name.partition(".")[0])
    return _as_json(select_data(name, payload)) if select_data else {}


def event_message(event: Mapping[str, str], data: Mapping[str, Any]) -> bytes:
    """Return the body of the message about an event, in the form of Standard Webhooks."""
    message = {"type": event["type"], "timestamp": event["occurred_at"], "data": data}
    return orjson.dumps(message, option=orjson.OPT_UTC_Z)


def _data_of_post(name: str, payload: Payload) -> dict[str, Any]:
    more = {key: value for key, value in payload.items() if key not in {"post_id", "author_id"}}
    return {"post": _post(name, payload), **more}


def _post(name: str, payload: Payload) -> dict[str, Any]:
    """Return a post: with all that decides which pages show it, if readers see it or have seen it until now."""
    post_id = UUID(payload["post_id"])
    found = _execute(_select_post, post_id=post_id).one_or_none()
    if found is None:
        return {**_HIDDEN_POST, "id": post_id, "author": {"id": payload["author_id"], "username": None}}
    always = {
        "id": post_id,
        "status": found.status,
        "author": {"id": found.author_id, "username": found.username},
        "published_at": found.published_at,
        "updated_at": found.updated_at,
    }
    # A post that is unpublished was seen until this moment, under the slug and with the title that it has.
    if found.status not in PUBLIC_STATUSES and name != "post.unpublished":
        return {**_HIDDEN_POST, **always}
    previous = _execute(_select_previous_slugs, post_id=post_id).scalars()
    return {
        **always,
        "title": found.title,
        "slug": found.slug,
        "path": post_path(found.slug),
        "previous_slugs": list(previous),
        "tags": found.tag_list,
        "cover": _image(found.cover),
        "card": _image(found.card),
    }


def _image(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what tells of an image; its renditions may not be ready yet."""
    return None if image is None else {name: image[name] for name in _OF_IMAGE}


_OF_IMAGE = ("id", "url", "media_type", "width", "height", "alt_text")

_HIDDEN_POST: Mapping[str, Any] = {
    "status": None,
    "published_at": None,
    "updated_at": None,
    "title": None,
    "slug": None,
    "path": None,
    "previous_slugs": [],
    "tags": [],
    "cover": None,
    "card": None,
}


def _data_of_posts(_name: str, payload: Payload) -> dict[str, Any]:
    """Return those of an import, in its order."""
    is_new = {UUID(post_id): key == "created" for key in ("created", "updated") for post_id in payload[key]}
    found = db.session.execute(select(Post.id, Post.status, Post.slug).where(Post.id.in_(is_new))).all()
    posts = {post.id: post for post in found}
    return {"posts": [_imported(posts[post_id], is_new=new) for post_id, new in is_new.items()]}


def _imported(post: Any, *, is_new: bool) -> dict[str, Any]:
    slug = post.slug if post.status in PUBLIC_STATUSES else None
    path = None if slug is None else post_path(slug)
    return {"id": post.id, "status": post.status, "slug": slug, "path": path, "is_new": is_new}


def _data_of_comment(_name: str, payload: Payload) -> dict[str, Any]:
    """Return a comment without its text, which its author may take back, and the post where it stands."""
    ids = {"post_id": UUID(payload["post_id"]), "comment_id": payload["comment_id"]}
    found = _execute(_select_comment, **ids).one()
    return {
        "comment": {
            "id": payload["comment_id"],
            "parent_id": found.parent_id,
            "author": {"id": payload["author_id"], "username": found.username},
            "created_at": found.created_at,
            "edited_at": found.edited_at,
        },
        "post": {"id": ids["post_id"], "slug": found.slug, "path": found.slug and post_path(found.slug)},
    }


def _data_of_tag(name: str, payload: Payload) -> dict[str, Any]:
    if name == "tag.merged":
        from_tag, into_tag = _tag_row(payload["tag_id"]), _tag_row(payload["into_id"])
        # The readers of the first one see the second from now on.
        is_seen = _is_public(from_tag) or _is_public(into_tag)
        return {
            "tag": _tag(payload["tag_id"], from_tag, is_seen=_is_public(from_tag)),
            "into": _tag(payload["into_id"], into_tag, is_seen=is_seen),
        }
    row = _tag_row(payload["tag_id"])
    data: dict[str, Any] = {"tag": _tag(payload["tag_id"], row, is_seen=_is_public(row))}
    if name == "tag.updated":
        data["former_slug"] = payload["former_slug"] if _is_public(row) else None
    return data


def _tag_row(tag_id: int) -> Any:
    is_public = (
        select(PostTag.post_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.tag_id == Tag.id, _is_public_post())
        .exists()
    )
    found = select(Tag.name, Tag.slug, is_public.label("is_public")).where(Tag.id == tag_id)
    return db.session.execute(found).one_or_none()


def _is_public(row: Any) -> bool:
    return row is not None and row.is_public


def _tag(tag_id: int, row: Any, *, is_seen: bool) -> dict[str, Any]:
    if row is None or not is_seen:
        return {"id": tag_id, "name": None, "slug": None}
    return {"id": tag_id, "name": row.name, "slug": row.slug}


def _data_of_user(_name: str, payload: Payload) -> dict[str, Any]:
    username = _execute(_select_username, user_id=payload["user_id"]).scalar()
    return {"user": {"id": payload["user_id"], "username": username}}


def _data_of_media(_name: str, payload: Payload) -> dict[str, Any]:
    """Return a file with its URL, where readers can see it in a post or as an avatar."""
    media_id = UUID(payload["media_id"])
    seen = (
        select(MediaUse.id)
        .join(Post, Post.id == MediaUse.post_id, isouter=True)
        .where(MediaUse.media_id == media_id, (MediaUse.role == MediaRole.AVATAR) | _is_public_post())
        .exists()
    )
    columns = select(Media.name, Media.kind, Media.media_type, seen.label("is_seen"))
    row = db.session.execute(columns.where(Media.id == media_id)).one_or_none()
    is_seen = row is not None and row.is_seen
    media = {
        "id": media_id,
        "kind": row and row.kind,
        "media_type": row and row.media_type,
        "url": f"/media/{row.name}" if row and is_seen else None,
    }
    former = payload.get("former_name")
    more = {"reason": payload["reason"]} if "reason" in payload else {}
    if former:
        more["former_url"] = f"/media/{former}" if is_seen else None
    return {"media": media, **more}


def _data_of_item(_name: str, payload: Payload) -> dict[str, Any]:
    name = db.session.scalar(select(Item.name).where(Item.id == payload["item_id"]))
    return {"item": {"id": payload["item_id"], "name": name}}


def _data_of_import(_name: str, payload: Payload) -> dict[str, Any]:
    return {"import": dict(payload)}


def _is_public_post() -> ColumnElement[bool]:
    return Post.status.in_(PUBLIC_STATUSES) & Post.trashed_at.is_(None)


def _execute(statement: Executable, **parameters: Any) -> Result[Any]:
    return db.session.execute(statement, parameters)


# Built once: to build a statement takes longer than to run it.
_select_post = (
    select(
        Post.slug,
        Post.title,
        Post.status,
        Post.published_at,
        Post.updated_at,
        Post.tag_list,
        Post.cover,
        Post.card,
        Post.author_id,
        User.username,
    )
    .join(User, User.id == Post.author_id, isouter=True)
    .where(Post.id == bindparam("post_id"))
)
_select_previous_slugs = (
    select(PostSlug.slug).where(PostSlug.post_id == bindparam("post_id")).order_by(PostSlug.slug)
)
_select_username = select(User.username).where(User.id == bindparam("user_id"))
# Either may be gone, or not for readers.
_ids = select(bindparam("comment_id", type_=Comment.id.type).label("comment_id")).subquery()
_select_comment = (
    select(Comment.parent_id, Comment.created_at, Comment.edited_at, User.username, Post.slug)
    .select_from(_ids)
    .join(Comment, Comment.id == _ids.c.comment_id, isouter=True)
    .join(User, User.id == Comment.author_id, isouter=True)
    .join(Post, (Post.id == bindparam("post_id", type_=Post.id.type)) & _is_public_post(), isouter=True)
)


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = orjson.loads(orjson.dumps(values, option=orjson.OPT_UTC_Z))
    return converted


_SELECTED: Mapping[str, Callable[[str, Payload], dict[str, Any]]] = {
    "post": _data_of_post,
    "posts": _data_of_posts,
    "comment": _data_of_comment,
    "tag": _data_of_tag,
    "item": _data_of_item,
    "media": _data_of_media,
    "user": _data_of_user,
    "import": _data_of_import,
}
