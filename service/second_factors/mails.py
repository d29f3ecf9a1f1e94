"""The mails that tell the owner of an account what happened to its two-factor authentication."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from service.config import settings
from service.core.mail.templates import mail
from service.second_factors.codes import RECOVERY_CODES


class Change(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    APP_REMOVED = "app_removed"
    RESET = "reset"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"


_URL_EXAMPLE = "https://blog.example.org/account/two-factor"


@mail(
    "second_factor_changed",
    payload={"change": {"enum": [change.value for change in Change]}},
    example={"change": "added", "url": _URL_EXAMPLE},
)
def second_factor_changed_mail(change: str) -> dict[str, Any]:
    """Return what the mail says."""
    return {"change": change, "url": _url()}


@mail(
    "recovery_code_used",
    payload={"codes_left": {"type": "integer", "minimum": 0, "maximum": RECOVERY_CODES}},
    example={"codes_left": 9, "url": _URL_EXAMPLE},
)
def recovery_code_used_mail(codes_left: int) -> dict[str, Any]:
    """Return what the mail says; `codes_left` is how many recovery codes the account has left."""
    return {"codes_left": codes_left, "url": _url()}


def _url() -> str:
    return f"{settings().site_url}/account/two-factor"
