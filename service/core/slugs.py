"""Which readable part of an address does a title give?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from itertools import count

# Letters that NFKD leaves whole though Latin scripts write them with ASCII as well.
_LATIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ß": "ss",
        "þ": "th",
        "ð": "d",
        "đ": "d",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
        "ŋ": "n",
    }
)
_APOSTROPHES = re.compile(r"['\u2019\u02bc]")
_NOT_SLUG_CHARACTERS = re.compile(r"[^a-z0-9]+")

SLUG_MAX_LENGTH = 80


def slugify(title: str, max_length: int = SLUG_MAX_LENGTH, fallback: str = "") -> str:
    """Return `title` as `[a-z0-9-]`, at most `max_length` characters, cut after a word where there is one to cut at.

    Accents go, Latin letters become ASCII. Other scripts are left out rather than spelt wrongly: the same character
    reads differently in Chinese and Japanese. Where nothing is left the slug is `fallback`, say the post's id or
    date: the caller's, for it must be a slug already.
    """
    plain = unicodedata.normalize("NFKD", title.casefold()).casefold().translate(_LATIN)
    unaccented = "".join(character for character in plain if not unicodedata.combining(character))
    slug = _NOT_SLUG_CHARACTERS.sub("-", _APOSTROPHES.sub("", unaccented)).strip("-")
    return _shorten(slug, max_length) or fallback


def _shorten(slug: str, max_length: int) -> str:
    """Return as many whole words of `slug` as fit; a part of the first where it alone is too long."""
    if len(slug) <= max_length:
        return slug
    words, _, _ = slug[: max_length + 1].rpartition("-")
    return (words or slug[:max_length]).rstrip("-")


def unique_slug(
    base: str, taken: Container[str] | Callable[[str], bool], max_length: int = SLUG_MAX_LENGTH
) -> str:
    """Return `base`, or the first of `base-2`, `base-3` ... that is not `taken`, at most `max_length` long.

    `taken` is a collection or a question; the answer may be out of date by the time the slug is stored, so
    the constraint of the table has the last word.
    """
    is_taken = taken if callable(taken) else taken.__contains__
    if not is_taken(base):
        return base
    numbered = (base[: max_length - 1 - len(str(n))].rstrip("-") + f"-{n}" for n in count(2))
    return next(slug for slug in numbered if not is_taken(slug))
