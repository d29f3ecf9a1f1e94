"""JSON Schemas of problem documents, one component per error code so that clients can tell them apart."""

from __future__ import annotations

from typing import Any

from ..problems import InputError, NotFound, Problem
from .schemas import Schema

# A component of its own, so that generated clients have a name for what a form shows.
INPUT_ERROR = "#/components/schemas/InputError"
EXAMPLE_ERRORS = [InputError("REQUIRED", "It is required.", pointer="/name").as_json()]


def problem_name(cls: type[Problem]) -> str:
    """Return the component's name of a problem: `SLUG_TAKEN` is `SlugTakenProblem`."""
    return "".join(part.capitalize() for part in cls.code.split("_")) + "Problem"


def problem_schema(cls: type[Problem]) -> Schema:
    """Return the schema of one problem: everything but `detail` is constant."""
    constants = {"type": f"/problems/{cls.code}", "title": cls.title, "status": cls.status}
    properties: dict[str, Any] = {name: {"const": value} for name, value in constants.items()}
    properties["type"] = {
        "type": "string",
        "const": constants["type"],
        "description": "A page that explains the problem.",
    }
    properties["title"] = {"type": "string", "const": cls.title, "description": "What kind of problem it is."}
    properties["status"] = {
        "type": "integer",
        "const": cls.status,
        "description": "The HTTP status once more.",
    }
    properties["detail"] = _detail()
    properties["code"] = {
        "type": "string",
        "const": cls.code,
        "description": "Stable; the thing to branch on.",
    }
    properties["error"] = {"type": "string", "const": cls.title, "description": "The title once more."}
    schema: Schema = {
        "description": cls.description,
        "type": "object",
        "properties": properties,
        "required": ["type", "title", "status", "detail", "code", "error"],
    }
    if cls.code == "INVALID_INPUT":
        properties["errors"] = {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "description": "Each thing wrong.",
            "items": {"$ref": INPUT_ERROR},
        }
        schema["required"] = [*schema["required"], "errors"]
    constant = {name: member["const"] for name, member in properties.items() if "const" in member}
    said = {"errors": EXAMPLE_ERRORS, **constant}
    return {**schema, "examples": [{name: said.get(name, cls.description) for name in schema["required"]}]}


def general_problem() -> Schema:
    """Return the schema of any problem."""
    text = {"type": "string", "maxLength": 200}
    return {
        "description": "An error (RFC 9457).",
        "type": "object",
        "properties": {
            "type": {**text, "format": "uri-reference", "description": "A page that explains the problem."},
            "title": {**text, "description": "What kind of problem it is."},
            "status": {
                "type": "integer",
                "minimum": 400,
                "maximum": 599,
                "description": "The HTTP status once more.",
            },
            "detail": _detail(),
            "code": {**text, "description": "Stable; the thing to branch on."},
            "error": {**text, "description": "The title once more."},
            "errors": {
                "type": "array",
                "maxItems": 1000,
                "description": "Each thing wrong.",
                "items": {"$ref": INPUT_ERROR},
            },
        },
        "required": ["type", "title", "status", "detail", "code", "error"],
        "examples": problem_schema(NotFound)["examples"],
    }


def _detail() -> Schema:
    return {"type": "string", "maxLength": 2000, "description": "What happened, for people."}


def input_error_schema() -> Schema:
    """Return the schema of one of the `errors` of an invalid input."""
    text = {"type": "string", "maxLength": 1000}
    return {
        "description": "One thing that is wrong with the input.",
        "type": "object",
        "properties": {
            "pointer": {**text, "description": "Where in the body (RFC 6901)."},
            "parameter": {**text, "description": "Which parameter, where it is not the body."},
            "code": {**text, "description": "What is wrong, stable: `TOO_LONG`."},
            "detail": {**text, "description": "What is wrong, for people."},
        },
        "required": ["code", "detail"],
    }
