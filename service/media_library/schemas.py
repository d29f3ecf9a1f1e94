"""Forms, query parameters and response models of the media library."""

from __future__ import annotations

from typing import Any

from flask_restx import fields, reqparse
from werkzeug.datastructures import FileStorage

from service.config.media_settings import DOCUMENT_ENDINGS
from service.contract import Namespace
from service.contract.types import CONTROL_CHARACTERS, NULL, boolean, integer, string, with_error
from service.core.cursor_pagination import (
    CURSOR_EXAMPLE,
    CURSOR_LENGTH,
    CURSOR_PATTERN,
    cursor_arguments,
)
from service.core.pagination import pagination_arguments
from service.media.schemas import (
    MEDIA_EXAMPLE,
    PIXELS_MAX,
    image_fields,
)
from service.media_library.queries import SORT_OPTIONS
from service.models.media import (
    ALT_TEXT_MAX,
    CAPTION_MAX,
    CREDIT_MAX,
    FOCAL_POINT_CENTER,
    FOCAL_POINT_MAX,
    MEDIA_FAILURE_MAX,
    MEDIA_FILE_NAME_MAX,
    MEDIA_TYPE_MAX,
    MediaKind,
    MediaRole,
    MediaState,
)
from service.models.posts import SLUG_MAX, TITLE_MAX, PostStatus
from service.users.schemas import INT8_MAX, display_name_field, id_field, username_field

SEARCH_MAX = 100
URL_MAX = 2_000
URL_EXAMPLE = "https://images.example.org/loom.jpg"
# A form has no types: what its texts may not contain is what those in JSON may not.
TEXT_PATTERN = with_error(rf"^[^{CONTROL_CHARACTERS}]*$", "It must not contain control characters.")
URL_PATTERN = with_error(
    r"^https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$",
    "It must be a URL that begins with https:// or http://, in ASCII without spaces.",
)
IDS_MAX = 100
_TEXTS = {
    "alt_text": (
        ALT_TEXT_MAX,
        "What the image shows, for those who cannot see it.",
        "A loom with punched cards",
    ),
    "caption": (CAPTION_MAX, "Caption in plain text.", "The loom of 1804."),
    "credit": (CREDIT_MAX, "Whom to credit, in plain text.", "Photo: Ada Lovelace"),
}
FORM_EXAMPLE = {
    "file": "the bytes of loom.jpg",
    **{name: example for name, (_, _, example) in _TEXTS.items()},
}
PROCESSING_EXAMPLE: dict[str, Any] = {
    "state": "processing",
    "dominant_color": None,
    "placeholder": None,
    "sources": [],
    "crops": {"square": None, "card": None},
    "uses_count": 0,
}

ns = Namespace(
    "media-library",
    description="The media library: images and other files, which posts show. For authors, editors and admins; authors "
    "see their own uploads, and what is in posts that they can read.",
    path="/api/media",
)

upload_form = reqparse.RequestParser()
upload_form.add_argument(
    "file",
    type=FileStorage,
    location="files",
    required=True,
    help="A PNG, JPEG, WebP, GIF or AVIF image, whose metadata (EXIF with GPS position, XMP) is removed; or a file of "
    f"another type that the operator allows: {', '.join(DOCUMENT_ENDINGS)}. SVG is refused, because it can contain "
    "scripts. At most `MEDIA_MAX_BYTES`, 25 MiB by default, and 40 megapixels.",
)
for _name, (_max_length, _description, _) in _TEXTS.items():
    upload_form.add_argument(
        _name,
        type=string(max_length=_max_length, pattern=TEXT_PATTERN),
        location="form",
        default="",
        help=_description,
    )

replacement_form = reqparse.RequestParser()
replacement_form.add_argument(
    "file",
    type=FileStorage,
    location="files",
    required=True,
    help="The new file: an image in place of an image, or another file in place of one.",
)

