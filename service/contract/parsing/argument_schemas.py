"""Schemas of the choices, defaults and lists of an argument."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from .. import types
from ..errors import ContractError
from ..types import Schema
from .argument_types import ValueType

NOT_SERIALIZABLE: Any = object()
_NO_COMMA = r"^[^,\u0000]*$"


def choices_of(declared: Any) -> list[Any] | None:
    """Return the choices in a fixed order, or None if there are none."""
    if not declared.choices:
        return None
    given = declared.choices
    choices = (
        sorted(given, key=lambda value: (str(type(value)), value))
        if isinstance(given, set | frozenset)
        else list(given)
    )
    if not declared.case_sensitive:
        choices = [choice.lower() if isinstance(choice, str) else choice for choice in choices]
    return choices


def choices_as_sent(choices: list[Any], value: ValueType, schema: Schema) -> list[Any] | None:
    """Return the choices as they are sent, or None if that cannot be determined."""
    wires = [to_json_value(choice) for choice in choices]
    if schema.get("type") != "string":
        return None if NOT_SERIALIZABLE in wires else wires
    texts = [wire if isinstance(wire, str) else str(wire) for wire in wires]
    try:
        values = [value.from_text(text) for text in texts]
    except ValueError:
        return None
    return texts if values == choices else None


def to_json_value(value: Any) -> Any:
    """Return `value` as a JSON value, or the marker for a value that JSON cannot hold."""
    match value:
        case Enum():
            return to_json_value(value.value)
        case bool() | int() | float() | str() | None:
            return value
        case datetime() | date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case list() | tuple():
            wires = [to_json_value(item) for item in value]
            return NOT_SERIALIZABLE if any(wire is NOT_SERIALIZABLE for wire in wires) else wires
    return NOT_SERIALIZABLE


def without_commas(schema: Schema) -> Schema:
    """Return the schema of one item of a comma-separated list."""
    if schema.get("type") != "string" or schema.get("format") in {"date", "date-time", "uuid"}:
        return schema
    if "enum" in schema:
        if any("," in choice for choice in schema["enum"]):
            raise ContractError(f"{schema['enum']} cannot be sent as a list with commas")
        return schema
    if schema.get("pattern") == types.NO_NUL:
        return {**schema, "pattern": _NO_COMMA}
    return {**schema, "allOf": [*schema.get("allOf", []), {"pattern": _NO_COMMA}]}


def make_nullable(schema: Schema, nullable: bool) -> Schema:
    """Return `schema`, nullable if `nullable` says so."""
    if not nullable or not schema:
        return schema
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
