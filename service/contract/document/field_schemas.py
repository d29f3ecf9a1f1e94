"""JSON Schemas of RESTX fields that hold no models: their types, bounds and whether they can be null."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any, Literal, TypeGuard

from flask_restx import fields

from ..types import DATE_PATTERN, INT64_MAX, INT64_MIN, PLAIN_TEXT, TIMESTAMP_PATTERN

Role = Literal["output", "input"]
Schema = dict[str, Any]

DECIMAL = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def nullable(field: fields.Raw, role: Role) -> bool:
    """Tell whether `field` can be null.

    As output: unless the field is required, has a default that is not null, or computes its value itself. As input:
    only if declared (`nullable=True`, `Nested(allow_null=True)`).
    """
    declared = bool(field.nullable) or bool(getattr(field, "allow_null", False))
    if role == "input" or declared:
        return declared
    if isinstance(field, fields.Nested):
        return field.as_list and not field.required and field.default is None
    if isinstance(field, (fields.Url, fields.FormattedString, fields.ClassName)) or getattr(
        field, "discriminator", None
    ):
        return False
    has_default = field.default is not None and not callable(field.default)
    return not field.required and not has_default


def with_null(schema: Schema) -> Schema:
    """Return `schema`, extended by null."""
    if "$ref" in schema or "oneOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "type" not in schema:
        return schema
    widened = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


def scalar_schema(field: fields.Raw, role: Role) -> Schema:
    """Return the schema of the values of `field`, without its description and whether it can be null."""
    match field:
        case fields.Fixed() | fields.Arbitrary():
            return _number(field) if role == "input" else {"type": "string", "pattern": DECIMAL}
        case fields.Integer() | fields.Float():
            return _number(field)
        case fields.Boolean():
            return {"type": "boolean"}
        case fields.Date():
            return {"type": "string", "format": "date"}
        case fields.DateTime():
            return (
                {"type": "string", "format": "date-time"}
                if field.dt_format == "iso8601"
                else {"type": "string"}
            )
        case fields.String() | fields.Url() | fields.FormattedString():
            return _string(field)
        case _:
            return _custom(field)


def _string(field: Any) -> Schema:
    members = getattr(field, "enum", None)
    if is_enum_class(members):
        return {"type": "string", "enum": [member.value for member in members]}
    enum = _value(members)
    return without_none(
        type="string",
        minLength=_value(field.min_length),
        maxLength=_value(field.max_length),
        pattern=_value(field.pattern),
        enum=list(enum) if enum else None,
    )


def is_enum_class(members: Any) -> TypeGuard[type[Enum]]:
    """Tell whether the values of a field are declared by an enum class."""
    return isinstance(members, type) and issubclass(members, Enum)


def _number(field: Any) -> Schema:
    """Write the bounds as 2020-12 does: `exclusiveMin=True` makes `min` exclusive, a number is a bound of its own."""
    low, high = _value(field.minimum), _value(field.maximum)
    open_low, open_high = _value(field.exclusiveMinimum), _value(field.exclusiveMaximum)
    schema = without_none(type=field.__schema_type__, multipleOf=_value(field.multiple))
    if open_low is True:
        schema["exclusiveMinimum"] = low
    else:
        schema.update(without_none(minimum=low, exclusiveMinimum=open_low or None))
    if open_high is True:
        schema["exclusiveMaximum"] = high
    else:
        schema.update(without_none(maximum=high, exclusiveMaximum=open_high or None))
    if schema["type"] == "integer":
        _bound_integer(schema)
    return schema


def _bound_integer(schema: Schema) -> None:
    if "minimum" not in schema and "exclusiveMinimum" not in schema:
        schema["minimum"] = INT64_MIN
    if "maximum" not in schema and "exclusiveMaximum" not in schema:
        schema["maximum"] = INT64_MAX


def _custom(field: fields.Raw) -> Schema:
    """Return the schema that an application's own field class declares; `{}` (any value) if it has none."""
    silent = type(field).__schema_type__ == fields.Raw.__schema_type__
    return {} if silent else without_none(type=field.__schema_type__, format=field.__schema_format__)


def bound_input(field: fields.Raw, schema: Schema) -> None:
    """Reject by schema what databases, Python or XML fail on: control characters, leap seconds, lower-case `t`."""
    if schema.get("type") != "string":
        return
    if isinstance(field, fields.DateTime) and "format" in schema:
        schema["pattern"] = TIMESTAMP_PATTERN if schema["format"] == "date-time" else DATE_PATTERN
    elif not {"pattern", "enum", "format"} & set(schema):
        schema["pattern"] = PLAIN_TEXT


def without_none(**members: Any) -> Schema:
    """Return a schema of those `members` that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def _value(declared: Any) -> Any:
    value = declared() if callable(declared) else declared
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
