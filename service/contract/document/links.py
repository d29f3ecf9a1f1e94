"""Link Objects of responses, and the check that each fits its response and its target operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..decorators import Link
from ..errors import ContractError

# OpenAPI 3.1, 4.8.20.4; an expression is the whole value, or a part of it in braces.
EXPRESSION = re.compile(
    r"\$(?:url|method|statusCode"
    r"|(?P<side>request|response)\.(?:body(?:#(?P<pointer>(?:/[^{}]*)?))?"
    r"|(?P<place>path|query|header)\.(?P<name>[^#{}]+)))"
)
EMBEDDED = re.compile(r"\{([^{}]*)\}")


def write_links(declared: Iterable[Link]) -> dict[str, Any]:
    """Return the Link Objects of one response. Raises `ContractError` when two have the same target."""
    written: dict[str, Any] = {}
    for link in declared:
        if link.name in written:
            raise ContractError(f"two links of one response have the target {link.operation}")
        written[link.name] = {"operationId": link.operation, "description": link.description}
        if link.parameters:
            written[link.name]["parameters"] = dict(link.parameters)
        if link.body is not None:
            written[link.name]["requestBody"] = dict(link.body)
    return written


def check_links(document: Mapping[str, Any]) -> None:
    """Raise one `ContractError` that lists every name in the links that the document does not have."""
    operations = {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for operation in item.values()
    }
    errors = [
        f"{source['operationId']} {code}, link {name}: {complaint}"
        for source in operations.values()
        for code, response in source["responses"].items()
        for name, link in response.get("links", {}).items()
        for complaint in _Way(document, source, response, operations.get(link["operationId"])).complaints(
            link
        )
    ]
    if errors:
        raise ContractError("the document has broken links:\n  " + "\n  ".join(errors))


@dataclass(frozen=True, slots=True)
class _Way:
    """A link from one response to a target operation, if that exists."""

    document: Mapping[str, Any]
    source: Mapping[str, Any]
    response: Mapping[str, Any]
    target: Mapping[str, Any] | None

    def complaints(self, link: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with the link."""
        if not link["description"]:
            yield "it has no description"
        if self.target is None:
            yield f"there is no operation {link['operationId']!r}"
            return
        given = link.get("parameters", {})
        named = [key for parameter in self.target.get("parameters", []) for key in _names(parameter)]
        yield from (
            f"{self.target['operationId']} has no parameter {key!r}" for key in given if key not in named
        )
        for parameter in self.target.get("parameters", []):
            if parameter["in"] == "path" and not given.keys() & set(_names(parameter)):
                yield f"it does not set the path parameter {parameter['name']!r}"
        body = link.get("requestBody", {})
        for member in body:
            if not self._has(_json_of(self.target.get("requestBody", {})), [member]):
                yield f"the body of {self.target['operationId']} has no {member!r}"
        for value in (*given.values(), *body.values()):
            yield from self._unknown(value)

    def _unknown(self, value: Any) -> Iterator[str]:
        """Yield the runtime expressions of a value that refer to nothing."""
        if not isinstance(value, str):
            return
        for expression in [value] if value.startswith("$") else EMBEDDED.findall(value):
            match = EXPRESSION.fullmatch(expression)
            if match is None:
                yield f"{expression!r} is not a runtime expression"
            elif not self._exists(match):
                yield f"{expression} does not exist"

    def _exists(self, expression: re.Match[str]) -> bool:
        side, place, name = expression["side"], expression["place"], expression["name"]
        if side is None:
            return True
        if place is None:
            body = self.response if side == "response" else self.source.get("requestBody", {})
            return self._has(_json_of(body), (expression["pointer"] or "").split("/")[1:])
        if side == "response":
            return place == "header" and name in self.response.get("headers", {})
        return any(
            parameter["in"] == place and parameter["name"] == name
            for parameter in self.source.get("parameters", [])
        )

    def _has(self, schema: Mapping[str, Any] | None, pointer: list[str]) -> bool:
        """Tell whether a value that `schema` describes can have something at the pointer."""
        if schema is None:
            return False
        if "$ref" in schema:
            return self._has(
                self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], pointer
            )
        if not pointer:
            return True
        first, *rest = pointer
        key = first.replace("~1", "/").replace("~0", "~")
        parts = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, [])]
        inner = schema.get("properties", {}).get(key)
        if inner is None and key.isdecimal():
            inner = schema.get("items")
        return self._has(inner, rest) or any(self._has(part, pointer) for part in parts)


def _names(parameter: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a link may name a parameter: by its name, or with its location in front."""
    return parameter["name"], f"{parameter['in']}.{parameter['name']}"


def _json_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] | None = body.get("content", {}).get("application/json", {}).get("schema")
    return schema
