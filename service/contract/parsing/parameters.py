"""The parameters of one operation: compiles its request parsers to Parameter Objects and to a strict check of requests.

A request is checked completely, against exactly what is documented. The parsers themselves are not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Request
from flask_restx.reqparse import ParseResult, RequestParser
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from ..deprecation import DeprecatedFeature, Deprecation
from ..errors import ContractError
from ..problems import InputError, InvalidInput, UnsupportedMediaType
from .arguments import Argument
from .form_body import malformed_form, read_form
from .locations import RequestValues

FORM_MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_ERRORS = 100
_NOTHING: ImmutableMultiDict[str, Any] = ImmutableMultiDict()


class ParsedParameters(ParseResult):
    """The validated values of a request by `dest` or name, as items and as attributes."""


class Parameters:
    """The parameters of one operation: their documentation, and the parser of requests."""

    def __init__(self, arguments: Sequence[Argument], *, strict: bool) -> None:
        self._arguments = tuple(arguments)
        self._strict = strict
        self._ending = tuple(argument for argument in arguments if argument.deprecation)
        self._readers = tuple(argument.read for argument in arguments)
        self._locations = frozenset(location for argument in arguments for location in argument.locations)
        self._form_names = self._names("form") | self._names("files")
        self._query_names = self._names("args")
        self._media_types = FORM_MEDIA_TYPES[1:] if "files" in self._locations else FORM_MEDIA_TYPES
        self._in_form = bool(self._form_names)
        if self._in_form and "json" in self._locations:
            raise ContractError(
                f"a request has one body, but {sorted(self._form_names)} are form fields and other arguments JSON"
            )

    def openapi(self) -> list[dict[str, Any]]:
        """Return the Parameter Objects of OpenAPI 3.1, in the order of declaration."""
        return [parameter for argument in self._arguments for parameter in argument.openapi()]

    @property
    def deprecations(self) -> list[Deprecation]:
        """Return the deprecations of the arguments."""
        return [argument.deprecation for argument in self._ending if argument.deprecation]

    @property
    def has_files(self) -> bool:
        """Tell whether one of the arguments is a file."""
        return "files" in self._locations

    @property
    def max_files(self) -> int | None:
        """Return how many files a request may have; None if there may be any number, declared or not."""
        files = [argument for argument in self._arguments if "files" in argument.locations]
        if not self._strict or any(argument.action != "store" for argument in files):
            return None
        return len(files)

    def body(self) -> dict[str, Any] | None:
        """Return the media types of the form that the operation accepts, or None.

        Forms of strict namespaces are closed; those of stock applications ignore undeclared fields.
        """
        if not self._in_form:
            return None
        arguments = [(argument, location) for argument in self._arguments for location in argument.locations]
        arguments = [
            (argument, location) for argument, location in arguments if location in {"form", "files"}
        ]
        schema = _object(arguments, closed=self._strict)
        media: dict[str, Any] = {"schema": schema}
        separated = {argument.name for argument, _ in arguments if argument.action == "split"}
        if separated:
            media["encoding"] = {name: {"style": "form", "explode": False} for name in sorted(separated)}
        return {media_type: dict(media) for media_type in self._media_types}

    def json_body(self) -> dict[str, Any] | None:
        """Return the schema of the JSON body that stock arguments form together, or None. It is closed."""
        if "json" not in self._locations:
            return None
        return _object(
            [(argument, "json") for argument in self._arguments if "json" in argument.locations], closed=True
        )

    def parse(
        self,
        request: Request,
        json_body: Any = None,
        used: list[DeprecatedFeature] | None = None,
        read: Callable[[Request], None] = read_form,
    ) -> ParsedParameters:
        """Return the values of `request`, converted; `json_body` is its body, already validated.

        Deprecated arguments in the request are added to `used`, even if they are invalid. `read` is called if a form is
        declared and sent. Raises `InvalidInput` with all errors (at most 100), `UnsupportedMediaType` if there is a
        body that is not a form although one is declared, and what `read_form` raises.
        """
        errors: list[InputError] = []
        request_values = self._sources(request, json_body, read)
        if used is not None:
            used += [
                feature for argument in self._ending for feature in argument.deprecated_uses(request_values)
            ]
        # The set comparison is all that a request without unknown names pays; which ones they are is found afterwards.
        if self._strict and not (
            self._query_names.issuperset(request_values.args) and self._form_is_known(request_values)
        ):
            errors += self._unknown(request_values)
        result = ParsedParameters()
        for read_argument in self._readers:
            read_argument(request_values, result, errors)
        if errors:
            raise InvalidInput(errors=errors[:MAX_ERRORS])
        return result

    def _names(self, location: str) -> frozenset[str]:
        return frozenset(argument.name for argument in self._arguments if location in argument.locations)

    def _sources(self, request: Request, json_body: Any, read: Callable[[Request], None]) -> RequestValues:
        locations = self._locations
        if "json" in locations and json_body is not None and not isinstance(json_body, Mapping):
            raise InvalidInput(errors=[InputError("WRONG_TYPE", "It must be of type object.", pointer="")])
        in_form = self._in_form and self._brings_form(request)
        if in_form:
            read(request)
        return RequestValues(
            # Werkzeug parses each of these on first access, so that cookies and forms are left alone where no argument
            # reads them. The query is always parsed: unknown names in it are refused.
            args=_query(request) if request.environ.get("QUERY_STRING") else _NOTHING,
            headers=request.headers,
            cookies=request.cookies if "cookies" in locations else _NOTHING,
            form=request.form if in_form else _NOTHING,
            files=request.files if in_form else _NOTHING,
            json=json_body or {},
            view_args=request.view_args or {},
        )

    def _brings_form(self, request: Request) -> bool:
        """Tell whether there is a form to read; any other body is rejected."""
        if request.mimetype in self._media_types:
            return True
        # A chunked body has no length, so its header counts as a body too.
        if request.mimetype or request.content_length or "Transfer-Encoding" in request.headers:
            raise UnsupportedMediaType(f"Send {' or '.join(self._media_types)}.")
        return False

    def _form_is_known(self, request_values: RequestValues) -> bool:
        return self._form_names.issuperset(request_values.form) and self._form_names.issuperset(
            request_values.files
        )

    def _unknown(self, request_values: RequestValues) -> list[InputError]:
        in_query = [name for name in request_values.args if name not in self._query_names]
        in_form = [
            name for name in (*request_values.form, *request_values.files) if name not in self._form_names
        ]
        detail = "Unknown parameter."
        return [
            InputError("UNKNOWN_PARAMETER", detail, parameter=name[:100]) for name in (*in_query, *in_form)
        ]


def compile_parameters(
    parsers: Sequence[RequestParser], *, method: str, strict: bool, has_body: bool = False
) -> Parameters:
    """Return the parameters that the parsers of one operation declare together.

    `strict` is for namespaces of this package: undeclared parameters are rejected, and so is, with `ContractError`,
    every declaration that accepts more or less than the document can say. A later argument of a stock application
    replaces an earlier one of the same name and location. `has_body` tells that the operation has a JSON body apart
    from them: arguments without a location are in the query then, and in the form if others are there.
    """
    declarations = [argument for parser in parsers for argument in parser.args]
    in_form = any(not {"form", "files"}.isdisjoint(_locations(declared)) for declared in declarations)
    unlocated = "form" if in_form else "args" if has_body else None
    arguments: dict[tuple[str, tuple[str, ...]], Argument] = {}
    for declared in declarations:
        argument = Argument(declared, method=method, strict=strict, unlocated=unlocated)
        key = (argument.name, argument.locations)
        if strict and (key in arguments or argument.key in {other.key for other in arguments.values()}):
            raise ContractError(f"the argument {argument.name!r} is declared twice")
        arguments[key] = argument
    return Parameters(list(arguments.values()), strict=strict)


def _locations(declared: Any) -> tuple[str, ...]:
    return (declared.location,) if isinstance(declared.location, str) else tuple(declared.location)


def _query(request: Request) -> MultiDict[str, str]:
    try:
        # Werkzeug would read an escape that is not UTF-8 as the literal text `%ff`.
        unquote_to_bytes(request.query_string).decode()
        return request.args
    except UnicodeDecodeError as error:
        raise malformed_form("The query string is not UTF-8.", parameter="") from error


def _object(arguments: Iterable[tuple[Argument, str]], *, closed: bool) -> dict[str, Any]:
    arguments = list(arguments)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {argument.name: argument.property(location) for argument, location in arguments},
    }
    required = [argument.name for argument, _ in arguments if argument.required]
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema
