"""Formats of scalar fields: functions that convert a value to one that orjson writes as the field declares.

Each takes a value that is not None; it raises `ValueError`, `TypeError` or `ArithmeticError` for one that does not fit.
`SCALARS` maps RESTX fields to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from math import isfinite
from typing import Any

from flask_restx import fields, inputs


def text(value: Any) -> str:
    """Return `value` as a string; a member of an enum as its value (RESTX would send `Status.DRAFT`)."""
    return str(value.value if isinstance(value, Enum) else value)


def integer(value: Any) -> int:
    """Return `value` as an int; fractions are truncated, as in RESTX."""
    return int(value)


def number(value: Any) -> float:
    """Return `value` as a finite float: NaN and infinities raise `ValueError`."""
    converted = float(value)
    if not isfinite(converted):
        raise ValueError(f"{converted} cannot be sent as a JSON number")
    return converted


def truth(value: Any) -> bool:
    """Return `value` as a bool by RESTX's rule: empty values are false; `2` and `"maybe"` raise `ValueError`."""
    return bool(inputs.boolean(value))


def instant(value: Any) -> datetime:
    """Return `value` as a datetime in UTC.

    A value without an offset is UTC, a date is its midnight, a string is parsed as ISO 8601. The result is exactly a
    `datetime`: orjson refuses subclasses.
    """
    if isinstance(value, str):
        value = inputs.datetime_from_iso8601(value)
    if not isinstance(value, date):
        raise TypeError(f"{type(value).__name__} is not a datetime")
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    plain = datetime.combine(value.date(), value.timetz())
    return plain.replace(tzinfo=UTC) if plain.utcoffset() is None else plain.astimezone(UTC)


def day(value: Any) -> date:
    """Return `value` as a date: of a datetime the day in its own offset, of a string its ISO 8601 date."""
    if isinstance(value, str):
        value = inputs.date_from_iso8601(value)
    if not isinstance(value, date):
        raise TypeError(f"{type(value).__name__} is not a date")
    return date(value.year, value.month, value.day)


def anything(value: Any) -> Any:
    """Return `value` unchanged; only NaN and infinities are rejected."""
    return number(value) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Scalar:
    """How one kind of field is compiled.

    `unfit` is the source of a test that is true for a value `{v}` that `format` must convert, None included; `exact` is
    the type whose values never need it. `methods` are the field's methods that `format` replaces: a subclass that
    overrides one of them is not this kind of field.
    """

    field: type[Any]
    format: Callable[[Any], Any]
    unfit: str
    exact: type[Any] | None = None
    methods: tuple[str, ...] = ("format", "output", "_v")


_INSTANT_METHODS = ("format", "output", "_v", "parse", "format_iso8601")

# Subclasses first: a Date is a DateTime, and everything is Raw.
SCALARS = (
    Scalar(fields.String, text, "type({v}) is not str", str),
    Scalar(fields.Integer, integer, "type({v}) is not int", int),
    # x - x is NaN for NaN and the infinities.
    Scalar(fields.Float, number, "type({v}) is not float or {v} - {v} != 0"),
    Scalar(fields.Boolean, truth, "{v} is not True and {v} is not False", bool),
    Scalar(fields.Date, day, "type({v}) is not date", date, _INSTANT_METHODS),
    Scalar(
        fields.DateTime,
        instant,
        "type({v}) is not datetime or ({v}.tzinfo is not UTC and {v}.tzinfo is not None)",
        methods=_INSTANT_METHODS,
    ),
    Scalar(fields.Raw, anything, "{v} is None or type({v}) is float"),
)


def scalar_for(field: Any) -> Scalar | None:
    """Return the kind of `field`, or None if it differs: another format, a mask, an RFC 822 date."""
    scalar_kind = next(scalar for scalar in SCALARS if isinstance(field, scalar.field))
    own_way = field.mask or getattr(field, "dt_format", "iso8601") != "iso8601"
    return None if own_way or overrides(field, scalar_kind.field, scalar_kind.methods) else scalar_kind


def overrides(field: Any, base: type[Any], methods: tuple[str, ...]) -> bool:
    """Tell whether `field` overrides any of the named methods of `base`."""
    return any(
        name in vars(field) or getattr(type(field), name, None) is not getattr(base, name, None)
        for name in methods
    )
