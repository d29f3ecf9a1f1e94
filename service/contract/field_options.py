"""Keeps the options of RESTX fields that RESTX itself ignores (patches `Raw.__init__`).

Stock RESTX ignores `fields.String(format="email")`, and any misspelt option, without an error. Importing this module
makes `Raw.__init__` keep the keyword arguments beyond its own parameters; nothing else of RESTX changes. `format` then
has its obvious meaning, `deprecated` is a `Deprecation`, and the names that JSON Schema has for RESTX's own options
(`readOnly`, `maxLength`) mean these. Any other option is unknown: the document refuses it in strict namespaces.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from flask_restx import fields

from .deprecation import deprecation_option

KNOWN_OPTIONS = frozenset({"deprecated", "format"})
# Keywords of JSON Schema by the attribute in which a field keeps the same.
_ATTRIBUTES = {
    "readOnly": "readonly",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "multipleOf": "multiple",
    "minItems": "min_items",
    "maxItems": "max_items",
    "uniqueItems": "unique",
}

_original_init = fields.Raw.__init__
_own_parameters = frozenset(inspect.signature(_original_init).parameters) - {"kwargs"}


@functools.wraps(_original_init)
def _patched_init(self: fields.Raw, *args: Any, **kwargs: Any) -> None:
    _original_init(self, *args, **kwargs)
    ignored = {name: value for name, value in kwargs.items() if name not in _own_parameters}
    for keyword in ignored.keys() & _ATTRIBUTES.keys():
        if hasattr(self, _ATTRIBUTES[keyword]):
            setattr(self, _ATTRIBUTES[keyword], ignored.pop(keyword))
    if ignored:
        self.__contract_options__ = ignored


if not hasattr(_original_init, "__wrapped__"):
    fields.Raw.__init__ = _patched_init


def extra_field_options(field: fields.Raw, place: str) -> dict[str, Any]:
    """Return the options of `field` that RESTX ignores and this package supports.

    Raises `ContractError`, naming `place`, if `deprecated` is no `Deprecation`.
    """
    given = {name: value for name, value in _kept(field).items() if name in KNOWN_OPTIONS}
    deprecation_option(given.get("deprecated"), place)
    return given


def unknown_field_options(field: fields.Raw) -> list[str]:
    """Return the names of the options of `field` that have no meaning, in alphabetical order."""
    return sorted(_kept(field).keys() - KNOWN_OPTIONS)


def _kept(field: fields.Raw) -> dict[str, Any]:
    kept: dict[str, Any] = getattr(field, "__contract_options__", {})
    return kept