list_arguments = pagination_arguments.copy()
list_arguments.args.extend(cursor_arguments.args)
list_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX),
    location="args",
    help="Return only files whose name, alternative text, caption or credit contains this text (case-insensitive).",
)
list_arguments.add_argument(
    "kind", type=MediaKind, location="args", help="Return only images, or only documents."
)
list_arguments.add_argument(
    "media_type",
    type=string(max_length=MEDIA_TYPE_MAX, pattern="^[a-z]+/[a-z0-9.+-]+$", example="image/jpeg"),
    location="args",
    help="Return only files of this media type.",
)
list_arguments.add_argument(
    "state", type=MediaState, location="args", help="Return only files in this state."
)
list_arguments.add_argument(
    "used",
    type=boolean,
    location="args",
    help="Return only files that posts or accounts use, or only those that nothing uses.",
)
list_arguments.add_argument(
    "missing_alt_text",
    type=boolean,
    location="args",
    help="Return only images without alternative text, or only images with one.",
)
list_arguments.add_argument(
    "uploader_id", type=integer(1, INT8_MAX), location="args", help="Return only what this user has uploaded."
)
list_arguments.add_argument(
    "sort", choices=SORT_OPTIONS, default=SORT_OPTIONS[0], location="args", help="Order of the list."
)


def _text(name: str) -> fields.String:
    max_length, description, example = _TEXTS[name]
    return fields.String(required=False, max_length=max_length, description=description, example=example)


def _coordinate(description: str) -> fields.Integer:
    return fields.Integer(
        required=True, min=0, max=FOCAL_POINT_MAX, description=description, example=FOCAL_POINT_CENTER
    )


url_input = ns.model(
    "MediaFromUrl",
    {
        "url": fields.String(
            required=True,
            max_length=URL_MAX,
            pattern=URL_PATTERN,
            description="URL of the file. Its host must be public, or in a network that the operator allows "
            "(`OUTBOUND_NETWORKS`). At most five redirects are followed.",
            example=URL_EXAMPLE,
        ),
        **{name: _text(name) for name in _TEXTS},
    },
)

focal_point_input = ns.model(
    "FocalPointInput",
    {
        "x": _coordinate("Percent of the width, from the left."),
        "y": _coordinate("Percent of the height, from the top."),
    },
)

changes_input = ns.model(
    "MediaChanges",
    {
        **{name: _text(name) for name in _TEXTS},
        "focal_point": fields.Nested(
            focal_point_input,
            description="The point that stays visible when the image is cropped. The crops are made anew.",
        ),
    },
)

uploader_output = ns.model(
    "MediaUploader",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True, output=True),
    },
)


def _time(description: str) -> fields.DateTime:
    return fields.DateTime(required=True, description=description, example="2026-11-29T23:30:00Z")


def _pixels(description: str, example: int) -> fields.Integer:
    return fields.Integer(min=1, max=PIXELS_MAX, description=description, example=example)


