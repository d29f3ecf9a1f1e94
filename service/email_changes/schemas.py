"""Request and response models of e-mail changes."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.single_use_links import SECRET_PATTERN
from service.users.schemas import email_field, username_field

SECRET_EXAMPLE = "m4Xz7vKqRb2Tn9WyJhD5cP8sLfGgUaOi3eNtVxCyBrQ"  # noqa: S105 - of the document

ns = Namespace(
    "email-changes",
    description="Confirming the new e-mail address of an account, which `PATCH /api/auth/me` asks for.",
    path="/api/email-changes",
)

link_input = ns.model(
    "EmailChangeLink",
    {
        "secret": fields.String(
            required=True,
            max_length=43,
            pattern=SECRET_PATTERN,
            description="Secret of the link in the mail: what follows the `#`.",
            example=SECRET_EXAMPLE,
        )
    },
)

open_change_output = ns.model(
    "OpenEmailChange",
    {
        "username": username_field(required=True),
        "email": email_field(required=True),
        "expires_at": fields.DateTime(
            required=True,
            description="Time until which the link can be used.",
            example="2026-12-01T09:30:00Z",
        ),
    },
)
