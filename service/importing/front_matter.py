"""Parses front matter (TOML, YAML, JSON) of untrusted files, with limits.

The limits are checked before recursive code runs: 64 Ki characters, 5,000 values with all YAML aliases expanded, 32
levels. The result has only dicts with string keys, lists, strings, numbers, booleans, dates and datetimes; nulls are
removed.
"""

from __future__ import annotations

import base64
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import yaml

MAX_CHARACTERS = 65_536
MAX_VALUES = 5_000
MAX_DEPTH = 32
_INT64 = 2**63

# The C loader is 10 times faster and has the same constructors.
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_OPENING = re.compile(r"(\+\+\+|---)[ \t]*\r?\n")
_CLOSING = {
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\r?\n|\Z)", re.MULTILINE),
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE),
}
_YAML_KEY = re.compile(r"[\w-]+[ \t]*:(?:\s|\Z)")
_JSON_OPENING = re.compile(r"\{\s*[\"}]")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_BLANK_LINE = re.compile(r"\r?\n")

# `tags: [1.10, no]` are strings, not 1.1 and false.
_KEYS_OF_TEXT = frozenset(
    [
        "author",
        "authors",
        "categories",
        "category",
        "description",
        "excerpt",
        "slug",
        "summary",
        "tag",
        "tags",
        "title",
    ],
)


class BadFrontMatter(ValueError):
    """The front matter is invalid; the message has the reason."""


class Kind(StrEnum):
    """The format of a front matter."""

    TOML = "TOML"
    YAML = "YAML"
    JSON = "JSON"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parsed values, and the index of the body: after one blank line, if there is one."""

    kind: Kind
    values: dict[str, Any]
    body_start: int


def read(text: str) -> FrontMatter:
    """Parse the front matter at the top of `text`, if there is one.

    Raise `BadFrontMatter` if it is not closed, too large, malformed, not a table, or contains text that databases
    reject (NUL, lone surrogates).
    """
    opening = _OPENING.match(text)
    if opening is not None:
        return _delimited(text, opening)
    if _JSON_OPENING.match(text):
        return _json(text)
    return FrontMatter(Kind.NONE, {}, 0)


def parse(kind: Kind, source: str) -> Any:
    """Parse a whole document of `kind`, such as a site's settings, with the same limits."""
    if len(source) > MAX_CHARACTERS:
        raise BadFrontMatter(f"more than {MAX_CHARACTERS} characters of {kind}")
    try:
        value = _PARSERS[kind](source)
    except BadFrontMatter:
        raise
    except RecursionError:
        raise BadFrontMatter(f"its {kind} is nested too deeply") from None
    # PyYAML's constructors do not catch the errors of int(), date() and failed look-ups.
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError, yaml.YAMLError) as error:
        raise BadFrontMatter(f"its {kind} does not parse: {_first_line(error)}") from error
    return _Plain(kind).value(value)


def _delimited(text: str, opening: re.Match[str]) -> FrontMatter:
    fence = opening[1]
    kind = Kind.TOML if fence == "+++" else Kind.YAML
    closing = _CLOSING[fence].search(text, opening.end(), opening.end() + MAX_CHARACTERS)
    if closing is None:
        if kind is Kind.YAML and not _YAML_KEY.match(text, opening.end()):
            return FrontMatter(Kind.NONE, {}, 0)  # a thematic break, which has the same syntax in Markdown
        raise BadFrontMatter(f"its front matter begins with {fence} and does not end within 64 KiB")
    values = parse(kind, text[opening.end() : closing.start()])
    if values is None:
        values = {}
    if isinstance(values, str):  # text between two thematic breaks
        return FrontMatter(Kind.NONE, {}, 0)
    return FrontMatter(kind, _table(kind, values), _after_blank_line(text, closing.end()))


def _json(text: str) -> FrontMatter:
    try:
        _, end = json.JSONDecoder().raw_decode(text[:MAX_CHARACTERS])
    except (ValueError, RecursionError) as error:
        raise BadFrontMatter(f"its JSON does not parse: {_first_line(error)}") from error
    rest = _REST_OF_LINE.match(text, end)
    if rest is None:
        raise BadFrontMatter("text follows its JSON front matter on the same line")
    return FrontMatter(
        Kind.JSON, _table(Kind.JSON, parse(Kind.JSON, text[:end])), _after_blank_line(text, rest.end())
    )


def _after_blank_line(text: str, index: int) -> int:
    blank = _BLANK_LINE.match(text, index)
    return index if blank is None else blank.end()


def _table(kind: Kind, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise BadFrontMatter(f"its {kind} is not a table of keys and values")
    return values


def _first_line(error: BaseException) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem or error.context} (line {error.problem_mark.line + 1})"
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _parse_yaml(source: str) -> Any:
    _check_depth(yaml.parse(source, Loader=_Loader))
    loader = _Loader(source)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _Expansion().count(node)
        _keep_text(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_depth(events: Iterator[Any]) -> None:
    # Composing is recursive in C, where 60,000 opening brackets crash the process; parsing events is not.
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise BadFrontMatter(f"its YAML is nested more than {MAX_DEPTH} levels deep")


class _Expansion:
    """Counts the nodes of a YAML document with all aliases expanded, against "billion laughs"."""

    def __init__(self) -> None:
        self.seen = 0

    def count(self, node: yaml.Node, depth: int = 0) -> None:
        self.seen += 1
        if self.seen > 2 * MAX_VALUES or depth > MAX_DEPTH:  # twice, because keys count here, too
            raise BadFrontMatter("its YAML aliases expand without end")
        for child in _children(node):
            self.count(child, depth + 1)


def _children(node: yaml.Node) -> Iterable[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return (part for pair in node.value for part in pair)
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def _keep_text(top: yaml.Node) -> None:
    for key, value in top.value if isinstance(top, yaml.MappingNode) else ():
        if key.value in _KEYS_OF_TEXT:
            for node in (value, *(value.value if isinstance(value, yaml.SequenceNode) else ())):
                if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null":
                    node.tag = "tag:yaml.org,2002:str"


_PARSERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TOML: tomllib.loads,
    Kind.YAML: _parse_yaml,
    Kind.JSON: json.loads,
}


class _Plain:
    """Converts parsed values to plain types, and counts them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.seen = 0

    def value(self, value: Any, depth: int = 0) -> Any:
        self.seen += 1
        if self.seen > MAX_VALUES or depth > MAX_DEPTH:
            raise BadFrontMatter(f"its {self.kind} holds more than {MAX_VALUES} values or {MAX_DEPTH} levels")
        if isinstance(value, dict):
            items = ((self.text(str(key)), self.value(item, depth + 1)) for key, item in value.items())
            return {key: item for key, item in items if item is not None}
        if isinstance(value, (list, tuple, set)):
            return [plain for item in value if (plain := self.value(item, depth + 1)) is not None]
        return self.scalar(value)

    def scalar(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, int):  # JSON readers do not support integers of more than 64 bits
            return value if -_INT64 <= value < _INT64 else str(value)
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, time):
            return value.isoformat()
        return value if value is None or isinstance(value, (date, datetime)) else self.text(str(value))

    def text(self, text: str) -> str:
        if "\0" in text or not _encodes(text):
            raise BadFrontMatter(f"its {self.kind} holds a NUL or half of a surrogate pair")
        return text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
