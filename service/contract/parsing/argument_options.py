"""Adds the option `deprecated=` to RESTX arguments, which RESTX would refuse (patches `Argument.__init__`).

Importing this module makes `Argument.__init__`, and so `parser.add_argument`, take it; nothing else of RESTX changes.
"""

from __future__ import annotations

import functools
from typing import Any

from flask_restx import reqparse

from ..deprecation import Deprecation, deprecation_option

_original_init = reqparse.Argument.__init__


@functools.wraps(_original_init)
def _patched_init(self: reqparse.Argument, *args: Any, deprecated: Any = None, **kwargs: Any) -> None:
    _original_init(self, *args, **kwargs)
    self.__contract_deprecated__ = deprecated


if not hasattr(_original_init, "__wrapped__"):
    reqparse.Argument.__init__ = _patched_init


def argument_deprecation(argument: reqparse.Argument) -> Deprecation | None:
    """Return the deprecation of `argument`. Raises `ContractError` if `deprecated=` is something else."""
    return deprecation_option(
        getattr(argument, "__contract_deprecated__", None), f"the argument {argument.name!r}"
    )
