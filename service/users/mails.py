"""The mail that tells the owner of an account, at its former and at its new address, that the address was changed."""

from __future__ import annotations

from typing import Any

from service.core.mail.templates import mail


@mail(
    "email_changed",
    payload={"by_admin": {"type": "boolean"}, "is_former": {"type": "boolean"}},
    example={"by_admin": False, "is_former": True},
)
def email_changed_mail(by_admin: bool, is_former: bool) -> dict[str, Any]:
    """Return what the mail says; `is_former`: it goes to the former address, which can no longer log in."""
    return {"by_admin": by_admin, "is_former": is_former}
