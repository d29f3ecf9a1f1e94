"""Generates URL slugs from titles; uniqueness in the database is checked by the callers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from itertools import count

# Letters that NFKD does not decompose, with their usual ASCII spelling.
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
    """Return the slug of a title: `[a-z0-9-]`, at most `max_length` characters, cut at a word boundary if possible.

    Accents are removed and Latin letters become ASCII. Other scripts are left out, not transliterated: the same
    character is read differently in Chinese and Japanese. If nothing is left return `fallback`, which must be a slug.
    """
    plain = unicodedata.normalize("NFKD", title.casefold()).casefold().translate(_LATIN)
    unaccented = "".join(character for character in plain if not unicodedata.combining(character))
    slug = _NOT_SLUG_CHARACTERS.sub("-", _APOSTROPHES.sub("", unaccented)).strip("-")
    return _shorten(slug, max_length) or fallback


def _shorten(slug: str, max_length: int) -> str:
    """Return the whole words of `slug` that fit, or the beginning of a first word that is too long."""
    if len(slug) <= max_length:
        return slug
    words, _, _ = slug[: max_length + 1].rpartition("-")
    return (words or slug[:max_length]).rstrip("-")


def unique_slug(
    base: str, taken: Container[str] | Callable[[str], bool], max_length: int = SLUG_MAX_LENGTH
) -> str:
    """Return `base`, or the first of `base-2`, `base-3` ... that is not `taken`, at most `max_length` characters.

    `taken` is a collection or a predicate. Another transaction may take the slug before it is stored: the unique
    constraint of the table decides.
    """
    is_taken = taken if callable(taken) else taken.__contains__
    if not is_taken(base):
        return base
    numbered = (base[: max_length - 1 - len(str(n))].rstrip("-") + f"-{n}" for n in count(2))
    return next(slug for slug in numbered if not is_taken(slug))
