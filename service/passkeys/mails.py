"""The mail that tells the owner of an account what happened to a passkey."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from service.config import settings
from service.core.mail.templates import mail
from service.models.passkeys import PASSKEY_NAME_MAX


class Change(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    REFUSED = "refused"


@mail(
    "passkey_changed",
    payload={
        "change": {"enum": [change.value for change in Change]},
        "name": {"type": "string", "maxLength": PASSKEY_NAME_MAX},
        "is_first_or_last": {"type": "boolean"},
    },
    example={
        "change": "added",
        "name": "Laptop",
        "is_first_or_last": True,
        "url": "https://blog.example.org/account/passkeys",
    },
)
def passkey_changed_mail(change: str, name: str, is_first_or_last: bool) -> dict[str, Any]:
    """Return what the mail says.

    `is_first_or_last` is whether two-factor authentication was turned on or off by it.
    """
    url = f"{settings().site_url}/account/passkeys"
    return {"change": change, "name": name, "is_first_or_last": is_first_or_last, "url": url}
