"""Adds the option `deprecated=` to RESTX arguments, which RESTX would refuse (patches `Argument.__init__`).

Importing this module makes `Argument.__init__`, and so `parser.add_argument`, take it; nothing else of RESTX changes.
"""

from __future__ import annotations

import functools
from typing import Any

from flask_restx import reqparse

from ..deprecation import Deprecation, end_of

_original_init = reqparse.Argument.__init__


@functools.wraps(_original_init)
def _remembering_init(self: reqparse.Argument, *args: Any, deprecated: Any = None, **kwargs: Any) -> None:
    _original_init(self, *args, **kwargs)
    self.__contract_deprecated__ = deprecated


if not hasattr(_original_init, "__wrapped__"):
    reqparse.Argument.__init__ = _remembering_init


def end_of_argument(argument: reqparse.Argument) -> Deprecation | None:
    """Return the deprecation of `argument`. Raises `ContractError` if `deprecated=` is something else."""
    return end_of(getattr(argument, "__contract_deprecated__", None), f"the argument {argument.name!r}")
