"""Generates the Python source of a marshalling function, from the steps of a model, for one kind of object.

    def marshal(o):
        try:
            d = o.__dict__
            v0 = d['id'] if 'id' in d else o.id
            if (type(v0) is not int) and v0 is not None: v0 = c0(v0)
            ...
        except ContractError:
            raise
        except FAILURES as error:
            explain(error, o)
            raise
        return {'id': v0, ...}

The number of the line on which an error occurred identifies the field, so that naming the field in errors costs
nothing. The source is kept for tracebacks.
"""

from __future__ import annotations

import functools
import linecache
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from flask_restx.fields import MarshallingError

from ..errors import ContractError, MarshallingFailed
from .readers import AccessKind, AccessStrategy

# Exceptions of a format or a field's own output() for a value that does not fit; any other, such as an error of
# the database, is not caught.
_FAILURES = (ArithmeticError, AttributeError, LookupError, MarshallingError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class FieldStep:
    """The source for one field: how its value is read into `variable`, and how it is converted.

    `path` is the dotted attribute; if it is empty, `expression` reads the value from `o`.
    """

    name: str
    variable: str
    path: tuple[str, ...]
    expression: str
    statement: str
    own_errors: bool


def generate_marshaller(
    steps: Sequence[FieldStep],
    strategy: AccessStrategy,
    constants: Mapping[str, Any],
    *,
    model: str,
    strict: bool,
    skip_none: bool,
) -> Callable[[Any], Any]:
    """Generate the function that marshals objects of one kind by `steps`.

    `constants` are the global names of the source. Errors name `model` and the field.
    """
    # One generated function reads all fields with local variables. A closure for each field would cost a call for each
    # field of each object, which is what makes stock marshalling slow.
    lines = ["def marshal(o):", "    try:"]
    if strategy.kind in (AccessKind.DICT, AccessKind.OBJECT):
        # The instance dict is read first: SQLAlchemy keeps loaded columns there, and its attributes cost ten times as
        # much.
        lines.append("        d = o" + (".__dict__" if strategy.kind is AccessKind.OBJECT else ""))
    # Line numbers start at 1, so the length of `lines` is the number of the line that was just appended.
    fields: dict[int, tuple[str, bool | None]] = {}
    for step in steps:
        lines.append(f"        {step.variable} = {_read(step, strategy, strict=strict)}")
        fields[len(lines)] = (f"{model}.{step.name}", None)
        lines.append(f"        {step.statement}")
        fields[len(lines)] = (f"{model}.{step.name}", step.own_errors)
    lines += [*_EPILOGUE, *_result(steps, skip_none=skip_none)]
    source = "\n".join(lines) + "\n"
    namespace = {
        **constants,
        "ContractError": ContractError,
        "FAILURES": _FAILURES,
        "explain": _explainer(fields),
    }
    exec(_code(source, f"<marshaller of {model} for {strategy.kind.value}"), namespace)  # noqa: S102 - our own source
    function: Callable[[Any], Any] = namespace["marshal"]
    return function


_EPILOGUE = (
    # A model without fields would leave the `try` empty.
    "        pass",
    # MarshallingFailed, a ContractError, is also a MarshallingError: a nested model has named its field already.
    "    except ContractError:",
    "        raise",
    "    except FAILURES as error:",
    "        explain(error, o)",
    "        raise",
)


def _read(step: FieldStep, strategy: AccessStrategy, *, strict: bool) -> str:
    if not step.path:
        return step.expression
    first = strategy.source(step.path[0], strict=strict)
    return first if len(step.path) == 1 else f"follow({first}, {step.path[1:]!r})"


# A dict display makes all keys with one instruction; only `skip_none`, which is rare, sets them one by one.
def _result(steps: Sequence[FieldStep], *, skip_none: bool) -> list[str]:
    pairs = [(step.name, step.variable) for step in steps]
    if not skip_none:
        return ["    return {" + ", ".join(f"{name!r}: {v}" for name, v in pairs) + "}"]
    lines = [f"    if {v} is not None and {v} != {{}}: result[{name!r}] = {v}" for name, v in pairs]
    return ["    result = {}", *lines, "    return result"]


def _explainer(fields: Mapping[int, tuple[str, bool | None]]) -> Callable[[Exception, Any], None]:
    """Return the function that raises `ContractError` in place of an error on one of the lines in `fields`.

    A line is marked None if a value is read there, else with whether its conversion raises errors of its own.
    """

    def explain(error: Exception, obj: Any) -> None:
        line = error.__traceback__.tb_lineno if error.__traceback__ else 0
        place, mark = fields.get(line, ("", True))
        if mark is None and isinstance(error, AttributeError):
            raise ContractError(f"{place} cannot be read from {type(obj).__name__}: {error}") from error
        if mark is False:
            raise MarshallingFailed(f"{place} cannot hold its value: {error}") from error

    return explain


@functools.lru_cache(maxsize=1024)
def _code(source: str, title: str) -> CodeType:
    """Compile `source`, and keep it where tracebacks look for it.

    The cache serves processes with several applications, such as the tests: the same model has the same source, and
    what differs between them (converters, defaults) is in the function's globals.
    """
    filename = f"{title}, {zlib.crc32(source.encode()):08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return compile(source, filename, "exec", dont_inherit=True)
