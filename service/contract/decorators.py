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
from .problems import Problem

F = TypeVar("F", bound=Callable[..., Any])
Permission = Callable[[Any], bool]
Security = tuple[dict[str, list[str]], ...]

BEARER = "bearerAuth"


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from an answer: to which operation, what for, and which of its parameters are known by then.

    A parameter is named as in the target, with its place before it if need be (`header.If-Match`). Its value, and each
    in `body`, which is what is known of the body, is a constant or a runtime expression (OpenAPI 3.1, 4.8.20.4):
    `$response.body#/id`. The export refuses whatever does not exist in either operation.
    """

    operation: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """Return the link's name, unique in its response: `GetPost` leads to `getPost`."""
        return self.operation[:1].upper() + self.operation[1:]


@dataclass(frozen=True, slots=True)
class OperationMetadata:
    """What was declared about one method beside RESTX's own words.

    `security` is None until a policy is declared; `permissions` are asked with the identity that the scheme's verifier
    returned. `if_match` is None, "accepted" or "required". `rate_limit` names a limit of the application.
    """

    security: Security | None = None
    permissions: tuple[Permission, ...] = ()
    problems: tuple[type[Problem], ...] = ()
    conditional: bool = False
    etag_lookup: Callable[..., str | None] | None = None
    if_match: str | None = None
    rate_limit: str | None = None
    uses_sql: bool = True
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)
    media_types: tuple[str, ...] = ()
    deprecation: Deprecation | None = None


def operation_metadata(function: object) -> OperationMetadata:
    """Return what was declared on `function`; an empty declaration if nothing was."""
    found = getattr(function, "__contract__", None)
    return found if isinstance(found, OperationMetadata) else OperationMetadata()


def _declare(function: F, **changes: Any) -> F:
    function.__contract__ = replace(operation_metadata(function), **changes)  # type: ignore[attr-defined]
    return function


def _secure(function: F, security: Security, permissions: tuple[Permission, ...] = ()) -> F:
    found = operation_metadata(function)
    if found.security is not None and found.security != security:
        raise ContractError(f"{function.__qualname__} declares two policies that differ")
    documented = merge_documentation(getattr(function, "__apidoc__", {}), {"security": list(security)})
    function.__apidoc__ = documented  # type: ignore[attr-defined]
    return _declare(function, security=security, permissions=found.permissions + permissions)


def public(function: F) -> F:
    """Let anyone call the operation; an `Authorization` header is not looked at."""
    return _secure(function, ())


def optional_auth(function: F) -> F:
    """Let anyone call the operation; a bearer token, when there is one, must be valid (else 401)."""
    return _secure(function, ({}, {BEARER: []}))


def authenticated(*, permission: Permission | None = None, scheme: str = BEARER) -> Callable[[F], F]:
    """Ask for a valid credential of `scheme` (401), and for `permission(identity)` to be true (403)."""

    def declare(function: F) -> F:
        return _secure(function, ({scheme: []},), (permission,) if permission else ())

    return declare


def raises(*problems: type[Problem]) -> Callable[[F], F]:
    """Declare the errors of the operation's own rules; each code is enumerated in the document."""

    def declare(function: F) -> F:
        return _declare(function, problems=operation_metadata(function).problems + problems)

    return declare


def conditional_get(function: F) -> F:
    """Send the returned object's `etag` as `ETag`, and 304 when `If-None-Match` names it."""
    return _declare(function, conditional=True)


def conditional_get_by(etag_lookup: Callable[..., str | None]) -> Callable[[F], F]:
    """As `conditional_get`, but ask `etag_lookup(**variables)` first whether the client's version still stands.

    It gets the variables of the path, costs less than the whole thing, and answers None when there is nothing that
    the caller may see: then the method is asked.
    """

    def declare(function: F) -> F:
        return _declare(function, conditional=True, etag_lookup=etag_lookup)

    return declare


def accepts_if_match(function: F) -> F:
    """Take an `If-Match`; `if_match().check(etag)` answers 412 when it names another version."""
    return _declare(function, if_match="accepted")


def requires_if_match(function: F) -> F:
    """Refuse the request without `If-Match` (428); otherwise as `accepts_if_match`."""
    return _declare(function, if_match="required")


def rate_limited(name: str) -> Callable[[F], F]:
    """Count the calls against the application's limit `name`; 429 with `Retry-After` when it is used up."""

    def declare(function: F) -> F:
        return _declare(function, rate_limit=name)

    return declare


def no_database(function: F) -> F:
    """Say that the operation does not use the database: it declares neither 500 nor 503."""
    return _declare(function, uses_sql=False)


def response_headers(headers: Mapping[str, Mapping[str, Any]]) -> Callable[[F], F]:
    """Declare headers of the successful response, as OpenAPI Header Objects (`description`, `schema`, `required`)."""

    def declare(function: F) -> F:
        return _declare(function, headers={**operation_metadata(function).headers, **headers})

    return declare


def openapi_links(*links: Link) -> Callable[[F], F]:
    """Declare where a client can go next with the successful response, as OpenAPI Link Objects."""

    def declare(function: F) -> F:
        return _declare(function, links=operation_metadata(function).links + links)

    return declare


def request_example(body: Any) -> Callable[[F], F]:
    """Give the operation's request body an example of its own, in place of the one made of its fields."""
    return _example("request", body)


def response_example(**differences: Any) -> Callable[[F], F]:
    """Say in which fields the example of the success differs from the one made of its model's fields."""
    return _example("answer", differences)


def _example(of: str, value: Any) -> Callable[[F], F]:
    def declare(function: F) -> F:
        return _declare(function, examples={**operation_metadata(function).examples, of: value})

    return declare


def produces(*media_types: str) -> Callable[[F], F]:
    """Say that the success is not JSON but one of `media_types`; the method returns a Flask response."""

    def declare(function: F) -> F:
        return _declare(function, media_types=media_types)

    return declare


def deprecated(
    *, since: date, sunset: date | None = None, successor: str | None = None, info_url: str | None = None
) -> Callable[[F], F]:
    """Announce the end of the operation; see `Deprecation`.

    Every answer says so (`Deprecation`, `Sunset`, `Link`), the application is told who called, and no release may be
    without the operation before the day `sunset`. What takes its place is the operation called `successor`.
    """
    end = Deprecation(since, sunset, successor, info_url)

    def declare(function: F) -> F:
        if isinstance(function, type):
            raise ContractError(f"{function.__qualname__}: deprecate the methods, not the class")
        return _declare(function, deprecation=end)

    return declare


def scheme_names(security: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the schemes that a security requirement list mentions, in order, once each."""
    return list(dict.fromkeys(name for requirement in security for name in requirement))


def merge_documentation(first: Any, second: Mapping[str, Any]) -> dict[str, Any]:
    """Return RESTX documentation `first` overlaid with `second`: mappings by member, expectations added up.

    Unlike RESTX's `merge`, models and parsers stay the same objects, and a second `expect` does not drop the first.
    """
    result = dict(first) if isinstance(first, Mapping) else {}
    for key, value in second.items():
        held = result.get(key)
        if key == "expect" and isinstance(held, list):
            result[key] = [*value, *held]
        elif isinstance(held, Mapping) and isinstance(value, Mapping) and not isinstance(value, ModelBase):
            result[key] = merge_documentation(held, value)
        else:
            result[key] = value
    return result
