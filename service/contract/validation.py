"""JSON Schema validation of request bodies; maps failed keywords to error codes and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from .problems import InputError, InvalidInput
from .references import References
from .types import pattern_error

MAX_ERRORS = 100

# Error codes and messages for clients; they never contain the value that was sent.
_ERROR_MESSAGES: dict[str, tuple[str, str]] = {
    "type": ("WRONG_TYPE", "It must be of type {types}."),
    "minLength": ("TOO_SHORT", "It must have at least {limit} characters."),
    "maxLength": ("TOO_LONG", "It must have at most {limit} characters."),
    "minItems": ("TOO_FEW", "It must have at least {limit} items."),
    "maxItems": ("TOO_MANY", "It must have at most {limit} items."),
    "minimum": ("TOO_SMALL", "It must be {limit} or more."),
    "maximum": ("TOO_LARGE", "It must be {limit} or less."),
    "exclusiveMinimum": ("TOO_SMALL", "It must be more than {limit}."),
    "exclusiveMaximum": ("TOO_LARGE", "It must be less than {limit}."),
    "multipleOf": ("NOT_A_MULTIPLE", "It must be a multiple of {limit}."),
    "uniqueItems": ("NOT_UNIQUE", "Its items must be unique."),
    "format": ("INVALID_FORMAT", "It is not a valid {limit}."),
    "enum": ("NOT_ALLOWED", "It must be one of the allowed values."),
    "const": ("NOT_ALLOWED", "It must be the required value."),
}
_LIMIT_ATTRIBUTES = ("limit", "format", "multiple_of")


class Validator:
    """Validates instances against one schema of `document`, which may refer to the schemas of its components.

    Only those that it needs are compiled with it: each of a few hundred validators of all would take milliseconds.
    """

    def __init__(
        self, schema: Mapping[str, Any], document: Mapping[str, Any], references: References | None = None
    ) -> None:
        schemas = document["components"].get("schemas", {})
        needed = (references or References(document)).reachable(schema)
        whole = {
            **schema,
            "components": {"schemas": {name: schemas[name] for name in needed & schemas.keys()}},
        }
        self._compiled = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def is_valid(self, instance: Any) -> bool:
        """Tell whether `instance` is valid."""
        return bool(self._compiled.is_valid(instance))

    def messages(self, instance: Any) -> list[str]:
        """Return the library's own messages, for developers: they contain the values."""
        return [
            f"{_pointer(error.instance_path)}: {error.message}"
            for error in self._compiled.iter_errors(instance)
        ]

    def check(self, instance: Any) -> None:
        """Raise `InvalidInput` with all errors of `instance`, at most 100."""
        if self._compiled.is_valid(instance):
            return
        errors: list[InputError] = []
        for error in self._compiled.iter_errors(instance):
            errors += _input_errors(error)
            if len(errors) >= MAX_ERRORS:
                break
        raise InvalidInput(errors=errors[:MAX_ERRORS])


def first_error_code(schema: Mapping[str, Any], instance: Any) -> str | None:
    """Return the code of the first error of `instance`, None if it is valid."""
    compiled = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)
    return next(
        (
            input_error.code
            for error in compiled.iter_errors(instance)
            for input_error in _input_errors(error)
        ),
        None,
    )


def _input_errors(error: Any) -> list[InputError]:
    path = _pointer(error.instance_path)
    kind = error.kind
    match kind.name:
        case "required":
            return [InputError("REQUIRED", "It is required.", pointer=f"{path}/{_escape(kind.property)}")]
        case "additionalProperties" | "unevaluatedProperties":
            return [
                InputError(
                    "UNKNOWN_PROPERTY",
                    "Unknown field.",
                    pointer=f"{path}/{_escape(name)[:100]}",
                )
                for name in kind.unexpected
            ]
        case "anyOf":  # an object or null: report the errors of the object
            return [input_error for inner in kind.context[0] for input_error in _input_errors(inner)]
        case "pattern":
            return [InputError("INVALID_FORMAT", pattern_error(kind.pattern), pointer=path)]
    code, sentence = _ERROR_MESSAGES.get(kind.name, ("INVALID", "It is not valid."))
    return [InputError(code, sentence.format(limit=_limit(kind), types=_types(kind)), pointer=path)]


def _limit(kind: Any) -> str:
    return next((str(getattr(kind, name)) for name in _LIMIT_ATTRIBUTES if hasattr(kind, name)), "")


def _types(kind: Any) -> str:
    return " or ".join(str(name) for name in getattr(kind, "types", ())) or "another"


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{_escape(str(part))}" for part in path)


def _escape(part: str) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
