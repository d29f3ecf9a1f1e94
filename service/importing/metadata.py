"""Interprets the front matter keys of all supported generators.

`publishDate`, `publish_date` and `publishdate` are one key: names are compared without case, `-` and `_`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, TypeVar

T = TypeVar("T")

_PUBLISHED = (
    "publishdate",
    "date",
    "pubdate",
    "publishedat",
    "publishedon",
    "datepublished",
    "published",
    "createdat",
)
_UPDATED = ("updated", "lastmod", "lastmodifiedat", "updatedat", "lastupdated", "modified", "modifiedtime")
_DESCRIPTION = ("description", "summary", "excerpt")
_AUTHORS = ("authors", "author")
_TAGS = ("tags", "tag")
_CATEGORIES = ("categories", "category")
_ALIASES = ("aliases", "alias", "redirectfrom")
_PATHS = ("path", "url", "permalink")
_HIDDEN = frozenset({"draft", "hidden", "pending", "private"})

_LONGEST_DATE = 64
_DATE_FORMATS = (
    "%Y/%m/%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y/%m/%d %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %z",
)
_SCHEME_AND_HOST = re.compile(r"\A(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|Z$)")


class BadMetadata(ValueError):
    """A required key has an invalid value."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The interpreted keys of a front matter; absent ones are `None` or empty.

    `path` and `aliases` are unchanged. `categories` are included in `tags`; Jekyll uses them in paths.
    """

    title: str | None
    published_at: datetime | None
    updated_at: datetime | None
    draft: bool
    description: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    aliases: tuple[str, ...]
    path: str | None
    slug: str | None
    extra: dict[str, Any]


def read_metadata(
    values: Mapping[str, Any], *, split_on_spaces: bool = False, zone: tzinfo = UTC
) -> Metadata:
    """Interpret the `values` of a front matter; unknown keys are kept in `extra`.

    `split_on_spaces`: a string of tags is separated by spaces (Jekyll). `zone`: that of dates which name none.
    Raise `BadMetadata` for an invalid `date`.
    """
    keys = _Keys(values)

    def words(value: Any) -> tuple[str, ...] | None:
        return names(value, split_on_spaces=split_on_spaces)

    def date_in_zone(value: Any) -> datetime | None:
        return instant(value, zone)

    draft = _is_draft(keys)  # before the dates: `published` can be a boolean or a date
    published_at = keys.first(_PUBLISHED, date_in_zone)
    if published_at is None and (raw := keys.peek("date")) not in (None, ""):
        raise BadMetadata(f"its date {str(raw)[:40]!r} is not a valid date")
    categories = keys.all(_CATEGORIES, words)
    tags = keys.all(_TAGS, words)
    return Metadata(
        title=keys.first(("title",), _text),
        published_at=published_at,
        updated_at=keys.first(_UPDATED, date_in_zone),
        draft=draft,
        description=keys.first(_DESCRIPTION, _text),
        authors=_authors(keys),
        tags=_distinct((*tags, *categories)),
        categories=_distinct(categories),
        aliases=keys.all(_ALIASES, _alias_list),
        path=keys.first(_PATHS, _text),
        slug=keys.first(("slug",), _text),
        extra=json_able(keys.rest()),
    )


class _Keys:
    """The keys of a front matter; each is consumed at most once, the remaining ones become `extra`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        taxonomies = values.get("taxonomies")
        if isinstance(taxonomies, Mapping):  # Zola's table for keys that others have at the top level
            self._values["taxonomies"] = dict(taxonomies)
        self._names = {folded(key): key for key in values}

    def peek(self, name: str) -> Any:
        return self._values.get(self._names.get(name, ""))

    def has(self, names: Iterable[str]) -> bool:
        return any(name in self._names for name in names)

    def first(self, names: Iterable[str], read: Callable[[Any], T | None]) -> T | None:
        """Consume the first of `names` with a value that `read` accepts."""
        return next(self._understood(names, read), None)

    def all(self, names: tuple[str, ...], read: Callable[[Any], tuple[str, ...] | None]) -> tuple[str, ...]:
        """Consume all of `names`, at the top level and in the taxonomies, as one list."""
        found = [*self._understood(names, read)]
        taxonomies = self._values.get("taxonomies")
        if isinstance(taxonomies, dict):
            for key in [key for key in taxonomies if folded(key) in names]:
                if (value := read(taxonomies[key])) is not None:
                    found.append(value)
                    del taxonomies[key]
        return tuple(item for value in found for item in value)

    def _understood(self, names: Iterable[str], read: Callable[[Any], T | None]) -> Iterator[T]:
        for name in names:
            key = self._names.get(name)
            if key is None or key not in self._values:
                continue
            raw = self._values[key]
            value = read(raw)
            if value is not None or raw == "":
                del self._values[key]
            if value is not None:
                yield value

    def rest(self) -> dict[str, Any]:
        rest = {key: value for key, value in self._values.items() if value != {} or key != "taxonomies"}
        inner = rest.get("extra")
        if isinstance(inner, Mapping) and not (inner.keys() & (rest.keys() - {"extra"})):
            del rest["extra"]
            rest |= inner
        return rest

    def take_extra(
        self, names: Iterable[str], read: Callable[[Any], tuple[str, ...] | None]
    ) -> tuple[str, ...]:
        """Consume `names` of Zola's `[extra]`, where themes look for keys that older versions of Zola did not have."""
        inner = self._values.get("extra")
        if not isinstance(inner, Mapping):
            return ()
        for key in [key for key in inner if folded(key) in names]:
            if value := read(inner[key]):
                self._values["extra"] = {other: kept for other, kept in inner.items() if other != key}
                return value
        return ()


