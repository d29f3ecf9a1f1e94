"""Checks that a message to a webhook conforms to the OpenAPI document; for the tests of an application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ..validation import Validator
from .conformance import ContractViolation


class MessageChecker:
    """Checks messages against the webhooks of one document.

    Receivers have to ignore properties that they do not know, so that some can be added; here one that is not declared
    is a violation.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._webhooks: Mapping[str, Any] = document.get("webhooks", {})
        self._components = {"components": {"schemas": _closed(document["components"]["schemas"])}}

    def check(self, name: str, body: bytes, headers: Mapping[str, str] | None = None) -> str:
        """Return the operationId of the webhook `name`, whose message is `body`, with `headers` if they are given.

        Raise `ContractViolation`, which says what is not declared or missing.
        """
        if name not in self._webhooks:
            raise ContractViolation(f"{name}: the document has no such webhook")
        declared = self._webhooks[name]["post"]
        schema = declared["requestBody"]["content"]["application/json"]["schema"]
        complaints = Validator(schema, self._components).messages(orjson.loads(body))
        if headers is not None:
            complaints += self._of_headers(declared, headers)
        if complaints:
            raise ContractViolation(f"{name}: the message does not match: {complaints[:5]}")
        operation_id: str = declared["operationId"]
        return operation_id

    def _of_headers(self, declared: Mapping[str, Any], headers: Mapping[str, str]) -> list[str]:
        given = {name.lower(): value for name, value in headers.items()}
        complaints = []
        for header in declared.get("parameters", ()):
            name, schema = header["name"], header["schema"]
            if name.lower() not in given:
                complaints += [f"the header {name} is missing"] if header.get("required") else []
                continue
            value: Any = given[name.lower()]
            if schema.get("type") == "integer" and value.isdigit():
                value = int(value)
            complaints += [
                f"the header {name}: {said}" for said in Validator(schema, self._components).messages(value)
            ]
        return complaints


def _closed(schema: Any) -> Any:
    """Return a copy in which every object has only the properties that it declares."""
    if isinstance(schema, list):
        return [_closed(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    copied = {key: _closed(inner) for key, inner in schema.items()}
    is_object = schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping)
    return {**copied, "additionalProperties": False} if is_object else copied
