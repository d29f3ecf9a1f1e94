"""Converts Flask URL rules to OpenAPI path templates and path parameters."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_restx.swagger import extract_path, parse_rule
from werkzeug.routing import IntegerConverter
from werkzeug.routing.rules import parse_converter_args

from .errors import ContractError
from .types import INT64_MAX


class AsciiIntegerConverter(IntegerConverter):
    """Accepts JSON integers: werkzeug's own converter also accepts Arabic digits and leading zeros.

    Numbers beyond 64 bits match no rule, so that they are 404 before they reach a database.
    """

    regex = r"(?:0|[1-9][0-9]{0,18})"

    def __init__(
        self,
        map: Any,
        fixed_digits: int = 0,
        min: int | None = None,
        max: int | None = None,
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, INT64_MAX if max is None else max, signed)


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A variable of a path: its name, JSON Schema, description and example."""

    name: str
    schema: Mapping[str, Any]
    description: str | None
    example: Any


def document_path(rule: str) -> str:
    """Return the OpenAPI path template of a Flask rule: `/posts/<int:post_id>` is `/posts/{post_id}`."""
    path: str = extract_path(rule)
    return path.rstrip("/") or "/"


def path_parameters(rule: str, documented: Mapping[str, Any]) -> tuple[PathParameter, ...]:
    """Return the variables of `rule`, with the documentation in `documented` (RESTX's `params`)."""
    parameters = []
    for converter, arguments, name in parse_rule(rule):
        if converter is not None:
            note = documented.get(name, {})
            schema = _schema(converter, arguments or "", rule)
            parameters.append(PathParameter(name, schema, note.get("description"), note.get("example")))
    return tuple(parameters)


def _schema(converter: str, arguments: str, rule: str) -> dict[str, Any]:
    positional, named = parse_converter_args(arguments)
    match converter:
        case "int":
            low = named.get("min", -INT64_MAX - 1 if named.get("signed") else 0)
            return {"type": "integer", "minimum": low, "maximum": named.get("max", INT64_MAX)}
        case "float":
            bounds = {
                "minimum": named.get("min", None if named.get("signed") else 0),
                "maximum": named.get("max"),
            }
            return {"type": "number", **{key: value for key, value in bounds.items() if value is not None}}
        case "uuid":
            return {"type": "string", "format": "uuid"}
        case "any":
            return {"type": "string", "enum": list(positional)}
        case "path":
            return {"type": "string", "minLength": 1, "pattern": r"^[^/\u0000][^\u0000]*$"}
        case "string" | "default":
            return _text(named)
        case _:
            raise ContractError(f"{rule}: the URL converter {converter!r} is not supported")


def _text(named: Mapping[str, Any]) -> dict[str, Any]:
    length = named.get("length")
    schema: dict[str, Any] = {"type": "string", "minLength": length or named.get("minlength", 1)}
    if length or named.get("maxlength"):
        schema["maxLength"] = length or named["maxlength"]
    return {**schema, "pattern": r"^[^/\u0000]+$"}


def is_storable(value: Any) -> bool:
    """Tell whether a path variable can be stored in a database: no NUL, no number beyond 64 bits."""
    if isinstance(value, str):
        return "\x00" not in value and not re.search("[\ud800-\udfff]", value)
    if isinstance(value, int):
        return -INT64_MAX - 1 <= value <= INT64_MAX
    return isinstance(value, float | uuid.UUID) or value is not None
