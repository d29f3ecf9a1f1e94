"""What do accounts look like on the wire?"""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import string
from service.core.paging import page_arguments
from service.core.passwords import MAX_LENGTH, MIN_LENGTH
from service.models.users import BIO_MAX, DISPLAY_NAME_MAX, EMAIL_MAX, Role
from service.users.queries import USERNAME

INT8_MAX = 2**63 - 1
NO_NUL = r"^[^\u0000]*$"
# Nobody goes about without a name: one character at least can be seen. The ranges of white space and of
# invisible characters are spelt out, because what `\s` means differs between regular expression engines.
_UNSEEN = r"\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
DISPLAY_NAME = rf"^[^\u0000]*[^{_UNSEEN}][^\u0000]*$"
SEARCH_MAX = 100

ns = Namespace("users", description="Accounts and the public pages of authors.", path="/api")


def username_field(*, required: bool) -> fields.String:
    """Return the field of an account's unique name."""
    return fields.String(
        required=required,
        min_length=3,
        max_length=32,
        pattern=USERNAME,
        description="The unique name, whatever its case: ASCII letters, digits, `-` and `_`.",
        example="ada",
    )


def display_name_field(*, required: bool) -> fields.String:
    """Return the field of the name that readers see."""
    return fields.String(
        required=required,
        min_length=1,
        max_length=DISPLAY_NAME_MAX,
        pattern=DISPLAY_NAME,
        description="The name that readers see, free in form.",
        example="Ada Lovelace",
    )


def email_field(*, required: bool) -> fields.String:
    """Return the field of the address with which the account logs in."""
    return fields.String(
        required=required,
        max_length=EMAIL_MAX,
        format="email",
        description="The e-mail address, unique whatever its case; it is what one logs in with.",
        example="ada@example.org",
    )


def password_field(description: str, example: str = "correct horse battery") -> fields.String:
    """Return the field of a password that is being chosen."""
    return fields.String(
        required=True,
        min_length=MIN_LENGTH,
        max_length=MAX_LENGTH,
        pattern=NO_NUL,
        description=description,
        example=example,
    )


def bio_field(*, required: bool) -> fields.String:
    """Return the field of the text about oneself."""
    return fields.String(
        required=required,
        max_length=BIO_MAX,
        description="A few sentences about the author, in plain text.",
        example="Writes about the analytical engine.",
    )


def role_field(*, required: bool) -> fields.String:
    """Return the field of the role."""
    return fields.String(
        required=required,
        enum=Role,
        description="What the account may do, each role also what the ones before may; set by admins.",
        example="author",
    )


def is_active_field(*, required: bool) -> fields.Boolean:
    """Return the field of whether the account may log in."""
    return fields.Boolean(
        required=required,
        description="Whether the account may log in. Set by administrators.",
        example=True,
    )


def id_field() -> fields.Integer:
    """Return the field of an account's id."""
    return fields.Integer(
        required=True,
        min=1,
        max=INT8_MAX,
        description="The id, never used again.",
        example=1001,
    )


def instant_field(description: str) -> fields.DateTime:
    """Return the field of an instant in UTC."""
    return fields.DateTime(required=True, description=description, example="2026-11-21T09:30:00Z")


_writable = {
    "username": username_field,
    "display_name": display_name_field,
    "email": email_field,
    "bio": bio_field,
    "role": role_field,
    "is_active": is_active_field,
}

user_output = ns.model(
    "User",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True),
        "email": fields.String(
            max_length=EMAIL_MAX,
            format="email",
            description="The e-mail address; null to all but its owner and administrators.",
            example="ada@example.org",
        ),
        "role": role_field(required=True),
        "is_active": is_active_field(required=True),
        "bio": bio_field(required=True),
        "created_at": instant_field("When the account was registered."),
        "updated_at": instant_field("When the account was last changed."),
    },
)

author_output = ns.model(
    "Author",
    {
        "id": id_field(),
        "username": username_field(required=True),
        "display_name": display_name_field(required=True),
        "bio": bio_field(required=True),
        "created_at": instant_field("When the author registered."),
    },
)

registration_input = ns.model(
    "Registration",
    {
        "username": username_field(required=True),
        "email": email_field(required=True),
        "password": password_field("The password; kept as a hash, never sent back."),
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

list_arguments = page_arguments.copy()
list_arguments.add_argument(
    "search",
    type=string(min_length=1, max_length=SEARCH_MAX),
    location="args",
    help="Only accounts whose username or display name contains this, whatever the case; "
    "for administrators also those whose e-mail address does.",
)
