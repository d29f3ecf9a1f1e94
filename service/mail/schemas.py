"""Response models of mail."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.mail.files import FILE_MAX_BYTES, HEADER_MAX, HEADERS_MAX, LISTED
from service.users.schemas import timestamp_field

MAIL_EXAMPLE = "01a22786-4f00-7c52-b1d8-93a5e7c6f021"

ns = Namespace(
    "mail",
    description="Mail that was written to files instead of being sent, because no mail server is set (`MAIL_HOST`): in "
    f"development, for administrators. The {LISTED:,} newest are listed.",
    path="/api/mail",
)


def _line(description: str, example: str) -> fields.String:
    return fields.String(required=True, max_length=HEADER_MAX, description=description, example=example)


mail_header_output = ns.model(
    "MailHeader",
    {
        "name": _line("Name of the header.", "Auto-Submitted"),
        "value": _line("Its value, decoded and in one line.", "auto-generated"),
    },
)

mail_summary_output = ns.model(
    "MailSummary",
    {
        "id": fields.String(
            required=True,
            format="uuid",
            description="ID of the mail, by which its file is named.",
            example=MAIL_EXAMPLE,
        ),
        "template": fields.String(
            max_length=HEADER_MAX,
            description="Name of its template, as for `flask mail preview`; null if the file does not say it.",
            example="invitation",
        ),
        "subject": _line("Subject.", "Ada Lovelace invites you to Colophon"),
        "to": _line(
            "Recipient: the address, with the name if it is known.", "Grace Hopper <grace@example.org>"
        ),
        "written_at": timestamp_field("Time when it was written, instead of being sent."),
    },
)


def _part(description: str, example: str) -> fields.String:
    return fields.String(max_length=FILE_MAX_BYTES, description=description, example=example)


mail_output = ns.clone(
    "Mail",
    mail_summary_output,
    {
        "headers": fields.List(
            fields.Nested(mail_header_output),
            required=True,
            max_items=HEADERS_MAX,
            description="All headers, in their order.",
        ),
        "text": _part(
            "The plain part; null if there is none.", "Hello Grace Hopper,\n\nAda Lovelace invites you …\n"
        ),
        "html": _part(
            "The HTML part as it would be sent; null if there is none. Show it in a sandboxed frame without scripts.",
            "<!DOCTYPE html><html><body><p>Hello Grace Hopper,</p></body></html>\n",
        ),
    },
)
