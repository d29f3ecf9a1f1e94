"""The mail that tells the owner of an account that its password was changed."""

from __future__ import annotations

from typing import Any

from service.config import settings
from service.core.mail.templates import mail


@mail(
    "password_changed",
    payload={"by_link": {"type": "boolean"}},
    example={"by_link": False, "url": "https://blog.example.org/forgot-password"},
)
def password_changed_mail(by_link: bool) -> dict[str, Any]:
    """Return what the mail says; `by_link`: with the link of a mail, else with the former password."""
    return {"by_link": by_link, "url": f"{settings().site_url}/forgot-password"}
