"""Maps the `type=` of a reqparse argument to its JSON Schema and its conversion, for any RESTX application.

Types of this package have a schema. Python's `int`, `float`, `bool` and `str` become ours, so that `1_000`, ` 3 `,
Arabic digits and `bool("false")` are refused. For `flask_restx.inputs` and for other callables with a `__schema__`, the
schema is corrected and checks the value first; the callable then converts it. A callable without a schema is documented
as a string (in a JSON body: as any value), and a value that it refuses is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from flask_restx import inputs
from flask_restx.marshalling import marshal
from flask_restx.model import ModelBase
from werkzeug.datastructures import FileStorage

from .. import types
from ..errors import ContractError
from ..types import ArgumentType, Schema

Convert = Callable[[Any], Any]
FILE_SCHEMA: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of one value: its schema as a string and in a JSON body, and the conversion of each.

    The converters raise `ValueError` with a message for the client. `from_json` takes values that match `json_schema`.
    """

    schema: Schema
    from_text: Convert
    json_schema: Schema
    from_json: Convert
    example: Any = None


def value_type(declared: Any, name: str, *, strict: bool) -> ValueType:
    """Return the type of the argument `name` that `type=declared` stands for.

    With `strict`, a type without a schema raises `ContractError`.
    """
    if isinstance(declared, ArgumentType):
        return _own(declared)
    if isinstance(declared, type) and declared in _BUILTIN:
        return _own(_BUILTIN[declared])
    if declared is FileStorage:
        return ValueType(FILE_SCHEMA, _as_it_is, FILE_SCHEMA, _as_it_is)
    schema = _schema_of(declared)
    if schema is None and strict:
        raise ContractError(f"the argument {name!r}: {declared!r} has no __schema__")
    return (
        _type_with_schema(declared, name, schema)
        if schema is not None
        else _type_without_schema(declared, name)
    )


def _own(declared: ArgumentType[Any]) -> ValueType:
    schema = declared.__schema__
    plain: Convert = {"integer": int, "number": float, "boolean": bool}.get(schema["type"], declared)
    return ValueType(
        schema, declared, schema, _as_value_error(plain, types.constraint_message(schema)), declared.example
    )


def _type_with_schema(declared: Any, name: str, schema: Schema) -> ValueType:
    """Return the type of a callable with a schema: the schema is checked first."""
    try:
        matches = types.schema_validator(schema)
    except ContractError:  # a pattern that only Python's `re` understands: only the callable decides
        schema = types.without_nul({key: value for key, value in schema.items() if key != "pattern"})
        matches = types.schema_validator(schema)
    sentence, read = types.constraint_message(schema), _reader(schema)
    convert = _as_value_error(_stock_call(declared, name), sentence)

    def from_text(text: str) -> Any:
        if not matches(read(text)):
            raise ValueError(sentence)
        return convert(text)

    return ValueType(schema, from_text, schema, convert)


def _type_without_schema(declared: Any, name: str) -> ValueType:
    convert = _as_value_error(_stock_call(declared, name), "It is not valid.")
    in_json = _JSON_CONTAINERS.get(declared, {}) if _hashable(declared) else {}
    return ValueType(types.text.__schema__, lambda text: convert(types.text(text)), in_json, convert)


def _schema_of(declared: Any) -> Schema | None:
    """Return the corrected schema of a stock or foreign type, or None if it has none."""
    if _hashable(declared) and declared in _TRUE_SCHEMAS:
        return _TRUE_SCHEMAS[declared]
    match declared:
        case inputs.email():
            return _email(declared)
        case inputs.URL():
            return _url(declared)
        case inputs.regex():
            return types.without_nul({"type": "string", "pattern": _ecma(declared.pattern)})
        case type() if issubclass(declared, Enum):
            values = [member.value for member in declared]
            texts = values and all(isinstance(value, str) for value in values)
            return {"type": "string", "enum": values} if texts else None
    schema = getattr(declared, "__schema__", None)
    return (
        _normalize_schema(schema)
        if isinstance(schema, Mapping) and not isinstance(declared, ModelBase)
        else None
    )


def _normalize_schema(declared: Mapping[str, Any]) -> Schema:
    """Return a schema in 2020-12 keywords, with bounds for every number and no NUL in strings."""
    schema = dict(declared)
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if "enum" in schema:
        return schema
    match schema.get("type"):
        case "integer" | "number" as kind:
            widest = types.integer().__schema__ if kind == "integer" else types.number().__schema__
            if "exclusiveMinimum" not in schema:
                schema.setdefault("minimum", widest["minimum"])
            if "exclusiveMaximum" not in schema:
                schema.setdefault("maximum", widest["maximum"])
        case "string":
            return types.without_nul(schema)
    return schema


def _reader(schema: Schema) -> Convert:
    """Return a function that converts a string to the JSON type of `schema`; other strings stay as they are."""
    match schema.get("type"):
        case "integer" | "number" as kind:
            whole = kind == "integer"
            return lambda text: _number(text, whole=whole)
        case "boolean":
            return lambda text: {"true": True, "false": False}.get(text, text)
        case "array":
            read = _reader(schema.get("items", {}))
            return lambda text: [read(part) for part in text.split(",")]
    return _as_it_is


