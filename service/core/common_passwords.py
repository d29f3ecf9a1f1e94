"""Passwords that everybody tries first: the 10,000 commonest of leaked ones, in common_passwords.txt."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path


def is_common_password(password: str) -> bool:
    """Tell whether the password is one of the commonest, ignoring case.

    The list has none with fewer characters than a new password must have.
    """
    return unicodedata.normalize("NFKC", password).casefold() in _commonest()


@cache
def _commonest() -> frozenset[str]:
    text = Path(__file__).with_suffix(".txt").read_text(encoding="ascii")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
