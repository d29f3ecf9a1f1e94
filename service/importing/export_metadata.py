"""The `[extra.colophon]` table of exported posts: columns that front matter has no key for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from service.contract.document.schemas import Components
from service.contract.types import schema_validator
from service.importing.files import FileRejected
from service.importing.metadata import instant
from service.models.media import ALT_TEXT_MAX, CAPTION_MAX
from service.models.posts import Post, PostStatus
from service.models.users import USERNAME_MAX
from service.posts.schemas import post_input, replacement_defaults

KEY = "colophon"

_USERNAME = re.compile(rf"[A-Za-z0-9_-]{{3,{USERNAME_MAX}}}")
# With keys of their own; of images these are paths in the export.
_HANDLED_APART = frozenset(
    {"title", "slug", "body", "excerpt", "cover_id", "cover_alt_text", "cover_caption", "card_id"}
)
_IMAGE_PATH_MAX = 1_000

# Fields of a post that are stored unchanged (strings, numbers, booleans) and have no front matter key, with the
# defaults of omitted ones.
STORED_AS_SENT: Mapping[str, Any] = {
    name: default
    for name, default in replacement_defaults.items()
    if name in Post.__table__.columns and name not in _HANDLED_APART
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportMetadata:
    """Columns of a post that only our exports contain.

    `author` is a username, empty for a post without an author, None if unknown. `derived_excerpt`: the excerpt is
    derived from the body although that has a `<!-- more -->`.
    `cover` and `card` are the paths of images. `fields` are those of `STORED_AS_SENT`.
    """

    id: UUID | None = None
    author: str | None = None
    created_at: datetime | None = None
    archived: bool = False
    derived_excerpt: bool = False
    cover: str | None = None
    cover_alt_text: str | None = None
    cover_caption: str | None = None
    card: str | None = None
    fields: Mapping[str, Any] = field(default_factory=lambda: STORED_AS_SENT)


def read_export_metadata(extra: Mapping[str, Any]) -> ExportMetadata:
    """Read our table from the front matter; defaults if it has none. Raise `FileRejected` for an invalid value."""
    values = extra.get(KEY)
    if not isinstance(values, Mapping):
        return ExportMetadata()
    keys = _Keys(values)
    return ExportMetadata(
        id=keys.read("id", _uuid7),
        author=keys.read("author", lambda text: text if text == "" or _USERNAME.fullmatch(text) else None),
        created_at=keys.read("created_at", instant),
        archived=keys.read("status", lambda text: text if text == PostStatus.ARCHIVED else None) is not None,
        derived_excerpt=values.get("derived_excerpt") is True,
        cover=keys.read("cover", _up_to(_IMAGE_PATH_MAX)),
        cover_alt_text=keys.read("cover_alt_text", _up_to(ALT_TEXT_MAX)),
        cover_caption=keys.read("cover_caption", _up_to(CAPTION_MAX)),
        card=keys.read("card", _up_to(_IMAGE_PATH_MAX)),
        fields={name: keys.value(name, default) for name, default in STORED_AS_SENT.items()},
    )


def write_export_metadata(own: ExportMetadata) -> dict[str, Any]:
    """Return the table from which `read_export_metadata` reads an equal object."""
    values = {
        "id": str(own.id) if own.id else None,
        "author": own.author,
        "created_at": own.created_at,
        "status": str(PostStatus.ARCHIVED) if own.archived else None,
        "derived_excerpt": own.derived_excerpt or None,
        "cover": own.cover,
        "cover_alt_text": own.cover_alt_text,
        "cover_caption": own.cover_caption,
        "card": own.card,
        **own.fields,
    }
    return {name: value for name, value in values.items() if value is not None}


class _Keys:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def read(self, name: str, understand: Any) -> Any:
        """Return the value that `understand` makes from the string of a key; None if the key is absent."""
        if name not in self._values:
            return None
        text = self._values[name]
        value = understand(text) if isinstance(text, str) else None
        if value is None:
            raise FileRejected(f"its {KEY}.{name} is not one that an export writes")
        return value

    def value(self, name: str, default: Any) -> Any:
        """Return the value of a key, which the API must accept; the default if the key is absent."""
        if name not in self._values:
            return default
        if not _checks()[name](self._values[name]):
            raise FileRejected(f"its {KEY}.{name} is not one that an export writes")
        return self._values[name]


def _up_to(length: int) -> Callable[[str], str | None]:
    return lambda text: text if len(text) <= length else None


def _uuid7(text: str) -> UUID | None:
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if value.version == 7 and str(value) == text else None


@cache
def _checks() -> dict[str, Callable[[Any], bool]]:
    """Return the API's validator for each of `STORED_AS_SENT`."""
    components = Components()
    schemas = {name: components.field(post_input[name], "input", name) for name in STORED_AS_SENT}
    definitions, schemas = components.finish(schemas)
    return {
        name: schema_validator({**schema, "components": {"schemas": definitions}})
        for name, schema in schemas.items()
    }