def folded(key: str) -> str:
    """Return a key as it is compared: without case, `-` and `_`."""
    return key.lower().replace("_", "").replace("-", "")


def _is_draft(keys: _Keys) -> bool:
    draft = keys.first(("draft",), _flag)
    published = keys.first(("published",), _flag)
    # Kept in `extra`, too, and respected: hidden posts must not be imported as public ones.
    hidden = str(keys.peek("status")).lower() in _HIDDEN or _flag(keys.peek("private")) is True
    return draft is True or published is False or hidden


def _authors(keys: _Keys) -> tuple[str, ...]:
    known = keys.has(_AUTHORS)
    authors = _distinct(keys.all(_AUTHORS, people))
    return authors if authors or known else keys.take_extra(_AUTHORS, people)


def _flag(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    if isinstance(value, (dict, list, bool)) or value is None:
        return None
    return str(value).strip() or None


def instant(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """Return a timestamp in UTC, or `None`; a date means midnight, and what has no offset is in `zone`."""
    try:
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, time.min, zone).astimezone(UTC)
        if (isinstance(value, str) and len(value) <= _LONGEST_DATE) or (
            isinstance(value, int) and 10**7 <= value < 10**8
        ):
            return instant(_parsed(str(value).strip()), zone)
    except (ValueError, OverflowError):  # OverflowError: with its offset it is before year 1 or after 9999
        return None
    return None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_SPACE_BEFORE_OFFSET.sub("", text))
    except ValueError:
        for pattern in _DATE_FORMATS:
            try:
                return datetime.strptime(text, pattern)  # noqa: DTZ007 `instant` adds the zone
            except ValueError:
                continue
    return None


def names(value: Any, *, split_on_spaces: bool = False) -> tuple[str, ...] | None:
    """Return the names in a list, or in a string separated by commas (or spaces), or `None`."""
    if isinstance(value, str):
        if "," in value:
            return _distinct(value.split(","))
        return _distinct(value.split() if split_on_spaces else [value])
    return people(value)


def people(value: Any) -> tuple[str, ...] | None:
    """Return the names in a string, a table with a `name`, or a list of these; strings are not split."""
    if not isinstance(value, list):
        name = _name(value)
        return None if name is None else _distinct([name])
    found = [_name(item) for item in value]
    return None if None in found else _distinct(name for name in found if name is not None)


def _name(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("name", "title", "label", "value") if key in value), None)
    if isinstance(value, str):
        return value
    return None if value is None or isinstance(value, (Mapping, list, bool)) else str(value)


def _distinct(items: Iterable[str]) -> tuple[str, ...]:
    """Remove duplicates (ignoring case) and empty strings, in order."""
    distinct: dict[str, str] = {}
    for item in items:
        if stripped := item.strip():
            distinct.setdefault(stripped.casefold(), stripped)
    return tuple(distinct.values())


def _alias_list(value: Any) -> tuple[str, ...] | None:
    items = value if isinstance(value, list) else [value]
    usable = all(isinstance(item, str) and site_path(item) is not None for item in items)
    return tuple(item.strip() for item in items) if usable else None


def site_path(text: str) -> str | None:
    """Return the path of a URL within its site: with a leading `/`, without a trailing one.

    `None` if it has a query, a fragment, `..` or control characters.
    """
    path = _SCHEME_AND_HOST.sub("", text.strip())
    segments = [segment.strip() for segment in path.split("/")]
    if "?" in path or "#" in path or ".." in segments or not path.isprintable():
        return None
    return "/" + "/".join(segment for segment in segments if segment not in ("", "."))


def json_able(value: Any) -> Any:
    """Return `value` with dates converted to strings."""
    if isinstance(value, Mapping):
        return {key: json_able(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_able(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
