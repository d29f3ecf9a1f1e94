"""Request and response models of invitations, and the query parameters of their list."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.pagination import pagination_arguments
from service.core.single_use_links import SECRET_PATTERN
from service.core.texts import SINGLE_LINE_PATTERN, VISIBLE_TEXT_PATTERN
from service.invitations.actions import INVITED_ROLES
from service.invitations.queries import InvitationState, MailState
from service.models.invitations import MESSAGE_MAX
from service.models.jobs import ERROR_MAX
from service.models.users import DISPLAY_NAME_MAX
from service.users.schemas import (
    INT8_MAX,
    display_name_field,
    id_field,
    password_field,
    timestamp_field,
    username_field,
)

INVITATION_EXAMPLE = "01a22786-5c20-7a41-9d3e-2b9f6f0c1a77"
SECRET_EXAMPLE = "q3Zr0m5XGkT2yN8vLwE1bJ7cHsUdPfAiO4eRtYxMzKg"  # noqa: S105 - of the document

ns = Namespace(
    "invitations",
    description="Invitations by administrators to create an account with a role.",
    path="/api/invitations",
)

list_arguments = pagination_arguments.copy()
list_arguments.add_argument(
    "state", type=InvitationState, location="args", help="Return only invitations in this state."
)


def _role_field() -> fields.String:
    return fields.String(
        required=True,
        enum=[role.value for role in INVITED_ROLES],
        description="Role that the account gets. Administrators are appointed by updating a user.",
        example="editor",
    )


def _email_field(description: str) -> fields.String:
    return fields.String(
        required=True, max_length=254, format="email", description=description, example="grace@example.org"
    )


def _secret_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=43,
        pattern=SECRET_PATTERN,
        description="Secret of the link in the mail: what follows the `#`.",
        example=SECRET_EXAMPLE,
    )


def _name_field(*, output: bool = False) -> fields.String:
    return fields.String(
        nullable=True,
        min_length=1,
        max_length=DISPLAY_NAME_MAX,
        pattern=None if output else SINGLE_LINE_PATTERN,
        description="Name of the person who is invited, for the mail and as the suggested display name.",
        example="Grace Hopper",
    )


def _message_field(*, output: bool = False) -> fields.String:
    return fields.String(
        nullable=True,
        min_length=1,
        max_length=MESSAGE_MAX,
        pattern=None if output else VISIBLE_TEXT_PATTERN,
        description="Personal message in the mail, in plain text.",
        example="Would you look after the series on compilers?",
    )


def _time(description: str) -> fields.DateTime:
    return fields.DateTime(description=description)


invitation_input = ns.model(
    "NewInvitation",
    {
        "email": _email_field("E-mail address to invite. The account gets it."),
        "role": _role_field(),
        "name": _name_field(),
        "message": _message_field(),
    },
)

inviter_output = ns.model(
    "Inviter",
    {
        "id": id_field(),
        "username": username_field(required=True, example="admin"),
        "display_name": display_name_field(required=True, output=True, example="Admin"),
    },
)

invitation_output = ns.model(
    "Invitation",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the invitation.", example=INVITATION_EXAMPLE
        ),
        "email": _email_field("E-mail address that is invited."),
        "role": _role_field(),
        "name": _name_field(output=True),
        "message": _message_field(output=True),
        "state": fields.String(
            required=True,
            enum=InvitationState,
            description="State of the invitation. `pending`: it can be accepted. `accepted`: the account exists. "
            "`expired`: it can be sent again. `revoked`: by an administrator, or because its inviter is no longer one.",
            example="pending",
        ),
        "invited_by": fields.Nested(
            inviter_output,
            allow_null=True,
            description="Administrator who sent it last; null if that account was deleted.",
        ),
        "user_id": fields.Integer(
            min=1,
            max=INT8_MAX,
            description="ID of the user who accepted it; null before that.",
        ),
        "created_at": timestamp_field("Time when the invitation was created."),
        "expires_at": fields.DateTime(
            required=True,
            description="Time until which it can be accepted (`INVITATION_DAYS` after it was sent last).",
            example="2026-12-06T09:30:00Z",
        ),
        "accepted_at": _time("Time when it was accepted; null before that."),
        "revoked_at": _time("Time when it was revoked; null before that."),
        "mail_state": fields.String(
            enum=MailState,
            description="State of the mail. `waiting`: to be sent by a background job, which repeats failed attempts. "
            "`sent`: handed over to the mail server. `failed`: all attempts failed; resend the invitation. Null when "
            "the job is no longer kept (`JOB_RETENTION_DAYS`).",
            example="waiting",
        ),
        "mail_error": fields.String(
            max_length=ERROR_MAX,
            description="Why the last attempt to send the mail failed; null if none has.",
        ),
        "mailed_at": _time("Time when the mail was sent; null before that."),
    },
)

link_input = ns.model("InvitationLookup", {"secret": _secret_field()})

open_invitation_output = ns.model(
    "OpenInvitation",
    {
        "email": _email_field("E-mail address that the account gets."),
        "role": _role_field(),
        "name": _name_field(output=True),
        "invited_by": fields.String(
            max_length=DISPLAY_NAME_MAX,
            description="Display name of the administrator who sent it; null if that account was deleted.",
            example="Admin",
        ),
        "expires_at": fields.DateTime(
            required=True, description="Time until which it can be accepted.", example="2026-12-06T09:30:00Z"
        ),
    },
)

acceptance_input = ns.model(
    "InvitationAcceptance",
    {
        "secret": _secret_field(),
        "username": username_field(required=True, example="grace"),
        "password": password_field("Password. It is stored as a hash and never returned."),
        "display_name": display_name_field(required=False, example="Grace Hopper"),
    },
)
