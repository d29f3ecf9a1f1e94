"""What does an export say of a post that front matter has no key for? It stands under `[extra.colophon]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from service.importing.files import Refused
from service.importing.metadata import instant
from service.models.posts import SEO_DESCRIPTION_MAX, SEO_TITLE_MAX, URL_MAX, PostStatus
from service.models.users import USERNAME_MAX
from service.posts.schemas import HTTP_URL
from service.tags.schemas import LINE

T = TypeVar("T")

KEY = "colophon"

_USERNAME = re.compile(rf"[A-Za-z0-9_-]{{3,{USERNAME_MAX}}}")
_LINE = re.compile(LINE)
_HTTP_URL = re.compile(HTTP_URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """The columns of a post that only an export of this service knows.

    `author` is a username, or empty for a post that nobody's account wrote; None where nothing is said of it.
    `derived_excerpt`: the excerpt follows from the body, although the body has a mark that says where it ends.
    """

    id: UUID | None = None
    author: str | None = None
    created_at: datetime | None = None
    archived: bool = False
    derived_excerpt: bool = False
    seo_title: str | None = None
    seo_description: str | None = None
    canonical_url: str | None = None


def read_own_keys(extra: Mapping[str, Any]) -> OwnKeys:
    """Return what a front matter says under our key, nothing if it has none; raise `Refused` for a bad value."""
    values = extra.get(KEY)
    if not isinstance(values, Mapping):
        return OwnKeys()
    keys = _Keys(values)
    return OwnKeys(
        id=keys.read("id", _uuid7),
        author=keys.read("author", lambda text: text if text == "" or _USERNAME.fullmatch(text) else None),
        created_at=keys.read("created_at", instant),
        archived=keys.read("status", lambda text: text if text == PostStatus.ARCHIVED else None) is not None,
        derived_excerpt=values.get("derived_excerpt") is True,
        seo_title=keys.read("seo_title", lambda text: _matching(_LINE, text, SEO_TITLE_MAX)),
        seo_description=keys.read(
            "seo_description", lambda text: text if 0 < len(text) <= SEO_DESCRIPTION_MAX else None
        ),
        canonical_url=keys.read("canonical_url", lambda text: _matching(_HTTP_URL, text, URL_MAX)),
    )


def write_own_keys(own: OwnKeys) -> dict[str, Any]:
    """Return the table that `read_own_keys` reads as `own`."""
    values = {
        "id": str(own.id) if own.id else None,
        "author": own.author,
        "created_at": own.created_at,
        "status": str(PostStatus.ARCHIVED) if own.archived else None,
        "derived_excerpt": own.derived_excerpt or None,
        "seo_title": own.seo_title,
        "seo_description": own.seo_description,
        "canonical_url": own.canonical_url,
    }
    return {name: value for name, value in values.items() if value is not None}


class _Keys:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def read(self, name: str, understand: Any) -> Any:
        """Return what `understand` makes of the text of a key; None where the key is absent."""
        if name not in self._values:
            return None
        text = self._values[name]
        found = understand(text) if isinstance(text, str) else None
        if found is None:
            raise Refused(f"its {KEY}.{name} is not one that an export writes")
        return found


def _uuid7(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if found.version == 7 and str(found) == text else None


def _matching(pattern: re.Pattern[str], text: str, max_length: int) -> str | None:
    return text if len(text) <= max_length and pattern.fullmatch(text) else None
