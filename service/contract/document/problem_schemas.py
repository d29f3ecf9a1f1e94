"""JSON Schemas of problem documents, one component per error code so that clients can tell them apart."""

from __future__ import annotations

from typing import Any

from ..problems import InputError, NotFound, Problem
from .field_schemas import Schema

# A component of its own, so that generated clients have a named type for field errors.
INPUT_ERROR = "#/components/schemas/InputError"
EXAMPLE_ERRORS = [InputError("REQUIRED", "It is required.", pointer="/name").as_json()]


def problem_name(cls: type[Problem]) -> str:
    """Return the component name of a problem: `SLUG_TAKEN` is `SlugTakenProblem`."""
    return "".join(part.capitalize() for part in cls.code.split("_")) + "Problem"


def problem_schema(cls: type[Problem]) -> Schema:
    """Return the schema of one problem: everything but `detail` and its extension members is constant."""
    constants = {"type": f"/problems/{cls.code}", "title": cls.title, "status": cls.status}
    properties: dict[str, Any] = {name: {"const": value} for name, value in constants.items()}
    properties["type"] = {
        "type": "string",
        "const": constants["type"],
        "description": "URL of a page that explains the error.",
    }
    properties["title"] = {"type": "string", "const": cls.title, "description": "Short name of the error."}
    properties["status"] = {
        "type": "integer",
        "const": cls.status,
        "description": "The HTTP status code.",
    }
    properties["detail"] = _detail()
    properties["code"] = {
        "type": "string",
        "const": cls.code,
        "description": "Stable error code.",
    }
    properties["error"] = {"type": "string", "const": cls.title, "description": "The same as `title`."}
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
            "description": "The validation errors.",
            "items": {"$ref": INPUT_ERROR},
        }
        schema["required"] = [*schema["required"], "errors"]
    properties.update(cls.members)
    schema["required"] = [*schema["required"], *cls.members]
    constant = {name: member["const"] for name, member in properties.items() if "const" in member}
    of_members = {name: member["examples"][0] for name, member in cls.members.items()}
    examples = {"errors": EXAMPLE_ERRORS, **constant, **of_members}
    return {
        **schema,
        "examples": [{name: examples.get(name, cls.description) for name in schema["required"]}],
    }


def general_problem() -> Schema:
    """Return the schema of any problem."""
    text = {"type": "string", "maxLength": 200}
    return {
        "description": "An error (RFC 9457).",
        "type": "object",
        "properties": {
            "type": {
                **text,
                "format": "uri-reference",
                "description": "URL of a page that explains the error.",
            },
            "title": {**text, "description": "Short name of the error."},
            "status": {
                "type": "integer",
                "minimum": 400,
                "maximum": 599,
                "description": "The HTTP status code.",
            },
            "detail": _detail(),
            "code": {**text, "description": "Stable error code."},
            "error": {**text, "description": "The same as `title`."},
            "errors": {
                "type": "array",
                "maxItems": 1000,
                "description": "The validation errors.",
                "items": {"$ref": INPUT_ERROR},
            },
        },
        "required": ["type", "title", "status", "detail", "code", "error"],
        "examples": problem_schema(NotFound)["examples"],
    }


def _detail() -> Schema:
    return {"type": "string", "maxLength": 2000, "description": "Message for people."}


def input_error_schema() -> Schema:
    """Return the schema of one of the `errors` of an invalid input."""
    text = {"type": "string", "maxLength": 1000}
    return {
        "description": "A validation error.",
        "type": "object",
        "properties": {
            "pointer": {**text, "description": "JSON Pointer to the invalid value in the body (RFC 6901)."},
            "parameter": {**text, "description": "Name of the invalid parameter, if it is not in the body."},
            "code": {**text, "description": "Stable error code, such as `TOO_LONG`."},
            "detail": {**text, "description": "Message for people."},
        },
        "required": ["code", "detail"],
    }
