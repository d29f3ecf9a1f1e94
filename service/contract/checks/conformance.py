"""Checks that a response (status, headers, body) conforms to the OpenAPI document; used by the test client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ..event_streams import EVENT_STREAM, parse_events
from ..problems import PROBLEM_JSON
from ..validation import Validator

# Headers that HTTP, the server and the security policy add to any response; all others must be declared.
UNDECLARED_HEADERS_ALLOWED = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "allow",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-resource-policy",
        "date",
        "keep-alive",
        "last-modified",
        "referrer-policy",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "x-content-type-options",
    }
)
# The pages outside the document, a closed list.
UNDOCUMENTED_PAGES = re.compile(r"/|/openapi\.json|/contract|/swagger(/[a-z.-]+)?|/problems(/[^/]+)?")


@dataclass(frozen=True, slots=True)
class ObservedResponse:
    """A declared response that was observed, with the names of the declared headers that it had."""

    operation_id: str
    status: str
    media_type: str | None
    code: str | None
    headers: frozenset[str] = frozenset()


class ContractViolation(AssertionError):
    """A response that the document does not declare."""


class ContractChecker:
    """Checks responses against one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        # As in routing, fixed segments are matched before variables: `/posts/archive` is not `/posts/{post_id}`.
        self._routes = [
            (_route(path), path) for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]
        self._validators: dict[str, Validator] = {}

    def check(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> ObservedResponse | None:
        """Return the observed response; None for what is outside the operations (pages, OPTIONS, unknown routes).

        Raises `ContractViolation`, which says what is not declared.
        """
        place = f"{method} {path} -> {status}"
        headers = {name.lower(): value for name, value in headers.items()}
        operation = self._operation("get" if method == "HEAD" else method.lower(), path)
        if operation is None:
            self._check_outside(place, method, path, status, headers, body)
            return None
        declared = operation["responses"].get(str(status), operation["responses"].get("default"))
        if declared is None:
            raise ContractViolation(
                f"{place}: the status is not declared by {operation['operationId']}; {body[:300]!r}"
            )
        self._check_headers(place, declared, headers)
        media_type = headers.get("content-type", "").partition(";")[0] or None
        value = self._check_body(
            place, declared, media_type, b"" if method == "HEAD" else body, is_head=method == "HEAD"
        )
        code = value.get("code") if media_type == PROBLEM_JSON and isinstance(value, dict) else None
        sent = frozenset(name for name in declared.get("headers", {}) if name.lower() in headers)
        return ObservedResponse(operation["operationId"], str(status), media_type, code, sent)

    def _operation(self, method: str, path: str) -> Any:
        trimmed = path.rstrip("/") or "/"
        for pattern, template in self._routes:
            if pattern.fullmatch(trimmed) and method in self._document["paths"][template]:
                return self._document["paths"][template][method]
        return None

    def _check_outside(
        self, place: str, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        if status >= 400:
            if headers.get("content-type") != PROBLEM_JSON:
                raise ContractViolation(f"{place}: an error that is not a problem document")
            if method != "HEAD":
                self._check_problem(place, status, body)
        elif method != "OPTIONS" and not UNDOCUMENTED_PAGES.fullmatch(path):
            raise ContractViolation(f"{place}: a route that the document does not have")

    @staticmethod
    def _check_problem(place: str, status: int, body: bytes) -> None:
        problem = orjson.loads(body)
        missing = {"type", "title", "status", "detail", "code", "error"} - set(problem)
        if missing or problem["status"] != status:
            raise ContractViolation(f"{place}: not a whole problem document: {problem}")

    def _check_headers(self, place: str, declared: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        headers_by_name = {
            name.lower(): self._resolved(header) for name, header in declared.get("headers", {}).items()
        }
        undeclared = sorted(set(headers) - set(headers_by_name) - UNDECLARED_HEADERS_ALLOWED)
        if undeclared:
            raise ContractViolation(f"{place}: undeclared headers {undeclared}")
        for name, header in headers_by_name.items():
            if name not in headers:
                if header.get("required"):
                    raise ContractViolation(f"{place}: the declared header {name} is missing")
                continue
            value = _converted(headers[name], header["schema"])
            complaints = self._messages(header["schema"], value)
            if complaints:
                raise ContractViolation(f"{place}: the header {name}: {complaints}")

    def _check_body(
        self, place: str, declared: Mapping[str, Any], media_type: str | None, body: bytes, *, is_head: bool
    ) -> Any:
        content = declared.get("content")
        if content is None:
            if body or media_type:
                raise ContractViolation(f"{place}: a body of {media_type}, and none is declared")
            return None
        if media_type is None or media_type not in content:
            raise ContractViolation(f"{place}: the media type {media_type} is not declared")
        if is_head:
            return None
        if media_type == EVENT_STREAM:
            self._check_events(place, content[media_type]["schema"], body)
        if not media_type.endswith(("/json", "+json")):
            return None
        value = orjson.loads(body)
        complaints = self._messages(content[media_type]["schema"], value)
        if complaints:
            raise ContractViolation(f"{place}: the body does not match: {complaints[:5]}")
        return value

    def _check_events(self, place: str, schema: Mapping[str, Any], body: bytes) -> None:
        """Check each event of a stream, and its data by the schema of its content."""
        data_schema = schema["properties"]["data"]["contentSchema"]
        for event in parse_events(body):
            complaints = self._messages(schema, event) + self._messages(
                data_schema, orjson.loads(event["data"])
            )
            if complaints:
                raise ContractViolation(f"{place}: an event does not match: {complaints[:5]}")

    def _messages(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        key = orjson.dumps(schema).decode()
        validator = self._validators.get(key)
        if validator is None:
            validator = self._validators[key] = Validator(schema, self._document)
        return [] if validator.is_valid(value) else validator.messages(value)

    def _resolved(self, header: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in header:
            return header
        component: Mapping[str, Any] = self._document["components"]["headers"][
            header["$ref"].rsplit("/", 1)[1]
        ]
        return component


def _route(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _converted(value: str, schema: Mapping[str, Any]) -> Any:
    return int(value) if schema.get("type") == "integer" and value.lstrip("-").isdigit() else value
