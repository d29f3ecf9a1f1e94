"""Reads the value of a field from what a method returned: a dict, an object, a row or an ORM instance.

Every type is inspected once. `access_strategy` decides how its instances are read, `AccessStrategy.source` writes that
down as a Python expression, and generated marshallers consist of such expressions.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    NoneType,
    WrapperDescriptorType,
)
from typing import Any

_METHODS = (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
    classmethod,
    staticmethod,
)


class AccessKind(enum.Enum):
    """The ways to read a value."""

    NOTHING = "nothing"  # None: every value is null
    DICT = "dicts"
    OBJECT = "objects"  # has a __dict__, which is read first: ten times faster than an ORM attribute
    ATTRIBUTES = "slotted objects"
    ROW = "rows"  # of SQLAlchemy
    ITEMS = "indexable objects"  # other mappings, proxies: by key, then by attribute


@dataclass(frozen=True, slots=True)
class AccessStrategy:
    """How the instances of a type are read: its kind, and the attributes that its class itself defines."""

    kind: AccessKind
    properties: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()

    def source(self, key: str, *, strict: bool) -> str:
        """Return the expression that reads `key` of the object `o`; `d` is its `__dict__`, or `o` itself if a dict.

        A missing key of a dict is None. A missing attribute raises `AttributeError` if `strict`, else is None.
        """
        match self.kind:
            case AccessKind.NOTHING:
                return "None"
            case AccessKind.DICT:
                return f"d[{key!r}] if {key!r} in d else None"
            case AccessKind.ITEMS:
                return f"read(o, {key!r})"
            case AccessKind.ROW if key in self.methods:
                return f"read(o._mapping, {key!r})"
            case AccessKind.OBJECT if key not in self.properties:
                return f"d[{key!r}] if {key!r} in d else {self._attribute(key, strict=strict)}"
            case _:
                return self._attribute(key, strict=strict)

    def _attribute(self, key: str, *, strict: bool) -> str:
        if key in self.methods:  # never a bound method, which RESTX would send as "<bound method ...>"
            return f"absent(o, {key!r})" if strict else "None"
        if not strict:
            return f"getattr(o, {key!r}, None)"
        plain = key.isascii() and key.isidentifier() and not iskeyword(key)
        return f"o.{key}" if plain else f"getattr(o, {key!r})"


def access_strategy(cls: type[Any], keys: Sequence[str]) -> AccessStrategy:
    """Return how `keys` are read from instances of `cls`."""
    kind = _kind_of(cls)
    if kind not in (AccessKind.OBJECT, AccessKind.ATTRIBUTES, AccessKind.ROW):
        return AccessStrategy(kind)
    attributes = {key: inspect.getattr_static(cls, key, None) for key in keys}
    properties = frozenset(key for key, value in attributes.items() if isinstance(value, property))
    if (
        kind is AccessKind.ROW
    ):  # attributes of the class (`count`, `index`, `t`) hide columns of the same name
        return AccessStrategy(
            kind, methods=frozenset(key for key, value in attributes.items() if value is not None)
        )
    return AccessStrategy(
        kind, properties, frozenset(key for key, value in attributes.items() if _is_method(value))
    )


def _kind_of(cls: type[Any]) -> AccessKind:
    if cls is NoneType:
        return AccessKind.NOTHING
    if cls is dict:
        return AccessKind.DICT
    if _is_row(cls):
        return AccessKind.ROW
    if issubclass(cls, Mapping) or (
        _is_iterable(cls) and hasattr(cls, "__getitem__") and not _is_named_tuple(cls)
    ):
        return AccessKind.ITEMS
    # A class with its own `__getattribute__` (a proxy) is read by attribute, whatever its `__dict__` has.
    plain = cls.__dictoffset__ != 0 and not _answers_itself(cls)
    return AccessKind.OBJECT if plain else AccessKind.ATTRIBUTES


def _answers_itself(cls: type[Any]) -> bool:
    return inspect.getattr_static(cls, "__getattribute__") is not inspect.getattr_static(
        object, "__getattribute__"
    )


def _is_row(cls: type[Any]) -> bool:
    return hasattr(cls, "_mapping") and issubclass(cls, Sequence)


def _is_named_tuple(cls: type[Any]) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def _is_iterable(cls: type[Any]) -> bool:
    return hasattr(cls, "__iter__") and not issubclass(cls, (str, bytes, bytearray))


def _is_method(value: Any) -> bool:
    # Not inspect.isroutine, which is true for a cached_property.
    return isinstance(value, _METHODS)


def is_list_type(cls: type[Any]) -> bool:
    """Tell whether RESTX treats instances of `cls` as lists; a row and a named tuple are single objects."""
    return issubclass(cls, (list, tuple)) and not _is_row(cls) and not _is_named_tuple(cls)


def holds_many(cls: type[Any]) -> bool:
    """Tell whether an instance of `cls` can be sent as a list: any iterable that is not a single object."""
    one_thing = issubclass(cls, Mapping) or _is_row(cls) or _is_named_tuple(cls)
    return _is_iterable(cls) and not one_thing


def raise_missing(obj: Any, key: str) -> Any:
    """Raise the `AttributeError` of an object that has a method where data was declared."""
    raise AttributeError(f"{type(obj).__name__!r} object has a method, not a value, {key!r}")


def read(obj: Any, key: str) -> Any:
    """Return `key` of any object as RESTX looks it up: by key, by index in a list, by attribute.

    A missing key of a mapping is None; a missing attribute, or a method, raises `AttributeError`.
    """
    if type(obj) is dict:
        return obj.get(key)
    if _is_iterable(type(obj)):
        for index in (key, int(key)) if key.isdecimal() and isinstance(obj, (list, tuple)) else (key,):
            try:
                return obj[index]
            except (IndexError, KeyError, TypeError):
                continue
    value = getattr(obj, key, None) if isinstance(obj, Mapping) else getattr(obj, key)
    if _is_method(value):
        return None if isinstance(obj, Mapping) else raise_missing(obj, key)
    return value


def read_or_none(obj: Any, key: str) -> Any:
    """Return `read(obj, key)`, or None if there is no such key."""
    try:
        return read(obj, key)
    except AttributeError:
        return None


def path_reader(reader: Callable[[Any, str], Any]) -> Callable[[Any, tuple[str, ...]], Any]:
    """Return a function that follows a dotted path with `reader`; None anywhere on the path gives None."""

    def follow(value: Any, keys: tuple[str, ...]) -> Any:
        for key in keys:
            if value is None:
                return None
            value = reader(value, key)
        return value

    return follow
