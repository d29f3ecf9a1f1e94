"""Example requests of all operations, made from the document alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

ABSENT = {
    "integer": 2**62,
    "uuid": "00000000-0000-7000-8000-000000000000",
    "string": "nothing-of-this-name",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the document, with the request that its examples make."""

    id: str
    method: str
    template: str
    declared: Mapping[str, Any]

    def __str__(self) -> str:
        return self.id

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(self.declared["responses"])

    @property
    def needs_token(self) -> bool:
        return bool(self.declared["security"]) and {} not in self.declared["security"]

    @property
    def takes_refresh_token(self) -> bool:
        return {"refreshAuth": []} in self.declared["security"]

    @property
    def body(self) -> bytes | None:
        """Return the example of the body, None where there is none."""
        if "requestBody" not in self.declared:
            return None
        return json.dumps(self.declared["requestBody"]["content"]["application/json"]["example"]).encode()

    @property
    def success(self) -> str:
        """Return the status that the example is answered with: the first one that is declared."""
        return min(self.statuses)

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with the body, and the headers that are required."""
        required = {
            parameter["name"]: parameter["example"]
            for parameter in self._parameters("header")
            if parameter.get("required")
        }
        return {**required, **({"Content-Type": "application/json"} if self.body is not None else {})}

    def path(self, *, absent: bool = False, **query: str) -> str:
        """Return path and query; `absent` names things that are not there."""
        path = self.template
        for parameter in self._parameters("path"):
            value = _absent(parameter["schema"]) if absent else parameter["example"]
            path = path.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
        needed = {
            p["name"]: p.get("example", p["schema"].get("example"))
            for p in self._parameters("query")
            if p.get("required")
        }
        return "?".join(filter(None, [path, urlencode({**needed, **query})]))

    def filled(self, place: str, *, required: bool = False) -> dict[str, Any]:
        """Return the parameters of a place by their examples or defaults: what a form is filled with.

        `required` leaves out what need not be sent.
        """
        found = {
            each["name"]: each.get(
                "example", *each["schema"].get("examples", [each["schema"].get("default")])
            )
            for each in self._parameters(place)
            if each.get("required") or not required
        }
        return {name: value for name, value in found.items() if value is not None}

    def takes(self, header: str) -> bool:
        """Tell whether the operation declares this header."""
        return any(parameter["name"] == header for parameter in self._parameters("header"))

    def _parameters(self, place: str) -> Iterator[Mapping[str, Any]]:
        return (each for each in self.declared.get("parameters", ()) if each["in"] == place)


def _absent(schema: Mapping[str, Any]) -> Any:
    return ABSENT[schema.get("format", schema["type"])]


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation."""
    return [
        Operation(declared["operationId"], method.upper(), template, declared)
        for template, item in document["paths"].items()
        for method, declared in item.items()
    ]
