"""Compares single JSON values, and checks a value against the bounds of a value set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .documents import canonical_json

# In Python classes such as `\\d` match more characters, groups are named differently, and `$` matches before a newline.
NOT_IN_COMMON = re.compile(r"\\(?!u[0-9A-Fa-f]{4})[A-Za-z0-9]|\(\?[<P]")


def key(value: Any) -> str:
    """Return a text that is equal for values that JSON Schema considers equal: `1` and `1.0`."""
    return canonical_json(_plain(value)).decode()


def _plain(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(inner) for inner in value]
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case _:
            return value


def kind_of(value: Any) -> str:
    """Return the JSON Schema type of a value; integers are numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def exact(number: float) -> Fraction:
    """Return the exact decimal value of a number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def matches(pattern: str, text: str) -> bool | None:
    """Tell whether a text matches; None if Python may read the pattern differently from ECMA."""
    if NOT_IN_COMMON.search(pattern) or text.endswith("\n"):
        return None
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return None
