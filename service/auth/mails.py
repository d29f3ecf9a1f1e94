"""The mails that tell the owner of an account that its password was changed, or that a new device has logged in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.config import settings
from service.core.mail.templates import mail
from service.models.sessions import DEVICE_MAX


@mail(
    "password_changed",
    payload={"by_link": {"type": "boolean"}},
    example={"by_link": False, "url": "https://blog.example.org/forgot-password"},
)
def password_changed_mail(by_link: bool) -> dict[str, Any]:
    """Return what the mail says; `by_link`: with the link of a mail, else with the former password."""
    return {"by_link": by_link, "url": f"{settings().site_url}/forgot-password"}


@mail(
    "new_login",
    payload={
        "device": {"type": "string", "maxLength": DEVICE_MAX},
        "at": {"type": "string", "format": "date-time"},
    },
    example={
        "device": "Firefox on Windows",
        "at": "29 November 2026, 10:30",
        "url": "https://blog.example.org/account",
    },
)
def new_login_mail(device: str, at: str) -> dict[str, Any]:
    """Return what the mail says; `device` is empty if nothing is known of it."""
    logged_in_at = datetime.fromisoformat(at).astimezone(settings().site_zone)
    return {
        "device": device or "an unknown device",
        "at": f"{logged_in_at.day} {logged_in_at:%B %Y, %H:%M}",
        "url": f"{settings().site_url}/account",
    }
