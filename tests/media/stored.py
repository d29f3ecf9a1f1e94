"""Media with their files in the storage."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from service.core.storage import open_storage
from service.models.media import Media, MediaKind, MediaRole, MediaState, MediaUse, Rendition
from service.models.posts import Post
from service.models.users import User
from tests.factories import save

CONTENT = bytes(range(256)) * 4


def stored_media(uploader: User | None = None, content: bytes = CONTENT, **given: Any) -> Media:
    """Return a new image of a media type and a file name, whose bytes are in the storage."""
    media_type = given.pop("media_type", "image/png")
    ending = given.pop("ending", "png")
    name = given.pop("name", f"{secrets.token_hex(16)}.{ending}")
    open_storage().put(name, content, media_type)
    defaults: dict[str, Any] = {
        "file_name": f"picture.{ending}",
        "kind": MediaKind.IMAGE if media_type.startswith("image/") else MediaKind.DOCUMENT,
        "state": MediaState.READY,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "uploader_id": uploader.id if uploader else None,
    }
    return save(Media(**{**defaults, "name": name, "media_type": media_type, **given}))


def stored_rendition(media: Media, content: bytes = CONTENT) -> Rendition:
    """Return a new rendition of a media, whose bytes are in the storage."""
    name = f"{media.name.partition('.')[0]}-320.webp"
    open_storage().put(name, content, "image/webp")
    return save(
        Rendition(
            name=name,
            media_id=media.id,
            width=320,
            height=200,
            media_type="image/webp",
            size_bytes=len(content),
        )
    )


def use_in_body(media: Media, post: Post) -> None:
    """Record that a post shows a media in its body."""
    save(MediaUse(media_id=media.id, post_id=post.id, role=MediaRole.BODY))
