"""Compiles one argument of a request parser: its parameter in the document and the function that reads it.

Everything is looked up once, when the service starts; a request runs one closure per argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flask_restx.reqparse import ParseResult
from werkzeug.datastructures import FileStorage

from .. import types
from ..deprecation import DeprecatedFeature
from ..errors import ContractError
from ..problems import InputError
from ..types import Schema
from ..validation import first_error_code
from .argument_options import argument_deprecation
from .argument_schemas import (
    NOT_SERIALIZABLE,
    choices_as_sent,
    choices_of,
    make_nullable,
    to_json_value,
    without_commas,
)
from .argument_types import FILE_SCHEMA, Convert, ValueType, value_type
from .locations import (
    LOCATION_LABELS,
    LOCATION_NAMES,
    LOCATIONS,
    OPENAPI_LOCATIONS,
    RequestValues,
    value_getter,
)

METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# What reqparse has for an argument without a location.
NO_LOCATION = ["json", "values"]
_RESERVED_HEADERS = frozenset(
    {"accept", "authorization", "content-type"}
)  # OpenAPI ignores parameters of these names

Read = Callable[[RequestValues, ParseResult, list[InputError]], None]


class _ArgumentError(ValueError):
    """A validation error with a code of its own; if that is None, the code follows from the schema."""

    def __init__(self, code: str | None, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Argument:
    """A compiled argument; `read` stores its value, or its error, where the caller collects them.

    Raises `ContractError` for a declaration that the document cannot describe: without `strict` only those that have no
    meaning at all, with `strict` also those that accept more or less than is documented. `unlocated` is where an
    argument of a stock application is that names no location; None if it makes up the JSON body with others.
    """

    def __init__(self, declared: Any, *, method: str, strict: bool, unlocated: str | None = None) -> None:
        self.name: str = declared.name
        self.key: str = declared.dest or declared.name
        self.action: str = declared.action
        self.description: str | None = (
            str(declared.help).replace("{error_msg}", "").strip() if declared.help else None
        )
        self.required = bool(declared.required)
        self.deprecation = argument_deprecation(declared)
        if self.deprecation is not None:
            self.description = self.deprecation.described(self.description)
        self._declared = declared
        self._unlocated = unlocated
        self._check(strict=strict)
        self.locations = self._find_locations(method.upper(), strict=strict)
        if "files" in self.locations:
            self._value = _file(declared.type)
        else:
            self._value = value_type(declared.type, self.name, strict=strict)
        self._choices = choices_of(declared)
        self.schema = self._described()
        self.default = self._documented_default(strict=strict)
        self.read: Read = self._compile()

    def openapi(self) -> list[dict[str, Any]]:
        """Return the Parameter Objects: one for each location outside the body."""
        return [self._parameter(location) for location in self.locations if location in OPENAPI_LOCATIONS]

    def deprecated_uses(self, request_values: RequestValues) -> Iterator[DeprecatedFeature]:
        """Yield the locations in which a request uses the argument although it is deprecated."""
        if self.deprecation is not None:
            for location in self.locations:
                if value_getter(location, self.name, listed=False)(request_values):
                    yield DeprecatedFeature(f"{LOCATION_LABELS[location]} {self.name}", self.deprecation)

    def property(self, location: str) -> Schema:
        """Return the schema of the property that represents the argument in a form or a JSON body."""
        schema = self._in_json() if location == "json" else self._in_text(location)
        described = {"description": self.description} if self.description else {}
        return {
            **schema,
            **described,
            **self.default,
            **(self.deprecation.keywords if self.deprecation else {}),
        }

    def _check(self, *, strict: bool) -> None:
        declared = self._declared
        if tuple(declared.operators) != ("=",):
            raise self._error(f"the operators {tuple(declared.operators)} cannot be documented")
        if self.action not in {"store", "append", "split"}:
            raise self._error(f"the action {self.action!r} is not supported")
        if not strict:
            return
        for option, default in (("ignore", False), ("trim", False), ("case_sensitive", True)):
            if bool(getattr(declared, option)) is not default:
                raise self._error(f"{option}={not default} accepts values that the document refuses")
        if hasattr(dict, self.key):
            raise self._error(f"parameters().{self.key} is a method of dict: give it another dest=")

    def _find_locations(self, method: str, *, strict: bool) -> tuple[str, ...]:
        """Return the locations that the argument is read from, in order.

        An optional argument with several locations is read and documented in each; a required one only in the first,
        since a document cannot require "here or there".
        """
        given = self._declared.location
        given = [given] if isinstance(given, str) else list(given)
        has_body = method in METHODS_WITH_BODY
        if self._unlocated and not strict and given == NO_LOCATION:
            given = [self._unlocated]
        unknown = sorted(set(given) - set(LOCATIONS))
        if unknown:
            raise self._error(f"its location {', '.join(unknown)} cannot be documented")
        if strict:
            self._check_locations(given, has_body=has_body)
        if has_body and not {"json", "get_json"}.isdisjoint(given):
            return ("json",)
        locations = dict.fromkeys(LOCATIONS[location] for location in given)
        usable = tuple(location for location in locations if has_body or location not in {"form", "files"})
        return usable[:1] if self.required else usable

    def _check_locations(self, given: list[str], *, has_body: bool) -> None:
        if {"json", "get_json"} & set(given):
            raise self._error("a JSON body is declared by a model; give the argument a location")
        if len(given) != 1 or given[0] == "view_args":
            raise self._error("it needs one location: args, headers, cookies, form or files")
        if given[0] in {"form", "files"} and not has_body:
            raise self._error("its method has no form")
        if given[0] in {"cookies", "cookie"} and self.action != "store":
            raise self._error("a cookie holds one value")
        if given[0] == "headers" and self.name.lower() in _RESERVED_HEADERS:
            raise self._error("OpenAPI ignores a parameter of this name")

    def _described(self) -> Schema:
        """Return the schema of one value as a string."""
        schema = self._value.schema
        if self._choices is not None:
            wires = choices_as_sent(self._choices, self._value, schema)
            if wires is not None:
                kind = {"type": schema["type"]} if "type" in schema else {}
                schema = {**kind, "enum": wires}
        if self._declared.ignore:  # RESTX silently drops an invalid value, so any string is accepted
            return {"anyOf": [schema, {"type": "string"}]}
        return schema

    def _in_text(self, location: str) -> Schema:
        if self.action == "store":
            return self.schema
        separated = self.action == "split" or location == "headers"
        items = without_commas(self.schema) if separated else self.schema
        # Without minItems an empty list would be valid, but it cannot be sent.
        return {"type": "array", "items": items, "minItems": 1}

    def _in_json(self) -> Schema:
        if self.action == "split":
            return make_nullable(types.text.__schema__, self._declared.nullable)
        schema = self._value.json_schema
        if self._choices is not None:
            schema = {"enum": [to_json_value(choice) for choice in self._choices]}
        elif self._declared.ignore:
            schema = {}
        if self.action == "append":
            schema = {"type": "array", "items": schema}
        return schema if "enum" in schema else make_nullable(schema, self._declared.nullable)

    def _parameter(self, location: str) -> dict[str, Any]:
        required = self.required and len(self.locations) == 1
        parameter: dict[str, Any] = {
            "name": self.name,
            "in": OPENAPI_LOCATIONS[location],
            "required": required,
        }
        if self.description:
            parameter["description"] = self.description
        if self.deprecation is not None:
            parameter.update(self.deprecation.keywords)
        if self.action != "store":
            parameter["style"] = "simple" if location == "headers" else "form"
            parameter["explode"] = self.action == "append" and location != "headers"
        parameter["schema"] = {**self._in_text(location), **self.default}
        example = getattr(self._declared, "example", None) or self._value.example
        if example is not None and self._choices is None:
            parameter["example"] = (
                example if self.action == "store" or isinstance(example, list) else [example]
            )
        return parameter

    def _documented_default(self, *, strict: bool) -> Schema:
        """Return `{"default": ...}`, or nothing if the default is dynamic or cannot be written as JSON."""
        declared = self._declared
        if declared.default is None or callable(declared.default) or self.required:
            return {}
        default = to_json_value(declared.default)
        if default is NOT_SERIALIZABLE:
            return {}
        if strict and not types.schema_validator(self._in_text(self.locations[0]))(default):
            raise self._error(f"its default {declared.default!r} is not a value that it takes")
        return {"default": default}

    def _compile(self) -> Read:
        # Everything that depends only on the declaration is computed here; `read` runs in every request.
        getters = [
            value_getter(location, self.name, listed=self.action != "store") for location in self.locations
        ]
        in_json = self.locations == ("json",)
        where = {"pointer": pointer_to(self.name)} if in_json else {"parameter": self.name}
        key, missing = self.key, self._missing(where)
        convert = self._converter_of_json() if in_json else self._converter()
        ignore = self._declared.ignore

        def read(request_values: RequestValues, result: ParseResult, errors: list[InputError]) -> None:
            # The first location that has a value decides. Only `ignore` lets the next one try after a refused value.
            for values_of in getters:
                values = values_of(request_values)
                if values:
                    try:
                        dict.__setitem__(result, key, convert(values))
                        return
                    except ValueError as error:
                        if not ignore:
                            # Slow, but only for invalid requests: validates once more to find the failed keyword.
                            code = getattr(error, "code", None) or self._code_of(values)
                            errors.append(InputError(code, str(error), **where))
                            return
            missing(result, errors)

        return read

    def _code_of(self, values: Iterable[Any]) -> str:
        """Return the error code of the first value that the schema rejects, as for bodies: `TOO_LONG`."""
        schema = self.schema.get("items", self.schema)
        codes = (first_error_code(schema, types.coerce_json_value(schema, value)) for value in values)
        return next(filter(None, codes), "INVALID")

    def _missing(self, where: dict[str, str]) -> Callable[[ParseResult, list[InputError]], None]:
        """Return the function that handles a missing value."""
        declared, key = self._declared, self.key
        default = declared.default
        if self.required and self.locations:
            location = self.locations[0]
            error = InputError("REQUIRED", f"It is required in {LOCATION_NAMES[location]}.", **where)
            return lambda _result, errors: errors.append(error)
        if not declared.store_missing:
            return lambda _result, _errors: None
        if isinstance(
            default, list | dict | set
        ):  # a request must not see changes that another request made to it
            default = default.copy
        if callable(default):
            make = default
            return lambda result, _errors: dict.__setitem__(result, key, make())
        return lambda result, _errors: dict.__setitem__(result, key, default)

    def _converter(self) -> Callable[[list[Any]], Any]:
        one = self._one(self._value.from_text)
        if self.action == "store":
            return lambda values: one(_only(values))
        if self.action == "split" and self.locations != ("headers",):
            return lambda values: _each(one, _only(values).split(","))
        return lambda values: _each(one, values)

    def _converter_of_json(self) -> Callable[[list[Any]], Any]:
        nullable = self._declared.nullable
        one = self._one(self._value.from_text if self.action == "split" else self._value.from_json)

        def convert(values: list[Any]) -> Any:
            value = values[0]
            if value is None:
                if not nullable:
                    raise ValueError("It must not be null.")
                return None
            if self.action == "store":
                return one(value)
            items = value.split(",") if isinstance(value, str) and self.action == "split" else value
            if not isinstance(items, list):
                raise ValueError("It is not valid.")  # noqa: TRY004 - every refusal is a ValueError
            return _each(one, items)

        return convert

    def _one(self, convert: Convert) -> Convert:
        """Return the conversion of one value, with the argument's own options."""
        steps: list[Convert] = []
        if self._declared.trim:
            steps.append(lambda value: value.strip() if isinstance(value, str) else value)
        if not self._declared.case_sensitive:
            steps.append(lambda value: value.lower() if isinstance(value, str) else value)
        steps.append(self._among_documented(convert))
        if self._choices is not None:
            steps.append(_chosen(self._choices))
        return steps[0] if len(steps) == 1 else _chain(steps)

    def _among_documented(self, convert: Convert) -> Convert:
        """Return `convert`, restricted to the texts of the documented `enum`, if there is one."""
        texts = self.schema.get("enum")
        if not texts or self.schema.get("type") != "string" or self.locations == ("json",):
            return convert
        # Compared as text, before the conversion: a callable may map several texts to one choice, and the document
        # lists one.
        listed, sentence = frozenset(texts), types.constraint_message(self.schema)

        def converted(text: Any) -> Any:
            if text not in listed:
                raise _ArgumentError("NOT_ALLOWED", sentence)
            return convert(text)

        return converted

    def _error(self, complaint: str) -> ContractError:
        return ContractError(f"the argument {self.name!r}: {complaint}")


