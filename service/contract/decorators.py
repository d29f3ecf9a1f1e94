"""Decorators for resource methods: authentication, errors, ETag, If-Match, rate limit, links, deprecation.

A decorator only stores metadata: an `OperationMetadata` in `__contract__` of the function and, for authentication, also
RESTX's own `__apidoc__["security"]`. The document and the request pipeline both read it from there. Decorators of the
same kind add up when they are stacked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from flask_restx.model import ModelBase

from .deprecation import Deprecation
from .errors import ContractError
from .event_streams import EVENT_STREAM, EventStream
from .problems import Problem

F = TypeVar("F", bound=Callable[..., Any])
Permission = Callable[[Any], bool]
Security = tuple[dict[str, list[str]], ...]

BEARER = "bearerAuth"
API_KEY = "apiKeyAuth"


@dataclass(frozen=True, slots=True)
class Link:
    """An OpenAPI Link Object of a response: the target operation, and those of its parameters that are known.

    A parameter is named as in the target, with its location in front if needed (`header.If-Match`). Its value, and each
    value in `body` (the known part of the request body), is a constant or a runtime expression (OpenAPI 3.1, 4.8.20.4):
    `$response.body#/id`. Building the document fails for names that do not exist in either operation.
    """

    operation: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Return the link's name, unique in its response: `GetPost` has the target `getPost`."""
        return self.operation[:1].upper() + self.operation[1:]


@dataclass(frozen=True, slots=True)
class OperationMetadata:
    """The metadata of one method beyond what RESTX stores.

    `security` is None until a policy is declared; the `permissions` are called with the identity that the scheme's
    verifier returned, and so is what restricts accounts, unless the operation is `unrestricted`. `if_match` is None,
    "accepted" or "required". Where the body is not required, a request without one has an empty object;
    `body_limit_bytes` is its own limit, which the application may lower under `body_limit_name`. `rate_limit` names a
    limit of the application. With `idempotency_key` an `Idempotency-Key` is accepted, though no status says that
    something is created. The `annotations` are for the application's own extensions of the document.
    """

    security: Security | None = None
    permissions: tuple[Permission, ...] = ()
    unrestricted: bool = False
    problems: tuple[type[Problem], ...] = ()
    conditional: bool = False
    etag_lookup: Callable[..., str | None] | None = None
    if_match: str | None = None
    body_required: bool = True
    body_limit_bytes: int | None = None
    body_limit_name: str | None = None
    rate_limit: str | None = None
    idempotency_key: bool = False
    uses_sql: bool = True
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)
    media_types: tuple[str, ...] = ()
    event_stream: EventStream | None = None
    deprecation: Deprecation | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)


def operation_metadata(function: object) -> OperationMetadata:
    """Return the metadata of `function`; empty metadata if it has none."""
    metadata = getattr(function, "__contract__", None)
    return metadata if isinstance(metadata, OperationMetadata) else OperationMetadata()


def _declare(function: F, **changes: Any) -> F:
    function.__contract__ = replace(operation_metadata(function), **changes)  # type: ignore[attr-defined]
    return function


def _secure(function: F, security: Security, permissions: tuple[Permission, ...] = ()) -> F:
    metadata = operation_metadata(function)
    if metadata.security is not None and metadata.security != security:
        raise ContractError(f"{function.__qualname__} declares two different authentication policies")
    documented = merge_documentation(getattr(function, "__apidoc__", {}), {"security": list(security)})
    function.__apidoc__ = documented  # type: ignore[attr-defined]
    return _declare(function, security=security, permissions=metadata.permissions + permissions)


def public(function: F) -> F:
    """Allow anyone to call the operation; an `Authorization` header is ignored."""
    return _secure(function, ())


def optional_auth(function: F) -> F:
    """Allow anyone to call the operation; a bearer token, if there is one, must be valid (else 401)."""
    return _secure(function, ({}, {BEARER: []}))


def optional_auth_or_api_key(scope: str) -> Callable[[F], F]:
    """Allow anyone, like `optional_auth`; an API key is accepted too, and must have `scope` (else 403)."""

    def declare(function: F) -> F:
        return _secure(function, ({}, {BEARER: []}, {API_KEY: [scope]}))

    return declare


def authenticated(
    *,
    permission: Permission | None = None,
    scope: str | None = None,
    scheme: str = BEARER,
    unrestricted: bool = False,
) -> Callable[[F], F]:
    """Require a valid credential of `scheme` (401), and the permission of its owner (403).

    With a `scope`, API keys that have it are accepted too; without one, none is. An `unrestricted` operation is also
    for accounts that the scheme restricts.
    """
    api_key = ({API_KEY: [scope]},) if scope else ()

    def declare(function: F) -> F:
        _secure(function, ({scheme: []}, *api_key), (permission,) if permission else ())
        return _declare(function, unrestricted=unrestricted)

    return declare


def raises(*problems: type[Problem]) -> Callable[[F], F]:
    """Declare the errors that the operation raises; the document lists each code."""

    def declare(function: F) -> F:
        return _declare(function, problems=operation_metadata(function).problems + problems)

    return declare


def conditional_get(function: F) -> F:
    """Send the returned object's `etag` as `ETag`, and 304 if `If-None-Match` names it."""
    return _declare(function, conditional=True)


