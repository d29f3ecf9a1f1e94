"""Test data factories: functions that insert rows, with default values for everything that is not given.

The returned objects are committed and loaded: they stay readable after the session is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from service.core.api_keys import ApiKeyParts, hash_secret, new_secret, write_api_key
from service.core.markdown import render_comment
from service.core.slugs import slugify
from service.extensions import db
from service.models.api_keys import ApiKey
from service.models.base import Model, utcnow
from service.models.casefolding import casefold
from service.models.comments import Comment
from service.models.ids import uuid7
from service.models.media import Media, MediaKind, MediaRole, MediaState, MediaUse, Rendition
from service.models.posts import Post, PostStatus
from service.models.tags import PostTag, Tag
from service.models.users import Role, User
from service.posts.content import apply_columns, content_columns

T = TypeVar("T", bound=Model)

_numbers = count(1)


def save(thing: T) -> T:
    """Commit a new row and return it with the values that the database generated.

    It is detached: `db.session.add(thing)` attaches it to the session of the test.
    """
    with Session(db.engine) as session:
        session.add(thing)
        session.commit()
        session.refresh(thing)
    return thing


def create_user(**given: Any) -> User:
    """Return a new, active author with a unique username and no password."""
    username = given.pop("username", f"user-{next(_numbers)}")
    defaults = {"display_name": username.title(), "email": f"{username}@example.org", "role": Role.AUTHOR}
    return save(User(username=username, **{**defaults, **given}))


def create_api_key(owner: User, scopes: Iterable[str] = (), **given: Any) -> tuple[ApiKey, str]:
    """Return a new API key that lasts 90 days, and the text that a client sends."""
    parts = ApiKeyParts(uuid7(), new_secret())
    columns = {"name": "Newsletter", "expires_at": utcnow() + timedelta(days=90), **given}
    hashed = hash_secret(parts.secret)
    row = ApiKey(id=parts.id, user_id=owner.id, scopes=list(scopes), secret_hash=hashed, **columns)
    return save(row), write_api_key(parts)


def create_tag(name: str | None = None, **given: Any) -> Tag:
    """Return a new tag."""
    name = name or f"Tag {next(_numbers)}"
    return save(Tag(**{"name": name, "name_key": casefold(name), "slug": slugify(name), **given}))


def create_post(author: User | None = None, tags: Sequence[Tag] = (), **given: Any) -> Post:
    """Return a new draft, or a post with this `status`, published when it was created or scheduled for tomorrow."""
    number = next(_numbers)
    content = content_columns(given.pop("title", f"Post {number}"), given.pop("body", "Some *text*."), None)
    post = Post(
        author_id=author.id if author else None, **{"slug": f"post-{number}", "created_at": utcnow(), **given}
    )
    apply_columns(post, content)
    post.updated_at = post.updated_at or post.created_at
    if post.status in {PostStatus.PUBLISHED, PostStatus.ARCHIVED}:
        post.published_at = post.published_at or post.created_at
    if post.status is PostStatus.SCHEDULED:
        post.scheduled_at = post.scheduled_at or utcnow() + timedelta(days=1)
    post.listed_at = post.scheduled_at or post.published_at or post.created_at
    post.tag_list = [{"name": tag.name, "slug": tag.slug} for tag in tags]
    save(post)
    for position, tag in enumerate(tags):
        save(PostTag(post_id=post.id, tag_id=tag.id, position=position))
    return post


def create_comment(
    post: Post, author: User | None = None, parent: Comment | None = None, **given: Any
) -> Comment:
    """Return a new comment on `post`, or a reply to `parent`."""
    body = given.pop("body", f"Comment {next(_numbers)}.")
    defaults = {"body": body, "body_html": render_comment(body), "depth": parent.depth + 1 if parent else 0}
    whose = {"post_id": post.id, "author_id": author.id if author else None}
    return save(Comment(**whose, parent_id=parent.id if parent else None, **{**defaults, **given}))


def create_media(uploader: User | None = None, **given: Any) -> Media:
    """Return a new image of 1,000 x 500 pixels without a file and renditions, or a document of this `kind`."""
    is_image = given.get("kind", MediaKind.IMAGE) is MediaKind.IMAGE
    columns = {
        "name": f"{token_hex(16)}.{'png' if is_image else 'pdf'}",
        "file_name": "loom.png" if is_image else "loom.pdf",
        "media_type": "image/png" if is_image else "application/pdf",
        "kind": MediaKind.IMAGE,
        "size_bytes": 10,
        "sha256": token_hex(32),
        "width": 1000 if is_image else None,
        "height": 500 if is_image else None,
        "state": MediaState.PROCESSING if is_image else MediaState.READY,
        "uploader_id": uploader.id if uploader else None,
    }
    return save(Media(**{**columns, **given}))


def create_rendition(media: Media, width: int = 320, media_type: str = "image/webp") -> Rendition:
    """Return a new rendition of an image, without a file."""
    name = f"{media.name.partition('.')[0]}-{width}.{media_type.partition('/')[2]}"
    size = {"width": width, "height": width // 2, "size_bytes": 5}
    return save(Rendition(name=name, media_id=media.id, media_type=media_type, **size))


def use_media(media: Media, post: Post, role: MediaRole = MediaRole.BODY) -> MediaUse:
    """Record that a post uses a file."""
    return save(MediaUse(media_id=media.id, post_id=post.id, role=role))
