"""Requires descriptions, bounds, summaries, examples and readable operationIds in strict namespaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import ContractError
from ..references import References
from ..validation import Validator
from .examples import MISSING, Examples

LOWER_CAMEL = re.compile(r"^[a-z][A-Za-z0-9]*$")
BOUNDED_FORMATS = frozenset({"date", "date-time", "uuid", "email", "ipv4", "ipv6"})


def lint(document: dict[str, Any], strict_operations: Iterable[tuple[str, str]]) -> None:
    """Raise one `ContractError` that lists everything that is missing in the operations of strict namespaces."""
    schemas = document["components"]["schemas"]
    described = {tag["name"] for tag in document["tags"] if tag.get("description")}
    references = References(document)
    errors: dict[str, None] = {}
    for path, method in strict_operations:
        operation = document["paths"][path][method]
        place = f"{method.upper()} {path}"
        for complaint in _operation(operation, described):
            errors[f"{place}: {complaint}"] = None
        for complaint in _examples(operation, document, references):
            errors[f"{place}: {complaint}"] = None
        for complaint in _parameters(operation):
            errors[f"{place}: {complaint}"] = None
        for name in sorted(references.reachable(operation)):
            for complaint in _schema(schemas[name], name):
                errors[complaint] = None
    if errors:
        raise ContractError("the document is incomplete:\n  " + "\n  ".join(errors))


def lint_webhooks(document: dict[str, Any]) -> None:
    """Raise one `ContractError` that lists everything that is missing or wrong in webhooks."""
    schemas = document["components"]["schemas"]
    described = {tag["name"] for tag in document["tags"] if tag.get("description")}
    references = References(document)
    errors: dict[str, None] = {}
    for name, item in document.get("webhooks", {}).items():
        webhook = item["post"]
        complaints = [
            *_operation(webhook, described),
            *_examples({**webhook, "responses": {}}, document, references),
            *_parameters(webhook),
        ]
        if not any(status.startswith("2") for status in webhook["responses"]):
            complaints.append("no response of its receivers counts as a success")
        errors |= dict.fromkeys(f"the webhook {name}: {complaint}" for complaint in complaints)
        for model in sorted(references.reachable(webhook)):
            errors |= dict.fromkeys(_schema(schemas[model], model))
    if errors:
        raise ContractError("the document is incomplete:\n  " + "\n  ".join(errors))


def _operation(operation: dict[str, Any], described: set[str]) -> Iterator[str]:
    if not LOWER_CAMEL.match(operation["operationId"]):
        yield f"its operationId {operation['operationId']!r} is not lowerCamelCase"
    if not operation["summary"]:
        yield "it has no summary: add a docstring to the method"
    if not set(operation["tags"]) <= described:
        yield "its namespace has no description"


def _examples(operation: dict[str, Any], document: dict[str, Any], references: References) -> Iterator[str]:
    bodies = {"body": operation.get("requestBody", {})}
    bodies |= {code: response for code, response in operation["responses"].items() if code.startswith("2")}
    for name, body in bodies.items():
        media = body.get("content", {}).get("application/json")
        if media is None:
            continue
        example = Examples(document).shown(media)
        if example is MISSING or example == []:
            yield f"its {name} has no example: add examples to its fields"
        else:
            yield from (
                f"the example of its {name} is invalid: {message}"
                for message in Validator(media["schema"], document, references).messages(example)
            )


def _parameters(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        if not parameter.get("description"):
            yield f"the parameter {parameter['name']!r} has no description"
        if parameter["in"] == "path" and "example" not in parameter:
            yield f"the parameter {parameter['name']!r} has no example"
        yield from _schema(parameter["schema"], f"the parameter {parameter['name']!r}")


def _schema(schema: dict[str, Any], place: str) -> Iterator[str]:
    kinds = schema.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "const" in schema or "enum" in schema or "$ref" in schema:
        return
    if "string" in kinds and "maxLength" not in schema and schema.get("format") not in BOUNDED_FORMATS:
        yield f"{place} has no max_length"
    if kinds & {"integer", "number"} and not _bounded(schema):
        yield f"{place} has no bounds"
    if "array" in kinds:
        yield from _schema(schema["items"], f"{place}[]")
    for name, member in schema.get("properties", {}).items():
        if "description" not in member and "$ref" not in member and not _refers(member):
            yield f"{place}.{name} has no description"
        yield from _schema(member, f"{place}.{name}")


def _refers(schema: dict[str, Any]) -> bool:
    return any("$ref" in part for part in schema.get("anyOf", []) + schema.get("oneOf", []))


def _bounded(schema: dict[str, Any]) -> bool:
    return bool({"minimum", "exclusiveMinimum"} & set(schema)) and bool(
        {"maximum", "exclusiveMaximum"} & set(schema)
    )
