"""Conversions of one field value after it is read, and the value that is sent for None."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ContractError
from .formats import Scalar, anything
from .readers import holds_many, path_reader, read, read_or_none

Marshaller = Callable[[Any], Any]


class RaiseContractError:
    """A function that raises `ContractError` for any argument."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _value: Any = None) -> Any:
        """Raise the error."""
        raise ContractError(self.message)


@dataclass(frozen=True, slots=True)
class Conversion:
    """The conversion of a value.

    `statement` is source in which `{v}` is the value and `{c}` is `constant`; `element` does the same for one element
    of a list, where values of exactly the type `exact` need no conversion. A conversion with `own_errors` raises
    `ContractError` itself; any other error passes through it.
    """

    statement: str
    constant: Any
    element: Marshaller
    exact: type[Any] | None = None
    own_errors: bool = False


def default_for_none(place: str, declared: Any, fit: Marshaller) -> Marshaller | None:
    """Return the function that returns what is sent for None; None if that is null.

    It returns the declared default, converted by `fit`, and raises `ContractError` if the document says: never null.
    Raises `ContractError` for a default that does not fit.
    """
    default = declared.default
    refuse = RaiseContractError(f"{place} is declared required, and its value is None")
    never_null = declared.required and not declared.nullable
    if callable(default):

        def from_call(_value: Any) -> Any:
            value = default()
            if value is None:
                return refuse() if never_null else None
            return fit(value)

        return from_call
    if default is None:
        return refuse if never_null else None
    # A fixed default is converted once, here, so that one that does not fit stops the start-up and not a request.
    try:
        fixed = fit(default)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ContractError(f"{place}: the default {default!r} does not fit the field") from error
    return lambda _value: fixed


def scalar_conversion(place: str, declared: Any, scalar: Scalar) -> Conversion:
    """Return the conversion of a scalar field."""
    stand_for_none, fit = default_for_none(place, declared, scalar.format), scalar.format
    # The cheapest test of a value that needs no conversion is in the generated source (`type(v) is not int`), so that
    # most values cost no call at all; `element` is the same for list items, where a call is made anyway.
    if stand_for_none is None:
        test = f"({scalar.unfit}) and {{v}} is not None"
        element: Marshaller = lambda value: None if value is None else fit(value)  # noqa: E731
    else:
        test, given = scalar.unfit, stand_for_none
        element = lambda value: given(value) if value is None else fit(value)  # noqa: E731
    return Conversion(f"if {test}: {{v}} = {{c}}({{v}})", element, element, scalar.exact)


def nested_conversion(cache: dict[type[Any], Marshaller]) -> Conversion:
    """Return the conversion of one nested object, None included: the cache has a function for each type."""
    return Conversion(
        "{v} = {c}[type({v})]({v})", cache, lambda value: cache[type(value)](value), own_errors=True
    )


def function_conversion(function: Marshaller, *, own_errors: bool) -> Conversion:
    """Return the conversion that calls `function` with the value."""
    return Conversion("{v} = {c}({v})", function, function, own_errors=own_errors)


def custom_field_conversion(place: str, name: str, declared: Any) -> Conversion:
    """Return the conversion of a field with its own `output()`: `{v}` is the object, not the value."""
    output = declared.output
    never_null = declared.required and not declared.nullable

    def ask(obj: Any) -> Any:
        value = output(name, obj)
        if value is None and never_null:
            raise ContractError(f"{place} is declared required, and its value is None")
        return anything(value)

    return function_conversion(ask, own_errors=False)


def many(each: Callable[[Iterable[Any]], Any], none: Marshaller, single: Marshaller) -> Marshaller:
    """Return a function that passes lists to `each`, None to `none`, and any other value to `single`."""

    def marshal_many(value: Any) -> Any:
        if isinstance(value, list) or holds_many(type(value)):
            return each(value)
        return none(value) if value is None else single(value)

    return marshal_many


def each_element(
    conversion: Conversion, attribute: str | None, *, strict: bool
) -> Callable[[Iterable[Any]], list[Any]]:
    """Return a function that converts each element of a list, or the `attribute` of each."""
    element, exact = conversion.element, conversion.exact
    if attribute is None:
        return lambda values: [value if type(value) is exact else element(value) for value in values]
    follow, path = path_reader(read if strict else read_or_none), tuple(attribute.split("."))
    return lambda values: [element(follow(value, path)) for value in values]


def not_a_list(value: Any) -> Any:
    """Raise the `TypeError` of a single value where a list was declared."""
    raise TypeError(f"{type(value).__name__} is not a list")
