"""Compiles the marshalling function of a response: one object or a list, with an envelope if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ContractError
from .compiler import ModelCompiler
from .conversions import Marshaller, RaiseContractError
from .output_fields import model_name
from .readers import holds_many


def compile_marshaller(
    fields: Mapping[str, Any],
    *,
    envelope: str | None = None,
    skip_none: bool = False,
    strict: bool = True,
    as_list: bool | None = None,
) -> Marshaller:
    """Return the function that marshals a method's return value as `fields`, a model or a dict of fields.

    `as_list` is the declared kind: a list, one object, or (None) either, as in RESTX: the items of a list or tuple are
    marshalled one by one. Later changes of the model have no effect. Raises `ContractError` for an unsupported
    declaration: a mask, a `Wildcard`, a default that its field cannot hold.
    """
    name = model_name(fields)
    compiler = ModelCompiler(strict=strict)
    compiled = compiler.compile(fields, skip_none=skip_none, name=name)
    compiler.check()
    nothing = RaiseContractError(f"{name} was declared, and None was returned") if strict else None
    several = (
        RaiseContractError(f"one {name} was declared, and a list was returned")
        if strict and as_list is False
        else None
    )
    cache = compiled.marshaller_cache(none=nothing, several=several)

    def marshal(obj: Any) -> Any:
        return cache[type(obj)](obj)

    def marshal_all(objects: Any) -> Any:
        if holds_many(type(objects)):
            return cache.each(objects)
        if strict:
            raise ContractError(f"a list of {name} was declared, and {type(objects).__name__} was returned")
        return cache[type(objects)](objects)

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
