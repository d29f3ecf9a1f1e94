"""Request and response models of users and authors, and the query parameters of the user list."""

from __future__ import annotations

from typing import Any

from flask_restx import fields, reqparse
from werkzeug.datastructures import FileStorage

from service.contract import Namespace
from service.contract.types import NO_NUL, NULL, boolean, string
from service.core.pagination import pagination_arguments
from service.core.passwords import MAX_LENGTH, MIN_LENGTH
from service.core.texts import VISIBLE_TEXT_PATTERN
from service.media.schemas import MEDIA_EXAMPLE, NAME_EXAMPLE, image_output
from service.models.users import BIO_MAX, DISPLAY_NAME_MAX, EMAIL_MAX, Role
from service.users.queries import USERNAME_PATTERN

INT8_MAX = 2**63 - 1
SEARCH_MAX = 100

ns = Namespace("users", description="User accounts and public author profiles.", path="/api")


def username_field(*, required: bool, example: str = "ada") -> fields.String:
    """Return the field of the unique username."""
    return fields.String(
        required=required,
        min_length=3,
        max_length=32,
        pattern=USERNAME_PATTERN,
        description="Unique username (case-insensitive): ASCII letters, digits, `-` and `_`.",
        example=example,
    )


def display_name_field(
    *, required: bool, output: bool = False, example: str = "Ada Lovelace"
) -> fields.String:
    """Return the field of the display name. An output has no pattern: older rules allowed more."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=DISPLAY_NAME_MAX,
        pattern=None if output else VISIBLE_TEXT_PATTERN,
        description="Name shown to readers. It need not be unique.",
        example=example,
    )


def email_field(*, required: bool, example: str = "ada@example.org") -> fields.String:
    """Return the field of the e-mail address that the user logs in with."""
    return fields.String(
        required=required,
        max_length=EMAIL_MAX,
        format="email",
        description="E-mail address to log in with; unique (case-insensitive).",
        example=example,
    )


def password_field(description: str, example: str = "correct horse battery") -> fields.String:
    """Return the field of a new password."""
    return fields.String(
        required=True,
        min_length=MIN_LENGTH,
        max_length=MAX_LENGTH,
        pattern=NO_NUL,
        description=description,
        example=example,
    )


def bio_field(*, required: bool) -> fields.String:
    """Return the field of the short biography."""
    return fields.String(
        required=required,
        max_length=BIO_MAX,
        description="Short biography in plain text.",
        example="Writes about the analytical engine.",
    )


_ROLE = (
    "Role of the user. Each role includes the permissions of the ones before it: `reader` comments, `author` writes "
    "posts, `editor` manages all posts, comments and tags, `admin` manages users. Set by administrators."
)


def role_field(*, required: bool, description: str = _ROLE) -> fields.String:
    """Return the field of the role."""
    return fields.String(required=required, enum=Role, description=description, example="author")


def pending_email_field(more: str = "") -> fields.String:
    """Return the field of the address that is not confirmed yet."""
    return fields.String(
        max_length=EMAIL_MAX,
        format="email",
        description="E-mail address that the user has asked for: it replaces `email` when the link in the mail to it "
        f"has been confirmed. Null if there is none.{more}",
        example=NULL,
    )


def deletion_at_field(more: str = "") -> fields.DateTime:
    """Return the field of when the account is deleted."""
    return fields.DateTime(
        description="Time at which the account is deleted, because the user has asked for it; null if it is not to be "
        f"deleted.{more}",
        example=NULL,
    )


def is_active_field(
    *, required: bool, description: str = "Whether the user can log in. Set by administrators."
) -> fields.Boolean:
    """Return the field of whether the user can log in."""
    return fields.Boolean(
        required=required,
        description=description,
        example=True,
    )


def comment_notifications_field(
    *,
    required: bool,
    description: str = "Whether to send the user an e-mail about each comment that others write on their posts.",
) -> fields.Boolean:
    """Return the field of whether comments on the user's posts are mailed."""
    return fields.Boolean(required=required, description=description, example=True)


def avatar_field() -> fields.Nested:
    """Return the field of the avatar."""
    return fields.Nested(
        image_output,
        allow_null=True,
        description="Picture of the user, of which `crops.square` is to be shown; null for none.",
        example=NULL,
    )


def id_field() -> fields.Integer:
    """Return the field of a user's id."""
    return fields.Integer(
        required=True,
        min=1,
        max=INT8_MAX,
        description="ID of the user. IDs are never reused.",
        example=1001,
    )


