"""How does an object become the JSON that its model declares?

`compile_marshaller` turns a model of RESTX into a function. What that returns goes to
`orjson.dumps(..., option=OPT_UTC_Z | OPT_NAIVE_UTC)`: instants stay `datetime`; without an offset they are UTC.

The result equals `flask_restx.marshal`, but for these corrections, each with a test that shows both:

- a child's field wins over its parent's; a member of an enum is sent as its value
- a named tuple is one object
- an iterable that is declared as a list is one; `Nested(as_list=True)` without a value is null, not an object
- a missing key or attribute is never a bound method
- NaN, infinities, null in a `required` field, and any value that its field cannot hold raise `ContractError`;
  a default is made to fit its field even if it is falsy
- where `strict` (our own namespaces): so do a missing attribute, None where an object was declared as the
  answer, and one object given for a list or the reverse

May not be in this package: requests and responses, and what a document says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from flask_restx.marshalling import marshal_with

from ..errors import ContractError
from .output_fields import model_name, output_fields
from .plan import Plan
from .readers import holds_many
from .work import Marshaller, Refuse

__all__ = [
    "MarshalSpec",
    "Marshaller",
    "compile_list_marshaller",
    "compile_marshaller",
    "output_fields",
    "unwrap_stock",
]


def compile_marshaller(
    fields: Mapping[str, Any],
    *,
    envelope: str | None = None,
    skip_none: bool = False,
    strict: bool = True,
    as_list: bool | None = None,
) -> Marshaller:
    """Return the function that marshals what a method returned as `fields`, a model or a dict of fields.

    `as_list` says what was declared: a list, one object, or (None) either, as RESTX has it: a list or tuple
    is marshalled one by one. Later changes of the model have no effect. Raises `ContractError` for a
    declaration that cannot be kept: a mask, a `Wildcard`, a default that its field cannot hold.
    """
    name = model_name(fields)
    plan = Plan(strict=strict)
    unit = plan.unit(fields, skip_none=skip_none, name=name)
    plan.check()
    nothing = Refuse(f"{name} was declared, and None was returned") if strict else None
    several = (
        Refuse(f"one {name} was declared, and a list was returned") if strict and as_list is False else None
    )
    table = unit.table(none=nothing, several=several)

    def marshal(obj: Any) -> Any:
        return table[type(obj)](obj)

    def marshal_all(objects: Any) -> Any:
        if holds_many(type(objects)):
            return table.each(objects)
        if strict:
            raise ContractError(f"a list of {name} was declared, and {type(objects).__name__} was returned")
        return table[type(objects)](objects)

    chosen = marshal_all if as_list else marshal
    return (lambda obj: {envelope: chosen(obj)}) if envelope else chosen


def compile_list_marshaller(
    fields: Mapping[str, Any],
    *,
    envelope: str | None = None,
    skip_none: bool = False,
    strict: bool = True,
) -> Marshaller:
    """Return the function that marshals any iterable as a list of `fields`; see `compile_marshaller`."""
    return compile_marshaller(fields, envelope=envelope, skip_none=skip_none, strict=strict, as_list=True)


@dataclass(frozen=True, slots=True)
class MarshalSpec:
    """What stock RESTX's `marshal_with` was told."""

    fields: Mapping[str, Any]
    envelope: str | None
    skip_none: bool
    ordered: bool


_STOCK_CODE: CodeType = marshal_with({})(lambda: None).__code__


def unwrap_stock(func: Callable[..., Any]) -> tuple[Callable[..., Any], MarshalSpec | None]:
    """Return the method inside RESTX's marshalling wrapper and what the wrapper was told.

    `(func, None)` if the outermost decorator is another, or if the wrapper has a mask and must run itself.
    """
    if not isinstance(func, FunctionType) or func.__code__ is not _STOCK_CODE:
        return func, None
    cells = dict(zip(func.__code__.co_freevars, func.__closure__ or (), strict=True))
    told = cells["self"].cell_contents
    if told.mask:
        return func, None
    return cells["f"].cell_contents, MarshalSpec(told.fields, told.envelope, told.skip_none, told.ordered)
