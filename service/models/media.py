"""Models of media: uploaded files, their renditions and uses; and of the files of earlier imports."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, IntegerId, Model, utcnow
from service.models.ids import uuid7
from service.models.users import User

MEDIA_NAME_MAX = 120
MEDIA_TYPE_MAX = 100
MEDIA_FILE_NAME_MAX = 255
ALT_TEXT_MAX = 1_000
CAPTION_MAX = 1_000
CREDIT_MAX = 300
MEDIA_FAILURE_MAX = 500
PLACEHOLDER_MAX = 1_000
FOCAL_POINT_MAX = 100
FOCAL_POINT_CENTER = 50


class MediaKind(StrEnum):
    """What a file is: an image, which is shown in posts, or a document, which is downloaded."""

    IMAGE = "image"
    DOCUMENT = "document"


class MediaState(StrEnum):
    """How far the renditions of a file are. Documents have none and are `ready` at once."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class MediaRole(StrEnum):
    """What a post or a user shows a file as."""

    BODY = "body"
    COVER = "cover"
    CARD = "card"
    AVATAR = "avatar"


class ImageCrop(StrEnum):
    """A part of an image around its focal point: a square, and a card for links that are shared."""

    SQUARE = "square"
    CARD = "card"


class Media(Model):
    """An uploaded file and what is said about it.

    `name` is that of the file in the storage: random, and the bytes of a name never change. A replacement has a new
    one. `file_name` is what the client called it. `width` and `height` are those of an image as it is displayed, its
    EXIF orientation applied. `dominant_color`, `placeholder` and the renditions come later, from a job: it increments
    `renditions_version` and leaves `version` alone, so that an edit that began before it is no conflict. `search_key`
    is the case-folded text for search. `uploader_id` is None if the account was deleted.
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("name", name="uq_media_name"),
        Index("ix_media_creation", "created_at", "id"),
        Index("ix_media_change", "updated_at", "id"),
        Index("ix_media_uploader_creation", "uploader_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(MEDIA_NAME_MAX))
    file_name: Mapped[str] = mapped_column(String(MEDIA_FILE_NAME_MAX))
    media_type: Mapped[str] = mapped_column(String(MEDIA_TYPE_MAX))
    kind: Mapped[MediaKind] = mapped_column(
        Enum(
            MediaKind,
            native_enum=False,
            length=16,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    is_animated: Mapped[bool] = mapped_column(default=False)
    alt_text: Mapped[str] = mapped_column(String(ALT_TEXT_MAX), default="")
    caption: Mapped[str] = mapped_column(String(CAPTION_MAX), default="")
    credit: Mapped[str] = mapped_column(String(CREDIT_MAX), default="")
    focal_x: Mapped[int] = mapped_column(default=FOCAL_POINT_CENTER)
    focal_y: Mapped[int] = mapped_column(default=FOCAL_POINT_CENTER)
    dominant_color: Mapped[str | None] = mapped_column(String(7))
    placeholder: Mapped[str | None] = mapped_column(String(PLACEHOLDER_MAX))
    state: Mapped[MediaState] = mapped_column(
        Enum(
            MediaState,
            native_enum=False,
            length=16,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=MediaState.PROCESSING,
    )
    failure: Mapped[str | None] = mapped_column(String(MEDIA_FAILURE_MAX))
    search_key: Mapped[str] = mapped_column(Text, default="")
    uploader_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    renditions_version: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration


# For the list of images without alt text, which is short where authors look after theirs.
Index(
    "ix_media_missing_alt_text",
    Media.created_at,
    Media.id,
    sqlite_where=Media.alt_text == "",
    postgresql_where=Media.alt_text == "",
)


class Rendition(Model):
    """A file rendered from an image: in another width or format, or a `crop` of it.

    Its name begins with the stem of the file's name, or of a former one's until a replacement is done.
    """

    __tablename__ = "media_renditions"

    name: Mapped[str] = mapped_column(String(MEDIA_NAME_MAX), primary_key=True)
    media_id: Mapped[UUID] = mapped_column(ForeignKey(Media.id, ondelete="CASCADE"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(MEDIA_TYPE_MAX))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    crop: Mapped[ImageCrop | None] = mapped_column(
        Enum(
            ImageCrop,
            native_enum=False,
            length=16,
            values_callable=lambda crops: [crop.value for crop in crops],
        )
    )


class FormerMediaName(Model):
    """A name that a file had before it was replaced.

    The bytes stay served under it, and it stands for the media in the bodies of posts, until a job has rewritten them.
    """

    __tablename__ = "media_former_names"

    name: Mapped[str] = mapped_column(String(MEDIA_NAME_MAX), primary_key=True)
    media_id: Mapped[UUID] = mapped_column(ForeignKey(Media.id, ondelete="CASCADE"), index=True)
    media_type: Mapped[str] = mapped_column(String(MEDIA_TYPE_MAX))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    replaced_at: Mapped[datetime] = mapped_column(default=utcnow)


class MediaUse(Model):
    """A use of a file by a post or a user: one of `post_id` and `user_id` is set.

    It is deleted with the post or the user; a file cannot be deleted while it is used.
    """

    __tablename__ = "media_uses"
    __table_args__ = (
        # Those of the users are distinct from those of the posts, since a null equals nothing.
        UniqueConstraint("media_id", "post_id", "role", name="uq_media_uses_post"),
        UniqueConstraint("media_id", "user_id", "role", name="uq_media_uses_user"),
    )

    id: Mapped[IntegerId]
    media_id: Mapped[UUID] = mapped_column(ForeignKey(Media.id))
    # By name: posts refer to media too.
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    role: Mapped[MediaRole] = mapped_column(
        Enum(
            MediaRole,
            native_enum=False,
            length=16,
            values_callable=lambda roles: [role.value for role in roles],
        )
    )


class StoredFile(Model):
    """A file of an earlier import, named by the SHA-256 hash of its bytes: stored once and immutable."""

    __tablename__ = "stored_files"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(50))
    size_bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
