"""What does an export say of a post that front matter has no key for? It stands under `[extra.colophon]`."""

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
from service.models.posts import Post, PostStatus
from service.models.users import USERNAME_MAX
from service.posts.schemas import post_input, replacement_defaults

KEY = "colophon"

_USERNAME = re.compile(rf"[A-Za-z0-9_-]{{3,{USERNAME_MAX}}}")
_IN_FRONT_MATTER = frozenset({"title", "slug", "body", "excerpt"})

# The fields of a post that are stored as its author sends them (texts, numbers, booleans), and the value of an
# omitted one. Front matter has no key for them.
STORED_AS_SENT: Mapping[str, Any] = {
    name: default
    for name, default in replacement_defaults.items()
    if name in Post.__table__.columns and name not in _IN_FRONT_MATTER
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportMetadata:
    """The columns of a post that only an export of this service knows.

    `author` is a username, or empty for a post that nobody's account wrote; None where nothing is said of it.
    `derived_excerpt`: the excerpt follows from the body, although the body has a mark that says where it ends.
    `fields` are those of `STORED_AS_SENT`.
    """

    id: UUID | None = None
    author: str | None = None
    created_at: datetime | None = None
    archived: bool = False
    derived_excerpt: bool = False
    fields: Mapping[str, Any] = field(default_factory=lambda: STORED_AS_SENT)


def read_export_metadata(extra: Mapping[str, Any]) -> ExportMetadata:
    """Return what a front matter says under our key, nothing if it has none; raise `FileRejected` for a bad value."""
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
        fields={name: keys.value(name, default) for name, default in STORED_AS_SENT.items()},
    )


def write_export_metadata(own: ExportMetadata) -> dict[str, Any]:
    """Return the table that `read_export_metadata` reads as `own`."""
    values = {
        "id": str(own.id) if own.id else None,
        "author": own.author,
        "created_at": own.created_at,
        "status": str(PostStatus.ARCHIVED) if own.archived else None,
        "derived_excerpt": own.derived_excerpt or None,
        **own.fields,
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
            raise FileRejected(f"its {KEY}.{name} is not one that an export writes")
        return found

    def value(self, name: str, default: Any) -> Any:
        """Return the value of a key, which must be one that the API takes; the default where the key is absent."""
        if name not in self._values:
            return default
        if not _checks()[name](self._values[name]):
            raise FileRejected(f"its {KEY}.{name} is not one that an export writes")
        return self._values[name]


def _uuid7(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if found.version == 7 and str(found) == text else None


@cache
def _checks() -> dict[str, Callable[[Any], bool]]:
    """Return for each of `STORED_AS_SENT` the check that the API has for it."""
    components = Components()
    schemas = {name: components.field(post_input[name], "input", name) for name in STORED_AS_SENT}
    found, schemas = components.finish(schemas)
    return {
        name: schema_validator({**schema, "components": {"schemas": found}})
        for name, schema in schemas.items()
    }
