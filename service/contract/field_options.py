"""Keeps the `format=` and `deprecated=` options of RESTX fields and rejects unknown ones (patches `Raw.__init__`).

Stock RESTX ignores `fields.String(format="email")`, and any misspelt option, without an error. Importing this module
makes `Raw.__init__` keep the keyword arguments beyond its own parameters; nothing else of RESTX changes. `format` then
has its obvious meaning, `deprecated` is a `Deprecation`, and any other option is refused when the document is built.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from flask_restx import fields

from .deprecation import deprecation_option
from .errors import ContractError

KNOWN_OPTIONS = frozenset({"deprecated", "format"})

_original_init = fields.Raw.__init__
_own_parameters = frozenset(inspect.signature(_original_init).parameters) - {"kwargs"}


@functools.wraps(_original_init)
def _patched_init(self: fields.Raw, *args: Any, **kwargs: Any) -> None:
    _original_init(self, *args, **kwargs)
    ignored = {name: value for name, value in kwargs.items() if name not in _own_parameters}
    if ignored:
        self.__contract_options__ = ignored


if not hasattr(_original_init, "__wrapped__"):
    fields.Raw.__init__ = _patched_init


def extra_field_options(field: fields.Raw, place: str) -> dict[str, Any]:
    """Return the options of `field` that RESTX ignores and this package supports.

    Raises `ContractError`, naming `place`, for any other.
    """
    given: dict[str, Any] = getattr(field, "__contract_options__", {})
    unknown = sorted(set(given) - KNOWN_OPTIONS)
    if unknown:
        raise ContractError(f"{place}: {type(field).__name__} does not know the option {', '.join(unknown)}")
    deprecation_option(given.get("deprecated"), place)
    return given