def timestamp_field(description: str) -> fields.DateTime:
    """Return the field of a timestamp in UTC."""
    return fields.DateTime(required=True, description=description, example="2026-11-21T09:30:00Z")


_writable = {
    "username": username_field,
    "display_name": display_name_field,
    "email": email_field,
    "bio": bio_field,
    "role": role_field,
    "is_active": is_active_field,
    "comment_notifications": comment_notifications_field,
}

_named = {
    "id": id_field(),
    "username": username_field(required=True),
    "display_name": display_name_field(required=True, output=True),
}
_described = {
    "bio": bio_field(required=True),
    "avatar": avatar_field(),
    "created_at": timestamp_field("Time when the user registered."),
    "updated_at": timestamp_field("Time when the user was last updated."),
}

# What the user and administrators see. What anybody sees of a user is `profile_output`.
user_output = ns.model(
    "User",
    {
        **_named,
        "email": fields.String(
            max_length=EMAIL_MAX,
            format="email",
            description="E-mail address; null for imported authors, who cannot log in.",
            example="ada@example.org",
        ),
        "pending_email": pending_email_field(),
        "role": role_field(required=True),
        "is_active": is_active_field(required=True),
        "comment_notifications": comment_notifications_field(required=True),
        "deletion_at": deletion_at_field(),
        **_described,
    },
)

_PRIVATE = "Null unless you are the user or an administrator."

profile_output = ns.model(
    "UserProfile",
    {
        **_named,
        "email": fields.String(
            max_length=EMAIL_MAX,
            format="email",
            description=f"E-mail address. {_PRIVATE}",
            example="ada@example.org",
        ),
        "pending_email": pending_email_field(f" {_PRIVATE}"),
        "role": role_field(required=False, description=f"Role of the user. {_PRIVATE}"),
        "is_active": is_active_field(required=False, description=f"Whether the user can log in. {_PRIVATE}"),
        "comment_notifications": comment_notifications_field(
            required=False, description=f"Whether comments on the user's posts are mailed to them. {_PRIVATE}"
        ),
        "deletion_at": deletion_at_field(f" {_PRIVATE}"),
        **_described,
    },
)

author_output = ns.model(
    "Author",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True, output=True),
        "bio": bio_field(required=True),
        "avatar": avatar_field(),
        "first_published_at": fields.DateTime(
            description="Time when the author's first post was published, of those that everyone can read; "
            "null if there are none.",
            example="2026-11-21T09:30:00Z",
        ),
        "created_at": timestamp_field("Time when the author registered."),
    },
)

subscription_output = ns.model(
    "Subscription",
    {
        "comment_notifications": comment_notifications_field(
            required=True, description="Whether comments on the user's posts are mailed to them."
        )
    },
)

registration_input = ns.model(
    "Registration",
    {
        "username": username_field(required=True),
        "email": email_field(required=True),
        "password": password_field("Password. It is stored as a hash and never returned."),
        "display_name": display_name_field(required=False),
        "bio": bio_field(required=False),
    },
)

replacement_input = ns.model(
    "UserReplacement",
    {
        name: field(required=name in {"username", "display_name", "email"})
        for name, field in _writable.items()
    },
)

changes_input = ns.model("UserChanges", {name: field(required=False) for name, field in _writable.items()})

list_arguments = pagination_arguments.copy()
list_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX),
    location="args",
    help="Return only users whose username or display name contains this text (case-insensitive). "
    "For administrators e-mail addresses are searched too.",
)
list_arguments.add_argument(
    "role", type=Role, location="args", help="Return only users with this role. For administrators only."
)
list_arguments.add_argument(
    "is_active",
    type=boolean,
    location="args",
    help="Return only users who can log in, or only users who cannot. For administrators only.",
)

# As long as there are no renditions.
AVATAR_EXAMPLE: dict[str, Any] = {
    "id": MEDIA_EXAMPLE,
    "url": f"/media/{NAME_EXAMPLE}",
    "media_type": "image/jpeg",
    "width": 4000,
    "height": 3000,
    "alt_text": "",
    "caption": "",
    "credit": "",
    "focal_point": {"x": 50, "y": 50},
    "dominant_color": None,
    "placeholder": None,
    "sources": [],
    "crops": {"square": None, "card": None},
}

avatar_form = reqparse.RequestParser()
avatar_form.add_argument(
    "file",
    type=FileStorage,
    location="files",
    required=True,
    help="Image: PNG, JPEG, WebP, GIF or AVIF, best a square of at least 512 pixels.",
)
