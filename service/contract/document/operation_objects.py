"""Operation Objects: parameters, request body and responses of one operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..idempotency import PARAMETER as IDEMPOTENCY_KEY
from ..operations import Operation
from ..validated_request import ENTITY_TAGS, MAX_CONDITIONAL_HEADER_LENGTH
from .response_objects import JSON, ResponseWriter
from .schemas import Components

MAX_BODY_BYTES = "x-max-body-bytes"


class OperationWriter:
    """Writes operations, collecting the models they use."""

    def __init__(self, components: Components, common_headers: Mapping[str, Any]) -> None:
        self._components = components
        self._responses = ResponseWriter(components, common_headers)

    def operation(self, operation: Operation) -> dict[str, Any]:
        """Return the Operation Object of `operation`."""
        self._components.strict = operation.strict
        written: dict[str, Any] = {
            "tags": [operation.namespace.name],
            "summary": operation.summary or operation.name,
            "operationId": operation.id,
            "security": [dict(requirement) for requirement in operation.security],
        }
        deprecation = operation.declared.deprecation
        description = deprecation.described(operation.description) if deprecation else operation.description
        if description:
            written["description"] = description
        if operation.deprecated:
            written |= deprecation.keywords if deprecation else {"deprecated": True}
        parameters = [
            *_path_parameters(operation),
            *(_not_filled_in(parameter) for parameter in operation.parameters.openapi()),
            *_condition_parameters(operation),
            *([dict(IDEMPOTENCY_KEY)] if operation.takes_idempotency_key else []),
        ]
        if parameters:
            written["parameters"] = parameters
        body = self._request_body(operation)
        if body:
            written["requestBody"] = {**body, **_limit(operation)}
        written["responses"] = self._responses.responses(operation)
        return {**written, **operation.extensions}

    def _request_body(self, operation: Operation) -> dict[str, Any] | None:
        if operation.body is None:
            return _form(operation)
        content: dict[str, Any] = {"schema": self._components.schema(operation.body, "input", operation.name)}
        if "request" in operation.declared.examples:
            content["example"] = operation.declared.examples["request"]
        body: dict[str, Any] = {"required": operation.declared.body_required, "content": {JSON: content}}
        return {"description": operation.body_description, **body} if operation.body_description else body


def _form(operation: Operation) -> dict[str, Any] | None:
    form = operation.parameters.body()
    if not form:
        return None
    example = operation.declared.examples.get("request")
    content = {kind: {**part, **({"example": example} if example else {})} for kind, part in form.items()}
    return {"required": any(part["schema"].get("required") for part in form.values()), "content": content}


def _limit(operation: Operation) -> dict[str, int]:
    """Return the limit of the whole body as an extension: a schema has no word for it."""
    limit_bytes = operation.declared.body_limit_bytes
    return {} if limit_bytes is None else {MAX_BODY_BYTES: limit_bytes}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    written = []
    for parameter in operation.path_parameters:
        entry: dict[str, Any] = {
            "name": parameter.name,
            "in": "path",
            "required": True,
            "schema": dict(parameter.schema),
        }
        if parameter.description:
            entry["description"] = parameter.description
        if parameter.example is not None:
            entry["example"] = parameter.example
        written.append(entry)
    return written


def _not_filled_in(parameter: dict[str, Any]) -> dict[str, Any]:
    """Move the example of a filter into its schema: Swagger UI would fill it in, and a search would find nothing."""
    if parameter["required"] or "example" not in parameter:
        return parameter
    moved = {name: value for name, value in parameter.items() if name != "example"}
    return {**moved, "schema": {**parameter["schema"], "examples": [parameter["example"]]}}


def _condition_parameters(operation: Operation) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    if operation.declared.conditional:
        written.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "Entity tags (`ETag`) of the versions you have; 304 if one of them is current.",
                "schema": {"type": "string", "maxLength": MAX_CONDITIONAL_HEADER_LENGTH},
            }
        )
    if operation.declared.if_match:
        required = operation.declared.if_match == "required"
        written.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "Entity tag (`ETag`) of the version to change, or `*`; 412 if it is not current.",
                **({"required": True} if required else {}),
                "schema": {
                    "type": "string",
                    "pattern": ENTITY_TAGS,
                    "maxLength": MAX_CONDITIONAL_HEADER_LENGTH,
                },
                "example": "*",
            }
        )
    return written
