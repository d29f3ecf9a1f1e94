"""Request pipeline of an operation: authenticate, rate limit, validate, execute, marshal, commit.

An `OperationPipeline` is compiled once per method from the same `Operation` that the document is built from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import MethodType
from typing import Any

import orjson
from flask import Response, g, request
from flask_restx import fields
from flask_restx.model import ModelBase, SchemaModel
from flask_restx.utils import unpack
from werkzeug.wrappers import Response as BaseResponse

from .api_protocol import ApiProtocol
from .decorators import scheme_names
from .deprecation import OPERATION, DeprecatedFeature
from .error_handlers import problem_for_status
from .errors import ContractError
from .idempotency import ENVIRON as IDEMPOTENCY_KEY
from .idempotency import KeyedRequest, fingerprint, read_key, respond_once
from .marshalling import compile_list_marshaller, compile_marshaller
from .operations import DeclaredResponse, Operation
from .parsing.form_body import read_form
from .parsing.json_body import read_json_body
from .paths import is_storable
from .problems import Forbidden, NotFound, Problem
from .validated_request import (
    ValidatedRequest,
    check_if_none_match,
    current_identity,
    parse_if_match,
    set_current_identity,
)
from .validation import Validator

JSON = "application/json"
SAFE_METHODS = frozenset({"get", "head", "options"})
# Timestamps are sent in UTC with a Z, as in the document's examples.
JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS
Marshaller = Callable[[Any], Any]


class OperationPipeline:
    """Handles the requests of one operation."""

    def __init__(self, api: ApiProtocol, operation: Operation, document: Mapping[str, Any]) -> None:
        self.operation = operation
        self._api = api
        validator = _body_validator(operation, document)
        self._has_body = validator is not None
        self._has_parameters = (
            bool(operation.parameters.openapi())
            or bool(operation.parameters.body())
            or operation.parameters.json_body() is not None
        )
        self._limit_bytes = _limit_bytes(api, operation)
        self._read_form = partial(
            read_form,
            limit_bytes=self._limit_bytes,
            files=api.file_receiver,
            max_files=operation.parameters.max_files,
        )
        self._reading = self._reading_steps(validator)
        # OpenAPI writes anonymous access as a requirement of no schemes. There is nothing in it to verify: it only lets
        # the verifiers of the other requirements accept a missing credential, never a bad one.
        self._is_optional = {} in operation.security
        schemes = api.security_schemes
        self._requirements = [
            [(schemes[name], tuple(scopes)) for name, scopes in requirement.items()]
            for requirement in operation.security
            if requirement
        ]
        restrictions = [schemes[name].restrict for name in scheme_names(operation.security)]
        self._restrictions = (
            () if operation.declared.unrestricted else tuple(dict.fromkeys(filter(None, restrictions)))
        )
        self._marshallers = _marshallers(operation)
        self._unsafe = operation.method not in SAFE_METHODS
        # Applied in each request to the bound method, as RESTX does: a decorator may look at the resource instance.
        self._decorators = tuple(getattr(operation.resource, "method_decorators", ()))

    def __call__(self, resource: Any, variables: Mapping[str, Any]) -> BaseResponse:
        """Return the response to the current request, or raise the `Problem` that is its response."""
        validated = g.contract_call = ValidatedRequest(operation_id=self.operation.id)
        if self.operation.declared.deprecation is not None:
            validated.used.append(DeprecatedFeature(OPERATION, self.operation.declared.deprecation))
        try:
            self._authorize(validated)
            self._validate_request(validated, variables)
            if validated.idempotency_key is not None:
                return self._execute_once(resource, variables, validated)
            # The bytes are made inside: a value that its model cannot hold must roll back what the method has written.
            with self._transaction():
                return self._execute(resource, variables, validated)
        except Problem as problem:
            # Its own win: of several limits it names the one that was exceeded.
            problem.headers = {**validated.headers, **problem.headers}
            raise
        except Exception as error:
            translated = self._api.translate_error(error, self.operation.problems)
            if translated is None:
                raise
            translated.headers.update(validated.headers)
            raise translated from error

    def _authorize(self, validated: ValidatedRequest) -> None:
        """Check the credential, what restricts the account, the permissions and the rate limit: 401, 403, 429."""
        # Also set when the credential is refused: `g` outlives a request where an application context is pushed around
        # several (tests, a script), and the log would name the caller of the previous one.
        identity = None
        try:
            identity = self._authenticate()
        finally:
            set_current_identity(identity)
        if identity is not None:
            for restrict in self._restrictions:
                restrict(identity)
        if not all(permission(identity) for permission in self.operation.declared.permissions):
            raise Forbidden
        # Counted after the checks above: a request that they refuse does not use up the limit.
        if self.operation.declared.rate_limit:
            validated.headers.update(self._api.check_rate_limit(self.operation.declared.rate_limit, identity))

    def _authenticate(self) -> Any:
        """Return the identity of the first satisfied requirement; all schemes of a requirement must be satisfied."""
        refusal: Problem | None = None
        for requirement in self._requirements:
            try:
                identities = [
                    scheme.authenticate(scopes, optional=self._is_optional) for scheme, scopes in requirement
                ]
            except Problem as problem:
                # Requirements are alternatives: refuse only when none is left, with the reason of the last one whose
                # credential was sent.
                if refusal is None or all(
                    type(problem) is not scheme.if_missing for scheme, _ in requirement
                ):
                    refusal = problem
            else:
                return identities[0]
        if refusal is not None:
            raise refusal
        return None

    def _validate_request(self, validated: ValidatedRequest, variables: Mapping[str, Any]) -> None:
        """Validate parameters, preconditions and body: 404, 400, 428, 408, 413, 415."""
        # A path that holds what no database stores (NUL, lone surrogates) names nothing that exists.
        if not all(is_storable(value) for value in variables.values()):
            raise NotFound
        if self.operation.declared.body_limit_bytes is not None:
            # In place of the application's limit for every body.
            request.max_content_length = self._limit_bytes
        for read in self._reading:
            read(validated)

    def _reading_steps(self, validator: Validator | None) -> tuple[Callable[[ValidatedRequest], None], ...]:
        """Return the steps that read a request, in the order in which their errors are reported."""
        declared, parameters = self.operation.declared, self.operation.parameters
        steps: list[Callable[[ValidatedRequest], None]] = []
        if declared.conditional:
            steps.append(_check_if_none_match)
        if declared.if_match:
            steps.append(partial(_read_if_match, required=declared.if_match == "required"))
        if self.operation.takes_idempotency_key:
            steps.append(_read_idempotency_key)
        if validator is not None:
            steps.append(partial(self._read_body, validator))
        # What needs no body is refused before the body is read. Parameters that are the body wait for their turn: a
        # form is read by parsing them, and arguments that a stock parser finds in JSON are taken from the valid body.
        # The other parameters of stock namespaces follow the body too, as RESTX has it: `expect` validates it before
        # the method calls `parse_args()`.
        before_body = self.operation.strict and not parameters.body()
        steps.insert(0 if before_body else len(steps), self._parse_parameters)
        return tuple(steps)

    def _read_body(self, validator: Validator, validated: ValidatedRequest) -> None:
        required = self.operation.declared.body_required
        body = read_json_body(request, limit_bytes=self._limit_bytes, required=required)
        validated.used += self.operation.deprecated_properties.used(body)
        validator.check(body)
        validated.payload = body

    def _parse_parameters(self, validated: ValidatedRequest) -> None:
        parsed = self.operation.parameters.parse(
            request,
            json_body=validated.payload if self._has_body else None,
            used=validated.used,
            read=self._read_form,
        )
        if self._has_parameters:
            validated.parameters = parsed

    def _transaction(self) -> AbstractContextManager[Any]:
        return self._api.transaction() if self._unsafe and self.operation.declared.uses_sql else nullcontext()

    def _execute(
        self, resource: Any, variables: Mapping[str, Any], validated: ValidatedRequest
    ) -> BaseResponse:
        # One indexed look-up instead of the whole resource; without the header it would only cost.
        current = self.operation.declared.etag_lookup
        if current is not None and "HTTP_IF_NONE_MATCH" in request.environ:
            etag = current(**variables)
            if etag is not None and _matches_if_none_match(etag):
                return _empty_response(304, {**validated.headers, "ETag": etag})
        method: Callable[..., Any] = MethodType(self.operation.function, resource)
        for decorator in self._decorators:
            method = decorator(method)
        result = method(**variables)
        if isinstance(result, BaseResponse):
            return result
        # A plain tuple is RESTX's `(data, status, headers)`; a named tuple is the data itself, a row of a select.
        response = result if type(result) is tuple else (result,)
        data, status, headers = unpack(response, self._default_status())
        status = int(status)
        # A declared error may have a model of its own, and is marshalled below like a success. That of a stock method
        # which marshals nothing is sent as it is; marshalling would empty an undeclared one.
        is_declared = str(status) in self.operation.error_responses
        if status >= 400 and not is_declared and (self.operation.strict or self.operation.stock_marshal):
            raise _problem_from_returned_status(status, data)
        return self._build_response(data, status, dict(headers or {}), validated)

    def _execute_once(
        self, resource: Any, variables: Mapping[str, Any], validated: ValidatedRequest
    ) -> BaseResponse:
        """Execute a request with an `Idempotency-Key`, unless it was executed before."""
        has_form = bool(self.operation.parameters.body())
        asked = fingerprint(request, validated.payload, has_form=has_form)
        return respond_once(
            self._api.idempotency,  # type: ignore[arg-type]  # only with a store is the header read
            KeyedRequest(current_identity(), validated.idempotency_key or "", asked),
            self._transaction(),
            partial(self._execute, resource, variables, validated),
            validated.headers,
        )

    def _default_status(self) -> int:
        """Return the declared success if there is one; 200 if a stock namespace declares several."""
        codes = list(self.operation.success_responses)
        return int(codes[0]) if self.operation.strict and len(codes) == 1 else 200

    def _build_response(
        self, data: Any, status: int, headers: dict[str, str], validated: ValidatedRequest
    ) -> BaseResponse:
        # Only stock namespaces have an entry for any other status: ours may answer with declared ones alone.
        marshal = self._marshallers.get(status, self._marshallers.get(0))
        if marshal is None and self.operation.strict:
            raise ContractError(f"{self.operation.name} returned {status}, which it does not declare")
        headers.update(validated.headers)
        if self.operation.declared.conditional:
            headers["ETag"] = etag = data.etag
            if _matches_if_none_match(etag):
                return _empty_response(304, headers)
        if status in {204, 304} or (marshal is _no_content):
            return _empty_response(status, headers)
        body = orjson.dumps(marshal(data) if marshal else data, option=JSON_OPTIONS)
        return Response(body, status, headers, content_type=JSON)


def _limit_bytes(api: ApiProtocol, operation: Operation) -> int:
    declared = operation.declared.body_limit_bytes
    if declared is None:
        return api.max_body_bytes
    lowered = api.body_limits.get(operation.declared.body_limit_name or "")
    return min(declared, api.max_upload_bytes or declared, lowered or declared)


def _body_validator(operation: Operation, document: Mapping[str, Any]) -> Validator | None:
    if operation.body is None:
        return None
    written = document["paths"][operation.path][operation.method]
    return Validator(written["requestBody"]["content"][JSON]["schema"], document)


def _marshallers(operation: Operation) -> dict[int, Marshaller | None]:
    """Return the marshaller of each declared status; under 0 that of any other (None: send it unchanged)."""
    marshallers: dict[int, Marshaller | None] = {}
    for code, response in {**operation.success_responses, **operation.error_responses}.items():
        marshallers[int(code)] = _marshaller(operation, response)
    spec = operation.stock_marshal
    if spec is not None:  # stock RESTX marshals whatever the method returns, at any status
        marshal = compile_marshaller(
            spec.fields, envelope=spec.envelope, skip_none=spec.skip_none, strict=False
        )
        return dict.fromkeys([*marshallers, 0], marshal)
    return marshallers if operation.strict else dict.fromkeys([*marshallers, 0])


def _marshaller(operation: Operation, response: DeclaredResponse) -> Marshaller | None:
    if operation.declared.media_types:
        return _require_response
    envelope, skip_none = response.options.get("envelope"), bool(response.options.get("skip_none"))
    match response.model:
        case None:
            return _no_content
        case [ModelBase() as model] if not isinstance(model, SchemaModel):
            return compile_list_marshaller(model, envelope=envelope, skip_none=skip_none)
        case ModelBase() as model if not isinstance(model, SchemaModel):
            return compile_marshaller(model, envelope=envelope, skip_none=skip_none, as_list=False)
        case fields.Raw() as field:
            marshal: Marshaller = field.format
            return marshal
        case _:
            return _passthrough


def _no_content(data: Any) -> Any:  # noqa: ARG001 - a marshaller that has nothing to send
    return None


def _passthrough(data: Any) -> Any:
    return data


def _require_response(data: Any) -> Any:
    raise ContractError(f"an operation with @produces must return a Response, not {type(data).__name__}")


def _check_if_none_match(_validated: ValidatedRequest) -> None:
    check_if_none_match(request.headers.get("If-None-Match"))


def _read_if_match(validated: ValidatedRequest, *, required: bool) -> None:
    validated.if_match = parse_if_match(request.headers.get("If-Match"), required=required)


def _read_idempotency_key(validated: ValidatedRequest) -> None:
    header = request.environ.get(IDEMPOTENCY_KEY)
    if header is not None:
        validated.idempotency_key = read_key(header)


def _matches_if_none_match(etag: str) -> bool:
    sent = request.environ.get("HTTP_IF_NONE_MATCH")
    # Most requests have no such header or exactly our tag: both are answered without parsing a list.
    if sent is None or sent == etag:
        return sent is not None
    # If-None-Match compares weakly (RFC 9110, 13.1.2); proxies that compress turn our tags into weak ones.
    return request.if_none_match.contains_weak(etag.removeprefix("W/").strip('"'))


def _empty_response(status: int, headers: Mapping[str, str]) -> BaseResponse:
    response = Response(status=status, headers=dict(headers))
    # Flask sets its default type also where there is no content to have one.
    response.headers.pop("Content-Type", None)
    return response


def _problem_from_returned_status(status: int, data: Any) -> Problem:
    """Turn `return {"message": ...}, 404` into a problem."""
    message = data.get("message") if isinstance(data, dict) else None
    return problem_for_status(status, str(message) if message else None)
