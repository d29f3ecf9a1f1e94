"""The mail of an invitation, which makes the secret of its link: that is stored nowhere but in the mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.config import settings
from service.core.mail.templates import mail
from service.core.single_use_links import link_url, new_secret, store_secret
from service.extensions import db
from service.invitations.queries import get_invitation
from service.models.invitations import Invitation
from service.models.users import Role

PAGE = "/invitation"

_ROLES = {Role.READER: "a reader", Role.AUTHOR: "an author", Role.EDITOR: "an editor"}

_EXAMPLE = {
    "name": "Grace Hopper",
    "role": "an editor",
    "message": "Would you look after the series on compilers?",
    "invited_by": "Ada Lovelace",
    "expires_on": "6 December 2026",
    "url": "https://blog.example.org/invitation#q3Zr0m5XGkT2yN8vLwE1bJ7cHsUdPfAiO4eRtYxMzKg",
}


@mail(
    "invitation",
    payload={
        "invitation_id": {"type": "string", "format": "uuid"},
        "mail_number": {"type": "integer", "minimum": 1},
    },
    example=_EXAMPLE,
)
def invitation_mail(invitation_id: str, mail_number: int) -> dict[str, Any] | None:
    """Return what the mail of an invitation says, with a new link: an earlier one is dead from then on.

    None if the invitation cannot be accepted any more, or was sent again since, in a later mail.
    """
    # Locked: a resend at this moment must not be followed by the link of an earlier mail.
    newest = select(Invitation.mail_number).where(Invitation.id == UUID(invitation_id)).with_for_update()
    secret = new_secret()
    if db.session.scalar(newest) != mail_number or not store_secret(UUID(invitation_id), secret):
        return None
    invitation = get_invitation(UUID(invitation_id), db.session.connection())
    expires_at = invitation.expires_at.astimezone(settings().site_zone)
    return {
        "name": invitation.name,
        "role": _ROLES[invitation.role],
        "message": invitation.message,
        "invited_by": invitation.invited_by and invitation.invited_by.display_name,
        "expires_on": f"{expires_at.day} {expires_at:%B %Y}",
        "url": link_url(PAGE, secret),
    }