def _number(text: str, *, whole: bool) -> Any:
    value = types.json_number(text)
    return text if value is None or (whole and not isinstance(value, int)) else value


def _stock_call(declared: Any, name: str) -> Convert:
    """Return the call that RESTX makes: `type(value, name, operator)`, else `(value, name)`, else `(value)`.

    How many of them `declared` takes is determined once. Because RESTX tries the next call after any `TypeError`, so
    does this one.
    """
    if isinstance(declared, ModelBase):
        return lambda value: marshal(value, declared) if isinstance(value, dict) else declared(value)
    if declared is Decimal:
        return lambda value: Decimal(str(value))
    if isinstance(declared, type) and issubclass(declared, Enum):
        return declared  # since Python 3.12, further arguments would make a tuple, which is not a member
    extras = [extra for extra in ((name, "="), (name,), ()) if _takes(declared, 1 + len(extra))]

    def call(value: Any) -> Any:
        for extra in extras[:-1]:
            try:
                return declared(value, *extra)
            except TypeError:
                continue
        return declared(value, *extras[-1])

    return call


def _takes(declared: Any, count: int) -> bool:
    if count == 1:
        return True
    try:
        inspect.signature(declared).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _as_value_error(convert: Convert, sentence: str) -> Convert:
    """Return `convert` with every exception turned into a `ValueError` that does not repeat the value."""

    def guarded(value: Any) -> Any:
        try:
            return convert(value)
        except Exception as error:  # as in RESTX: any exception of a type means that the value is invalid
            raise ValueError(sentence) from error

    return guarded


def _as_it_is(value: Any) -> Any:
    return value


def _hashable(declared: Any) -> bool:
    try:
        hash(declared)
    except TypeError:
        return False
    return True


def _ecma(pattern: str) -> str:
    """Return a Python regular expression in ECMA 262 syntax, as far as they differ only in spelling."""
    return pattern.replace(r"\A", "^").replace(r"\Z", "$").replace("(?P<", "(?<")


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in r"^$\.*+?()[]{}|/" else char for char in text)


def _one_of(texts: Any) -> str:
    return "(?:" + "|".join(_literal(text) for text in sorted(texts)) + ")"


_FOUR_NUMBERS = r"(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){3}"


def _email(declared: Any) -> Schema:
    """Return the schema of `inputs.email`, except the DNS look-up (`check`)."""
    refused = ""
    if not declared.local:
        refused += r"(?!localhost$|127\.)"
    if not declared.ip:
        refused += f"(?!{_FOUR_NUMBERS}$)"
    if declared.exclude:
        refused += f"(?!{_one_of(declared.exclude)}$)"
    server = _one_of(declared.domains) if declared.domains else r"[^@.:\s]+(?:\.[^@.:\s]+)*"
    pattern = rf"^(?!.*\.\.)[^@\s\u0000]*[^@.\s\u0000]@{refused}{server}$"
    return types.without_nul({"type": "string", "format": "email", "pattern": pattern})


_USER_INFO = r"[A-Za-z0-9._~!$&'()*+,;=%-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-4])"


def _url(declared: Any) -> Schema:
    """Return the schema of `inputs.URL`, without IPv6 hosts and with the scheme in lower case.

    The DNS look-up (`check`) cannot be expressed.
    """
    schemes = _one_of(declared.schemes) if declared.schemes else "[a-z][a-z0-9]*"
    auth = f"(?:{_USER_INFO}+(?::{_USER_INFO}*)?@)?" if declared.auth else ""
    refused = f"(?!{_one_of(declared.exclude)}(?::|/|\\?|#|$))" if declared.exclude else ""
    domain = _one_of(declared.domains) if declared.domains else rf"(?:{_LABEL}\.)+[A-Za-z]{{2,63}}"
    hosts = [refused + domain]
    if declared.local:
        hosts.append("localhost")
    if declared.ip:
        hosts.append(("" if declared.local else r"(?!127\.)") + rf"{_OCTET}(?:\.{_OCTET}){{3}}")
    port = f"(?::{_PORT})?" if declared.port else ""
    pattern = rf"^{schemes}://{auth}(?:{'|'.join(hosts)}){port}(?:[/?#][!-~]*)?$"
    return {"type": "string", "format": "url", "pattern": pattern}


_BUILTIN: dict[Any, ArgumentType[Any]] = {
    int: types.integer(),
    float: types.number(),
    bool: types.boolean,
    str: types.text,
}
_TRUE_SCHEMAS: dict[Any, Schema] = {
    inputs.boolean: types.boolean.__schema__,
    inputs.natural: types.integer(0).__schema__,
    inputs.positive: types.integer(1).__schema__,
    inputs.date: types.date.__schema__,
    inputs.date_from_iso8601: types.date.__schema__,
    inputs.datetime_from_iso8601: types.timestamp.__schema__,
    inputs.ip: {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    Decimal: types.number().__schema__,
    UUID: types.uuid.__schema__,
}
_JSON_CONTAINERS: dict[Any, Schema] = {list: {"type": "array"}, dict: {"type": "object"}}