media_output = ns.model(
    "Media",
    {
        **image_fields,
        "media_type": fields.String(
            required=True,
            max_length=MEDIA_TYPE_MAX,
            description="Media type of the file.",
            example="image/jpeg",
        ),
        "width": _pixels("Width in pixels, as it is displayed; null for documents.", 4000),
        "height": _pixels("Height in pixels, as it is displayed; null for documents.", 3000),
        "kind": fields.String(
            required=True,
            enum=MediaKind,
            description="`image`: shown in posts. `document`: downloaded.",
            example="image",
        ),
        "file_name": fields.String(
            required=True,
            min_length=1,
            max_length=MEDIA_FILE_NAME_MAX,
            description="Name of the file as it was uploaded, without folders.",
            example="loom.jpg",
        ),
        "size_bytes": fields.Integer(
            required=True, min=0, max=INT8_MAX, description="Size of the original.", example=2_400_118
        ),
        "is_animated": fields.Boolean(required=True, description="Whether the image moves.", example=False),
        "state": fields.String(
            required=True,
            enum=MediaState,
            description="`processing`: the renditions are being made. `ready`: they are there. `failed`: there are "
            "none, see `failure`. The original is shown where there are none.",
            example="ready",
        ),
        "failure": fields.String(
            max_length=MEDIA_FAILURE_MAX,
            description="Why there are no renditions, in one sentence; null otherwise.",
            example=None,
        ),
        "uses_count": fields.Integer(
            required=True,
            min=0,
            max=INT8_MAX,
            description="Number of uses, see `GET /api/media/{media_id}/uses`. Without any it can be deleted.",
            example=2,
        ),
        "uploader": fields.Nested(
            uploader_output,
            allow_null=True,
            description="Who has uploaded it; null if the account was deleted.",
        ),
        "created_at": _time("Time when it was uploaded."),
        "updated_at": _time("Time when its file or its texts were last changed."),
        "etag": fields.String(
            required=True,
            max_length=200,
            description="Entity tag of this version, for `If-Match`.",
            example='"1.1-5f2b8c1d0e"',
        ),
        "cursor": fields.String(
            required=True,
            min_length=CURSOR_LENGTH,
            max_length=CURSOR_LENGTH,
            pattern=CURSOR_PATTERN,
            description="Cursor of this item in the list, for the `after` parameter.",
            example=CURSOR_EXAMPLE,
        ),
    },
)

_using_post = ns.model(
    "MediaUsePost",
    {
        "id": fields.String(
            required=True,
            format="uuid",
            description="ID of the post.",
            example="019aa44d-c27d-7e3e-bc8b-db37c2131658",
        ),
        "title": fields.String(
            required=True,
            max_length=TITLE_MAX,
            description="Title of the post.",
            example="The analytical engine",
        ),
        "slug": fields.String(
            required=True,
            max_length=SLUG_MAX,
            description="URL slug of the post.",
            example="the-analytical-engine",
        ),
        "status": fields.String(
            required=True, enum=PostStatus, description="Status of the post.", example="published"
        ),
        "is_in_trash": fields.Boolean(
            required=True, description="Whether the post is in the trash.", example=False
        ),
    },
)

use_output = ns.model(
    "MediaUse",
    {
        "role": fields.String(
            required=True,
            enum=MediaRole,
            description="What it is used as: in the `body` of a post, as its `cover`, as its `card` image for sharing, "
            "or as an `avatar`.",
            example="cover",
        ),
        "post": fields.Nested(
            _using_post,
            allow_null=True,
            description="The post that uses it; null for an avatar, and for a post that you cannot read.",
        ),
        "user": fields.Nested(
            uploader_output,
            allow_null=True,
            description="The user whose avatar it is; null for a post.",
            example=NULL,
        ),
    },
)

_ids: dict[str, Any] = {"format": "uuid", "description": "ID of a media.", "example": MEDIA_EXAMPLE}

deletion_input = ns.model(
    "MediaDeletion",
    {
        "ids": fields.List(
            fields.String(required=True, **_ids),
            required=True,
            min_items=1,
            max_items=IDS_MAX,
            unique=True,
            description="IDs of the media to delete.",
            example=[MEDIA_EXAMPLE],
        )
    },
)

_not_deleted = ns.model(
    "MediaNotDeleted",
    {
        "id": fields.String(required=True, **_ids),
        "reason": fields.String(
            required=True,
            enum=["in_use", "not_yours", "not_found"],
            description="`in_use`: something uses it. `not_yours`: only its uploader and editors may delete it. "
            "`not_found`: it does not exist, or you may not see it.",
            example="in_use",
        ),
    },
)

deletion_output = ns.model(
    "MediaDeletionResult",
    {
        "deleted": fields.List(
            fields.String(required=True, **_ids),
            required=True,
            max_items=IDS_MAX,
            description="Those that were deleted.",
            example=[MEDIA_EXAMPLE],
        ),
        "not_deleted": fields.List(
            fields.Nested(_not_deleted),
            required=True,
            max_items=IDS_MAX,
            description="Those that are still there, or never were.",
            example=[],
        ),
    },
)
