"""Request and response models of sign-ups."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.single_use_links import SECRET_PATTERN
from service.users.schemas import display_name_field, email_field, password_field, username_field

SECRET_EXAMPLE = "k2Pd8wXqTn5Rv9YzMhB3cJ7sLgGfUaOi4eNpVxEyCtQ"  # noqa: S105 - of the document

ns = Namespace(
    "sign-ups",
    description="Creating an account with a link that is mailed to its address.",
    path="/api/sign-ups",
)


def _secret_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=43,
        pattern=SECRET_PATTERN,
        description="Secret of the link in the mail: what follows the `#`.",
        example=SECRET_EXAMPLE,
    )


mode_output = ns.model(
    "SignUpMode",
    {
        "mode": fields.String(
            required=True,
            enum=["open", "verified"],
            description="`open`: `POST /api/users` creates the account at once. `verified`: an account is created with "
            "a link that is mailed to its address.",
            example="open",
        )
    },
)

request_input = ns.model("SignUpRequest", {"email": email_field(required=True, example="mary@example.org")})
link_input = ns.model("SignUpLookup", {"secret": _secret_field()})

open_sign_up_output = ns.model(
    "OpenSignUp",
    {
        "email": email_field(required=True, example="mary@example.org"),
        "expires_at": fields.DateTime(
            required=True,
            description="Time until which the link can be used.",
            example="2026-12-01T09:30:00Z",
        ),
    },
)

completion_input = ns.model(
    "SignUpCompletion",
    {
        "secret": _secret_field(),
        "username": username_field(required=True, example="mary"),
        "password": password_field("Password. It is stored as a hash and never returned."),
        "display_name": display_name_field(required=False, example="Mary Somerville"),
    },
)