def conditional_get_by(etag_lookup: Callable[..., str | None]) -> Callable[[F], F]:
    """Send `ETag` and 304 like `conditional_get`, but look up the current entity tag with a function of its own first.

    The function is called with the variables of the path and costs less than the whole method. If it returns None,
    because there is nothing that the caller may see, the method is called and decides.
    """

    def declare(function: F) -> F:
        return _declare(function, conditional=True, etag_lookup=etag_lookup)

    return declare


def accepts_if_match(function: F) -> F:
    """Accept an `If-Match` header; `if_match().check(etag)` raises 412 if it names another version."""
    return _declare(function, if_match="accepted")


def requires_if_match(function: F) -> F:
    """Require an `If-Match` header (428 without it); otherwise like `accepts_if_match`."""
    return _declare(function, if_match="required")


def body_optional(function: F) -> F:
    """Accept requests without a body, as if they had sent an empty object; all fields of the model are optional."""
    return _declare(function, body_required=False)


def body_limit(max_bytes: int, name: str | None = None) -> Callable[[F], F]:
    """Accept a body, JSON or a form, of up to `max_bytes` in place of the limit of the Api; a larger one is 413.

    The document states the number. It is the same on every server: an operator can only lower it (`max_upload_bytes`
    of the Api, and what its `body_limits` has under `name`).
    """
    if max_bytes < 1:
        raise ContractError("a body limit is at least one byte")

    def declare(function: F) -> F:
        return _declare(function, body_limit_bytes=max_bytes, body_limit_name=name)

    return declare


def rate_limited(name: str) -> Callable[[F], F]:
    """Count the requests against the application's limit `name`; 429 with `Retry-After` when it is exceeded."""

    def declare(function: F) -> F:
        return _declare(function, rate_limit=name)

    return declare


def accepts_idempotency_key(function: F) -> F:
    """Accept an `Idempotency-Key`, so that the request can be sent again and is carried out once.

    In an `Api` that keeps responses, each POST that answers 201 or 202 does so without being told; this is for others.
    """
    return _declare(function, idempotency_key=True)


def no_database(function: F) -> F:
    """Declare that the operation does not use the database: its document has neither 500 nor 503."""
    return _declare(function, uses_sql=False)


def annotated(**annotations: Any) -> Callable[[F], F]:
    """Keep values of the application with the operation, for what its `operation_extensions` say in the document."""

    def declare(function: F) -> F:
        return _declare(function, annotations={**operation_metadata(function).annotations, **annotations})

    return declare


def response_headers(headers: Mapping[str, Mapping[str, Any]]) -> Callable[[F], F]:
    """Declare headers of the successful response, as OpenAPI Header Objects (`description`, `schema`, `required`)."""

    def declare(function: F) -> F:
        return _declare(function, headers={**operation_metadata(function).headers, **headers})

    return declare


def openapi_links(*links: Link) -> Callable[[F], F]:
    """Declare the OpenAPI Link Objects of the successful response."""

    def declare(function: F) -> F:
        return _declare(function, links=operation_metadata(function).links + links)

    return declare


def request_example(body: Any) -> Callable[[F], F]:
    """Set the example of the request body, in place of the one built from its fields."""
    return _example("request", body)


def response_example(**differences: Any) -> Callable[[F], F]:
    """Set the fields in which the example of the success differs from the one built from its model."""
    return _example("answer", differences)


def _example(of: str, value: Any) -> Callable[[F], F]:
    def declare(function: F) -> F:
        return _declare(function, examples={**operation_metadata(function).examples, of: value})

    return declare


def produces(*media_types: str) -> Callable[[F], F]:
    """Declare that the success is not JSON but one of `media_types`; the method returns a Flask response."""

    def declare(function: F) -> F:
        return _declare(function, media_types=media_types)

    return declare


def produces_events(event: str, model: ModelBase) -> Callable[[F], F]:
    """Declare that the success is a stream of server-sent events, each with a `model` as JSON in its data.

    The method returns a Flask response with an iterator of what `write_event` returns.
    """

    def declare(function: F) -> F:
        return _declare(function, media_types=(EVENT_STREAM,), event_stream=EventStream(event, model))

    return declare


def deprecated(
    *, since: date, sunset: date | None = None, successor: str | None = None, info_url: str | None = None
) -> Callable[[F], F]:
    """Deprecate the operation; see `Deprecation`.

    Every response has the headers `Deprecation`, `Sunset` and `Link`, the application is told who called, and no
    release can omit the operation before the day `sunset`. The `successor` is the operationId of its replacement.
    """
    deprecation = Deprecation(since, sunset, successor, info_url)

    def declare(function: F) -> F:
        if isinstance(function, type):
            raise ContractError(f"{function.__qualname__}: deprecate the methods, not the class")
        return _declare(function, deprecation=deprecation)

    return declare


def scheme_names(security: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the schemes in a list of security requirements, in order, without duplicates."""
    return list(dict.fromkeys(name for requirement in security for name in requirement))


def merge_documentation(first: Any, second: Mapping[str, Any]) -> dict[str, Any]:
    """Merge RESTX documentation: `second` over `first`, mappings key by key, expectations added.

    Unlike RESTX's `merge`, models and parsers stay the same objects, and a second `expect` does not replace the first.
    """
    result = dict(first) if isinstance(first, Mapping) else {}
    for key, value in second.items():
        existing = result.get(key)
        if key == "expect" and isinstance(existing, list):
            result[key] = [*value, *existing]
        elif (
            isinstance(existing, Mapping) and isinstance(value, Mapping) and not isinstance(value, ModelBase)
        ):
            result[key] = merge_documentation(existing, value)
        else:
            result[key] = value
    return result
