"""Argument types for `reqparse` (integer, string, timestamp, ...), each with an exact JSON Schema.

Each type is a callable for `reqparse`'s `type=` that accepts exactly the texts its `__schema__` accepts: the JSON
literal of a number or a boolean, and any other value as the text itself. It raises `ValueError` with a message for the
client that never repeats the value::

    parser.add_argument("page", type=integer(1, 10_000), location="args", default=1, help="The page.")
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - `date` is the argument type below
from math import inf
from sys import float_info
from typing import Any, Generic, TypeVar
from uuid import UUID

import jsonschema_rs

from .errors import ContractError

T = TypeVar("T")
Schema = dict[str, Any]

_pattern_errors: dict[str, str] = {}


def with_error(pattern: str, error: str) -> str:
    """Return `pattern`, and have clients told `error` where a value in a body does not match it."""
    _pattern_errors[pattern] = error
    return pattern


def pattern_error(pattern: str) -> str:
    """Return the sentence for a value that does not match `pattern`."""
    return _pattern_errors.get(pattern, "It does not match the required pattern.")


# As the example of a field, which without one shows what it holds when it is not null.
NULL: Any = object()

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
NO_NUL = with_error(r"^[^\u0000]*$", "It must not contain the character NUL.")
# For a character class: control characters except tab, line feed and carriage return, and U+FFFE and U+FFFF. XML has no
# place for most of them. It has for U+007F-009F, which HTML forbids: they come from bytes that were decoded wrongly.
# Lone surrogates are missing because no expression for all dialects can name them: JSON bodies are searched for them,
# and parameters cannot contain any.
CONTROL_CHARACTERS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff"
# The pattern of every string in an input model that has none of its own.
PLAIN_TEXT = with_error(rf"^[^{CONTROL_CHARACTERS}]*$", "It must not contain control characters.")
DATE_PATTERN = with_error(r"^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}$", "It must be a date such as 2026-11-21.")
# Not accepted, although RFC 3339 and the validators' `date-time` are: a lower-case t or z, the leap second 60,
# the year 0, on the first and last days of the calendar offsets that lead out of it, and more than nine
# digits of a second.
TIMESTAMP_PATTERN = with_error(
    r"^(?!0000|0001-01-01T.*\+|9999-12-31T.*-)[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"T[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$",
    "It must be a time with its offset, such as 2026-11-21T14:30:00Z.",
)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
# The largest finite double has 309 digits: a longer literal is out of any bounds and need not be parsed.
_MAX_DIGITS = 309
_CANNOT_MATCH_NUL = re.compile(r"\^(?:[^.|\\\x00]|\\[^DWSPxu0cpk])*\$")


class ArgumentType(Generic[T]):
    """A `type=` for reqparse whose `__schema__` describes exactly the strings that it accepts."""

    __slots__ = ("__schema__", "_convert", "example")

    def __init__(self, schema: Schema, convert: Callable[[str], T], example: Any = None) -> None:
        self.__schema__ = schema
        self._convert = convert
        self.example = example
        if example is not None and not schema_validator(schema)(example):
            raise ContractError(f"the example {example!r} does not match {schema}")

    def __call__(self, value: str) -> T:
        """Return the converted `value`; `ValueError` unless the schema accepts it."""
        return self._convert(value)

    def __deepcopy__(self, memo: object) -> ArgumentType[T]:
        """Return the same object: it is immutable, and `RequestParser.copy` cannot construct another."""
        return self


def integer(
    minimum: int = INT64_MIN, maximum: int = INT64_MAX, *, example: int | None = None
) -> ArgumentType[int]:
    """Return the type of integers within bounds, written as in JSON: no `+3`, `03`, `3.0`."""
    schema = _bounded("integer", minimum, maximum)
    sentence = constraint_message(schema)

    def convert(text: str) -> int:
        if len(text) <= _MAX_DIGITS + 1 and _WHOLE.fullmatch(text):
            value = int(text)
            if minimum <= value <= maximum:
                return value
        raise ValueError(sentence)

    return ArgumentType(schema, convert, example)


def number(
    minimum: float = -float_info.max, maximum: float = float_info.max, *, example: float | None = None
) -> ArgumentType[float]:
    """Return the type of JSON numbers from `minimum` to `maximum`, without NaN and infinities."""
    schema = _bounded("number", minimum, maximum)
    sentence = constraint_message(schema)

    def convert(text: str) -> float:
        value = json_number(text)
        if value is None or not minimum <= value <= maximum:
            raise ValueError(sentence)
        return float(value)

    return ArgumentType(schema, convert, example)


def string(
    *,
    max_length: int,
    min_length: int = 0,
    pattern: str | None = None,
    format: str | None = None,
    example: str | None = None,
) -> ArgumentType[str]:
    """Return the type of strings of `min_length` to `max_length` code points.

    `pattern` is an ECMA 262 expression, searched for as in JSON Schema: anchor it. NUL is never accepted.
    """
    if not 0 <= min_length <= max_length:
        raise ContractError(f"min_length={min_length} and max_length={max_length} allow no string")
    lengths = {"minLength": min_length, "maxLength": max_length} if min_length else {"maxLength": max_length}
    schema: Schema = {"type": "string", **lengths, **({"format": format} if format else {})}
    return _text(without_nul({**schema, "pattern": pattern} if pattern else schema), str, example)


def without_nul(schema: Schema) -> Schema:
    """Return the schema of a string, narrowed so that it accepts no NUL."""
    pattern = schema.get("pattern")
    if pattern is None:
        return {**schema, "pattern": NO_NUL}
    if pattern == NO_NUL or _CANNOT_MATCH_NUL.fullmatch(pattern.replace("[^", "\0")):
        return schema
    # With the type repeated: client generators treat a subschema without one as `unknown`.
    kind = {"type": schema["type"]} if "type" in schema else {}
    return {**schema, "allOf": [*schema.get("allOf", []), {**kind, "pattern": NO_NUL}]}


def schema_validator(schema: Schema) -> Callable[[Any], bool]:
    """Return the compiled check of `schema`, formats included; lone surrogates match nothing.

    Raises `ContractError` if it is not a JSON Schema 2020-12.
    """
    try:
        is_valid = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid
    except (ValueError, jsonschema_rs.ValidationError) as error:
        raise ContractError(f"{schema} is not a valid JSON Schema") from error

    def check(value: Any) -> bool:
        try:
            return is_valid(value)
        except UnicodeEncodeError:
            return False

    return check


def json_number(text: str) -> int | float | None:
    """Return the finite number that the JSON literal `text` stands for, or None. Integers are exact."""
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) <= _MAX_DIGITS + 1 else None
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if -inf < value < inf else None


def coerce_json_value(schema: Schema, value: Any) -> Any:
    """Return the JSON number or boolean that a string stands for if `schema` wants one; else the value itself."""
    match schema.get("type"):
        case "integer" | "number" if isinstance(value, str):
            number = json_number(value)
            return value if number is None else number
        case "boolean":
            return {"true": True, "false": False}.get(value, value)
        case _:
            return value


def constraint_message(schema: Schema) -> str:
    """Return the message for clients that says what `schema` accepts."""
    if "enum" in schema:
        return f"It must be one of: {', '.join(str(value) for value in schema['enum'])}."
    if "format" in schema and schema["format"] in _FORMATS:
        return f"It must be {_FORMATS[schema['format']]}."
    match schema.get("type"):
        case "integer" | "number" as kind:
            name = "a whole number" if kind == "integer" else "a number"
            least, most = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
            bounded = None not in (least, most) and most != float_info.max
            return f"It must be {name} from {least} to {most}." if bounded else f"It must be {name}."
        case "boolean":
            return "It must be true or false."
        case "string":
            return f"It must be {_described_text(schema)}."
    return "It is not valid."


_FORMATS = {
    "date": "a date such as 2026-11-21",
    "date-time": "a date and time with an offset such as 2026-11-21T14:30:00Z",
    "uuid": "a UUID",
    "email": "an e-mail address",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "ip": "an IP address",
    "uri": "a URI",
    "url": "a URL",
}


def _described_text(schema: Schema) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    length = (
        f" of {least} to {most} characters"
        if most is not None
        else f" of at least {least} characters" * (least > 0)
    )
    pattern = schema.get("pattern")
    return (
        f"a string{length}, without NUL"
        if pattern in (None, NO_NUL)
        else f"a string{length} that matches {pattern}"
    )


def _bounded(kind: str, minimum: float, maximum: float) -> Schema:
    if not -inf < minimum <= maximum < inf:
        raise ContractError(f"minimum={minimum} and maximum={maximum} allow no {kind}")
    return {"type": kind, "minimum": minimum, "maximum": maximum}


def _text(schema: Schema, convert: Callable[[str], T], example: str | None = None) -> ArgumentType[T]:
    """Return a type of strings: `convert` takes every string that `schema` accepts."""
    matches, sentence = schema_validator(schema), constraint_message(schema)

    def check_and_convert(text: str) -> T:
        if not matches(text):
            raise ValueError(sentence)
        return convert(text)

    return ArgumentType(schema, check_and_convert, example)


def _to_bool(text: str) -> bool:
    if text == "true":
        return True
    if text == "false":
        return False
    raise ValueError("It must be true or false.")


def _to_utc(text: str) -> datetime:
    """Return the aware datetime in UTC; digits beyond microseconds are cut off."""
    return datetime.fromisoformat(text).astimezone(UTC)


boolean = ArgumentType({"type": "boolean"}, _to_bool)
timestamp = _text(
    {"type": "string", "format": "date-time", "pattern": TIMESTAMP_PATTERN},
    _to_utc,
    example="2026-11-21T14:30:00Z",
)
date = _text(
    {"type": "string", "format": "date", "pattern": DATE_PATTERN}, Date.fromisoformat, example="2026-11-21"
)
# Strings of any length: Python's own `str`, for applications that set no limit.
text = _text(without_nul({"type": "string"}), str)
uuid = _text({"type": "string", "format": "uuid"}, UUID, example="01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12")
