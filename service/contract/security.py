"""OpenAPI security schemes and the functions that verify their credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from .problems import Problem, Unauthorized


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A way to authenticate.

    `openapi` is its Security Scheme Object. `verify(optional)` returns the identity, or None if `optional` and no
    credential was sent; otherwise it raises one of `problems`. `if_missing` is the one among them for a missing
    credential, or one of another scheme: an operation with optional authentication never sends it. `if_alone` are
    raised only where an operation takes no other scheme.

    `scopes` describes the scopes that operations may require of the scheme. `check_scopes(identity, required)` raises
    one of `problems` if the credential does not have all of them.

    `restrict(identity)` raises one of `restrictions` for an account that may use only the operations that are declared
    with `@authenticated(unrestricted=True)`.
    """

    openapi: Mapping[str, Any]
    verify: Callable[[bool], Any]
    problems: tuple[type[Problem], ...] = (Unauthorized,)
    if_missing: type[Problem] | None = None
    if_alone: tuple[type[Problem], ...] = ()
    scopes: Mapping[str, str] = field(default_factory=dict)
    check_scopes: Callable[[Any, Iterable[str]], None] | None = None
    restrict: Callable[[Any], None] | None = None
    restrictions: tuple[type[Problem], ...] = ()

    def authenticate(self, scopes: Iterable[str], *, optional: bool) -> Any:
        """Return the identity of a request whose credential has these scopes; None as `verify`."""
        identity = self.verify(optional)
        if identity is not None and self.check_scopes is not None:
            self.check_scopes(identity, scopes)
        return identity


def scheme_from_authorization(definition: Mapping[str, Any]) -> SecurityScheme:
    """Return the scheme of an entry in RESTX's `authorizations`, in Swagger 2.0 or OpenAPI 3 keywords.

    It checks that a credential is present; whether it is valid is checked by the application's own decorators, as in
    stock RESTX, which checks nothing.
    """
    openapi = _to_openapi3(definition)
    challenge = {"WWW-Authenticate": openapi.get("scheme", "Bearer").capitalize()}

    def verify(optional: bool) -> None:
        if not optional and not _sent_credential(openapi):
            raise Unauthorized(headers=challenge)

    return SecurityScheme(openapi, verify)


def _sent_credential(openapi: Mapping[str, Any]) -> str | None:
    if openapi["type"] != "apiKey":
        scheme = openapi.get("scheme", "bearer").lower()
        sent = request.headers.get("Authorization", "")
        return sent if sent.lower().startswith(f"{scheme} ") else None
    places = {"query": request.args.get, "cookie": request.cookies.get, "header": request.headers.get}
    return places[openapi["in"]](openapi["name"])


def _to_openapi3(definition: Mapping[str, Any]) -> dict[str, Any]:
    match definition.get("type"):
        case "basic":
            return {**definition, "type": "http", "scheme": "basic"}
        case "oauth2" if "flow" in definition:
            urls = {key: definition[key] for key in ("authorizationUrl", "tokenUrl") if key in definition}
            renamed = {"accessCode": "authorizationCode", "application": "clientCredentials"}
            flow = renamed.get(definition["flow"], definition["flow"])
            return {"type": "oauth2", "flows": {flow: {**urls, "scopes": dict(definition.get("scopes", {}))}}}
        case _:
            return dict(definition)