def pointer_to(name: str) -> str:
    """Return the JSON Pointer of the property `name` of the body."""
    return f"/{name.replace('~', '~0').replace('/', '~1')}"


def _file(declared: Any) -> ValueType:
    """Return the type of an uploaded file: a `FileStorage` unless it has a type of its own."""
    if declared in (FileStorage, str):
        return value_type(FileStorage, "", strict=True)
    own = value_type(declared, "", strict=False)
    return ValueType(FILE_SCHEMA, own.from_json, FILE_SCHEMA, own.from_json)


def _only(values: list[Any]) -> Any:
    if len(values) > 1:
        raise _ArgumentError("REPEATED", "It must be sent once.")
    return values[0]


def _each(convert: Convert, values: Iterable[Any]) -> list[Any]:
    converted = []
    for position, value in enumerate(values, 1):
        try:
            converted.append(convert(value))
        except ValueError as error:
            raise _ArgumentError(getattr(error, "code", None), f"Value {position}: {error}") from error
    return converted


def _chain(steps: Sequence[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return convert


def _chosen(choices: list[Any]) -> Convert:
    sentence = types.constraint_message({"enum": [to_json_value(choice) for choice in choices]})

    def check(value: Any) -> Any:
        if value not in choices:
            raise _ArgumentError("NOT_ALLOWED", sentence)
        return value

    return check
