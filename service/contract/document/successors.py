"""Checks that the successor which a deprecation names exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import ContractError
from ..operations import Operation


def check_successors(document: Mapping[str, Any], operations: Iterable[Operation]) -> None:
    """Raise one `ContractError` that lists every successor of an operation or parameter that does not exist.

    Successors of properties are checked when their model is exported.
    """
    listed = list(operations)
    ids = {operation.id for operation in listed}
    missing = [complaint for operation in listed for complaint in _missing(operation, ids, document)]
    if missing:
        raise ContractError("successors named by deprecations do not exist:\n  " + "\n  ".join(missing))


def _missing(operation: Operation, ids: set[str], document: Mapping[str, Any]) -> Iterator[str]:
    deprecation = operation.declared.deprecation
    if (
        deprecation is not None
        and deprecation.successor is not None
        and (deprecation.successor not in ids or deprecation.successor == operation.id)
    ):
        yield f"{operation.name}: there is no other operation {deprecation.successor!r}"
    written = document["paths"][operation.path][operation.method]
    named = {parameter["name"] for parameter in written.get("parameters", [])}
    for media in written.get("requestBody", {}).get("content", {}).values():
        schema = media["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        named |= schema.get("properties", {}).keys()
    for deprecation in operation.parameters.deprecations:
        if deprecation.successor is not None and deprecation.successor not in named:
            yield f"{operation.name}: there is no parameter {deprecation.successor!r}"
