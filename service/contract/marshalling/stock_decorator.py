"""Reads what Flask-RESTX's own `marshal_with` was given, and finds the method inside its wrapper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from flask_restx.marshalling import marshal_with


@dataclass(frozen=True, slots=True)
class MarshalSpec:
    """The arguments of stock RESTX's `marshal_with`."""

    fields: Mapping[str, Any]
    envelope: str | None
    skip_none: bool
    ordered: bool


_STOCK_CODE: CodeType = marshal_with({})(lambda: None).__code__


def unwrap_stock(func: Callable[..., Any]) -> tuple[Callable[..., Any], MarshalSpec | None]:
    """Return the method inside RESTX's marshalling wrapper and the arguments of the wrapper.

    `(func, None)` if the outermost decorator is another, or if the wrapper has a mask and must run itself.
    """
    if not isinstance(func, FunctionType) or func.__code__ is not _STOCK_CODE:
        return func, None
    cells = dict(zip(func.__code__.co_freevars, func.__closure__ or (), strict=True))
    wrapper = cells["self"].cell_contents
    if wrapper.mask:
        return func, None
    return cells["f"].cell_contents, MarshalSpec(
        wrapper.fields, wrapper.envelope, wrapper.skip_none, wrapper.ordered
    )
