"""Request and response models of password resets."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.single_use_links import SECRET_PATTERN
from service.users.schemas import email_field, password_field, username_field

SECRET_EXAMPLE = "w7Yb2nQmKd5Xt9RzVhE3cJ8sLpGfUaOi4eNkMxTyBqI"  # noqa: S105 - of the document

ns = Namespace(
    "password-resets",
    description="Choosing a new password with a link that is mailed to the address of the account.",
    path="/api/password-resets",
)


def _secret_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=43,
        pattern=SECRET_PATTERN,
        description="Secret of the link in the mail: what follows the `#`.",
        example=SECRET_EXAMPLE,
    )


request_input = ns.model("PasswordResetRequest", {"email": email_field(required=True)})
link_input = ns.model("PasswordResetLookup", {"secret": _secret_field()})

open_reset_output = ns.model(
    "OpenPasswordReset",
    {
        "username": username_field(required=True),
        "email": email_field(required=True),
        "expires_at": fields.DateTime(
            required=True,
            description="Time until which the link can be used.",
            example="2026-11-29T10:30:00Z",
        ),
    },
)

redemption_input = ns.model(
    "PasswordReset",
    {
        "secret": _secret_field(),
        "password": password_field("New password.", example="staple correct horse"),
    },
)
