"""Response Objects: the declared successes, 304 for conditional requests, and one response for each error status."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ..event_streams import EVENT_STREAM, EventStream
from ..operations import DeclaredResponse, Operation
from ..problems import PROBLEM_JSON, Problem
from .field_schemas import Schema
from .headers import (
    RATE_LIMIT_HEADERS,
    RETRY_AFTER_IN_USE,
    declared_headers,
    deprecation_headers,
    etag_header,
    location_header,
    problem_headers,
)
from .links import write_links
from .problem_schemas import general_problem, input_error_schema, problem_name, problem_schema
from .schemas import Components

JSON = "application/json"
EVENT_DATA_MAX = 1_000_000
_LOCATIONS = {
    "201": "URL of the created resource.",
    "202": "URL of what tells how far the work has come.",
}


class ResponseWriter:
    """Writes the responses of operations, collecting the models they use."""

    def __init__(self, components: Components, common_headers: Mapping[str, Any]) -> None:
        self._components = components
        self._common = {name: {"$ref": f"#/components/headers/{name}"} for name in common_headers}

    def responses(self, operation: Operation) -> dict[str, Any]:
        """Return the responses of `operation` by status, in the order of their statuses."""
        responses = {
            code: self._success(operation, code, declared)
            for code, declared in operation.success_responses.items()
        }
        if operation.declared.conditional:
            headers = {**self._common_of(operation), "ETag": etag_header()}
            responses["304"] = {
                "description": "Not modified: a version given in `If-None-Match` is current.",
                "headers": headers,
            }
        by_status: dict[str, list[type[Problem]]] = {}
        for problem in operation.problems:
            by_status.setdefault(str(problem.status), []).append(problem)
        for code in {**by_status, **operation.error_responses}:
            responses[code] = self._failure(operation, code, by_status.get(code, []))
        ordered = dict(sorted(responses.items()))
        if not operation.strict:
            ordered["default"] = self._anything_else(operation)
        return ordered

    def _success(self, operation: Operation, code: str, declared: DeclaredResponse) -> dict[str, Any]:
        phrase = HTTPStatus(int(code)).phrase
        # Accepted, and nothing to follow: neither work whose progress is shown nor values for another operation.
        is_silent = code == "202" and declared.model is None
        response: dict[str, Any] = {"description": declared.description or phrase}
        headers = {**self._common_of(operation), **declared_headers(operation, declared)}
        if code in _LOCATIONS and operation.strict and not is_silent:
            headers["Location"] = location_header(_LOCATIONS[code])
        if code.startswith("3"):
            headers["Location"] = location_header("The current URL.")
        elif operation.declared.conditional:
            headers["ETag"] = etag_header()
        if operation.declared.rate_limit:
            headers.update(RATE_LIMIT_HEADERS)
        if headers:
            response["headers"] = headers
        content = self._success_content(operation, code, declared)
        if content:
            response["content"] = content
        if operation.declared.links and code.startswith("2") and not is_silent:
            response["links"] = write_links(operation.declared.links)
        return response

    def _success_content(
        self, operation: Operation, code: str, declared: DeclaredResponse
    ) -> dict[str, Any] | None:
        if code in {"204", "205"} or code.startswith("3"):
            return None
        if operation.declared.event_stream is not None:
            return {EVENT_STREAM: self._event(operation, operation.declared.event_stream)}
        if operation.declared.media_types:
            return {kind: {"schema": _content_schema(kind)} for kind in operation.declared.media_types}
        if declared.model is None and operation.strict:
            return None
        schema = (
            {}
            if declared.model is None
            else self._components.schema(declared.model, "output", operation.name)
        )
        if declared.options.get("skip_none"):
            schema = self._sparse(declared.model)
        envelope = declared.options.get("envelope")
        if envelope:
            schema = {"type": "object", "properties": {envelope: schema}, "required": [envelope]}
        content = {"schema": schema}
        if "answer" in operation.declared.examples:
            content["example"] = operation.declared.examples["answer"]
        return {JSON: content}

    def _event(self, operation: Operation, stream: EventStream) -> dict[str, Any]:
        """Return the media type of a stream; its schema is that of each event, as OpenAPI 3.2 calls it `itemSchema`."""
        data = {
            "type": "string",
            "maxLength": EVENT_DATA_MAX,
            "contentMediaType": JSON,
            "contentSchema": self._components.schema(stream.model, "output", operation.name),
            "description": "JSON of the schema in `contentSchema`.",
        }
        event_id = {
            "type": "string",
            "maxLength": 200,
            "description": "Send it as `Last-Event-ID` to go on behind it.",
        }
        event = {"type": "string", "const": stream.event, "description": "Name of the event."}
        schema = {
            "type": "object",
            "description": "One event of the stream.",
            "properties": {"id": event_id, "event": event, "data": data},
            "required": ["id", "event", "data"],
        }
        return {"schema": schema}

    def _sparse(self, model: Any) -> Schema:
        """Return the schema of `skip_none` output: any key may be absent, except those that always have a value."""
        if isinstance(model, list):
            return {"type": "array", "items": self._sparse(model[0])}
        return self._components.sparse(model)

    def _failure(self, operation: Operation, code: str, problems: list[type[Problem]]) -> dict[str, Any]:
        declared = operation.error_responses.get(code)
        limit_bytes = operation.declared.body_limit_bytes
        text = (declared.description if declared else None) or " ".join(
            dict.fromkeys(cls.description for cls in problems)
        )
        if code == "413" and limit_bytes is not None:
            text = (
                f"The request body is larger than {limit_bytes} bytes, or than a lower limit of the server."
            )
        response: dict[str, Any] = {"description": text or HTTPStatus(int(code)).phrase}
        of_problem = problem_headers(int(code), problems)
        if not operation.strict:
            # Only problems are sure to have them.
            of_problem = {name: {**header, "required": False} for name, header in of_problem.items()}
        headers = {**self._common_of(operation), **of_problem}
        if code == "409" and operation.takes_idempotency_key:
            headers["Retry-After"] = RETRY_AFTER_IN_USE
        if operation.declared.rate_limit:
            headers.update(RATE_LIMIT_HEADERS)
        if headers:
            response["headers"] = headers
        content: dict[str, Any] = {PROBLEM_JSON: {"schema": self._problem_schema(problems)}}
        if declared is not None and declared.model is not None:
            content[JSON] = {"schema": self._components.schema(declared.model, "output", operation.name)}
        elif not operation.strict:
            # What a method returns with a status, and what an error handler answers, is sent as it is.
            content[JSON] = {"schema": {}}
        response["content"] = content
        return response

    def _problem_schema(self, problems: list[type[Problem]]) -> Schema:
        """Return a reference to one component, or a `oneOf` of several with the discriminator `code`."""
        if not problems:
            return self._problem("Problem", general_problem())
        references = [self._problem(problem_name(cls), problem_schema(cls)) for cls in problems]
        if len(references) == 1:
            return references[0]
        mapping = {cls.code: reference["$ref"] for cls, reference in zip(problems, references, strict=True)}
        return {"oneOf": references, "discriminator": {"propertyName": "code", "mapping": mapping}}

    def _problem(self, name: str, schema: Schema) -> Schema:
        if "errors" in schema["properties"]:
            self._components.add("InputError", input_error_schema())
        return self._components.add(name, schema)

    def _anything_else(self, operation: Operation) -> dict[str, Any]:
        """Return the `default` response of a stock namespace: RESTX does not require it to declare its responses."""
        problem = self._problem("Problem", general_problem())
        content = {JSON: {"schema": {}}, PROBLEM_JSON: {"schema": problem}}
        response: dict[str, Any] = {
            "description": "Any other response. Errors are problem documents, or what the application answers itself.",
            "content": content,
        }
        headers = self._common_of(operation)
        return {**response, "headers": headers} if headers else response

    def _common_of(self, operation: Operation) -> dict[str, Any]:
        """Return the headers that every response of an operation has."""
        return {**self._common, **deprecation_headers(operation)}


def _content_schema(media_type: str) -> Schema:
    """Return the schema of content that is not JSON: a string, or (OpenAPI 3.1, 4.8.14.2) nothing for bytes."""
    return {"type": "string"} if media_type.startswith("text/") else {}
