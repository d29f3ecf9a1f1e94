"""The mail that tells the owner of an account that an API key was created for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.config import settings
from service.core.mail.templates import mail
from service.core.scopes import SCOPES
from service.extensions import db
from service.models.api_keys import ApiKey


@mail(
    "api_key_created",
    payload={"key_id": {"type": "string", "format": "uuid"}},
    example={
        "name": "Newsletter",
        "scopes": [SCOPES["posts:read"], SCOPES["tags:read"]],
        "expires_on": "28 February 2027",
        "url": "https://blog.example.org/account",
    },
)
def api_key_created_mail(key_id: str) -> dict[str, Any] | None:
    """Return what the mail says; None if the key was revoked meanwhile."""
    key = db.session.get(ApiKey, UUID(key_id))
    if key is None:
        return None
    expires_at = key.expires_at.astimezone(settings().site_zone)
    return {
        "name": key.name,
        "scopes": [SCOPES[scope] for scope in key.scopes if scope in SCOPES],
        "expires_on": f"{expires_at.day} {expires_at:%B %Y}",
        "url": f"{settings().site_url}/account",
    }
