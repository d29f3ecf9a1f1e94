"""Small documents to compare: one operation, with one thing at a time put into it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from service.contract.checks.compatibility import Change, compare

TODAY = date(2026, 11, 21)

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1.0.0"},
    "paths": {
        "/things/{thing_id}": {
            "put": {
                "operationId": "putThing",
                "summary": "Put a thing",
                "security": [{"token": ["write"]}],
                "parameters": [
                    {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 9}},
                    {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                "responses": {
                    "200": {
                        "description": "The thing",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"type": "object"}}},
                        "links": {"again": {"operationId": "putThing"}},
                    },
                    "404": {
                        "description": "No such thing",
                        "content": {
                            "application/problem+json": {"schema": {"$ref": "#/components/schemas/NotFound"}}
                        },
                    },
                },
            },
            "get": {
                "operationId": "getThing",
                "responses": {"200": {"description": "The thing"}},
            },
        }
    },
    "components": {
        "schemas": {
            "NotFound": {
                "type": "object",
                "properties": {"code": {"const": "NOT_FOUND"}},
                "required": ["code"],
            },
            "Gone": {"type": "object", "properties": {"code": {"const": "GONE"}}, "required": ["code"]},
        },
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
    },
}

Edit = Callable[[dict[str, Any]], Any]


def document(*edits: Edit) -> dict[str, Any]:
    """Return the document with the edits made in its operation `putThing`."""
    made = copy.deepcopy(DOCUMENT)
    for edit in edits:
        edit(made["paths"]["/things/{thing_id}"]["put"])
    return made


def with_schema(side: str, schema: Any, components: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the document with a schema as what is sent or answered."""
    made = copy.deepcopy(DOCUMENT)
    made["components"]["schemas"].update(components or {})
    operation = made["paths"]["/things/{thing_id}"]["put"]
    message = operation["requestBody"] if side == "request" else operation["responses"]["200"]
    message["content"]["application/json"]["schema"] = schema
    return made


def changes(old: dict[str, Any], new: dict[str, Any], today: date = TODAY) -> list[Change]:
    return compare(old, new, today=today)


def told(found: list[Change]) -> list[tuple[str, str, str]]:
    """Return level, place and sentence of each change."""
    return [(change.level.name, change.place, change.sentence) for change in found]
