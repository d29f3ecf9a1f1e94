"""The validated input of the current request: identity, body, parameters and If-Match precondition."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import g
from flask_restx.reqparse import ParseResult

from .deprecation import DeprecatedFeature
from .problems import InputError, InvalidInput, PreconditionFailed, PreconditionRequired

NOT_DECLARED: Any = object()
ENTITY_TAGS = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
MAX_CONDITIONAL_HEADER_LENGTH = 1000


class IfMatch:
    """The precondition of an `If-Match` header (RFC 9110, 13.1.1) for optimistic concurrency, or none.

    `W/` before a current entity tag is accepted: nginx weakens entity tags when it compresses.
    """

    __slots__ = ("_tags",)

    def __init__(self, tags: frozenset[str] | None) -> None:
        self._tags = tags

    def check(self, etag: str, part: Callable[[str], str] = str) -> None:
        """Raise `PreconditionFailed` unless `etag`, quotes included, is the version that the client has.

        `part` returns the part of an entity tag that is compared, where not all of it stands for what is edited.
        """
        if self._tags is None or "*" in self._tags:
            return
        if part(etag.removeprefix("W/")) not in map(part, self._tags):
            raise PreconditionFailed


@dataclass(slots=True)
class ValidatedRequest:
    """The validated input of the current request; `used` lists the deprecated features in it."""

    payload: Any = NOT_DECLARED
    parameters: ParseResult | None = None
    if_match: IfMatch = field(default_factory=lambda: IfMatch(None))
    headers: dict[str, str] = field(default_factory=dict)
    operation_id: str = ""
    used: list[DeprecatedFeature] = field(default_factory=list)
    idempotency_key: str | None = None


def current_validated_request() -> ValidatedRequest:
    """Return the validated input of this request; RuntimeError outside an operation."""
    validated: ValidatedRequest | None = g.get("contract_call")
    if validated is None:
        raise RuntimeError("no operation of the Api is being executed")
    return validated


def current_identity() -> Any:
    """Return who sent this request: what the verifier of its credential returned, None for an anonymous caller.

    None also outside an operation, and before the credential is verified.
    """
    return g.get("contract_identity")


def set_current_identity(identity: Any) -> None:
    """Set who sent this request, for the rest of the request.

    The pipeline calls it for every operation, and an application for views that authenticate in another way. The
    identity is on `g`, because such a view may be outside the Api.
    """
    g.contract_identity = identity


def payload() -> Any:
    """Return the body, parsed and validated. RuntimeError if the operation declares none."""
    body = current_validated_request().payload
    if body is NOT_DECLARED:
        raise RuntimeError("this operation declares no body: add @ns.expect(model)")
    return body


def parameters() -> ParseResult:
    """Return the declared query, header, cookie and form values, converted. RuntimeError if none are declared."""
    values = current_validated_request().parameters
    if values is None:
        raise RuntimeError("this operation declares no parameters: add @ns.expect(parser)")
    return values


def if_match() -> IfMatch:
    """Return the precondition of the request; without an `If-Match` header its `check` always passes."""
    return current_validated_request().if_match


def parse_if_match(header: str | None, *, required: bool) -> IfMatch:
    """Parse an `If-Match` header.

    Raises `PreconditionRequired` (428) if it is required and missing, `InvalidInput` (400) if it is not `*` or a list
    of entity tags.
    """
    if header is None:
        if required:
            raise PreconditionRequired
        return IfMatch(None)
    if len(header) > MAX_CONDITIONAL_HEADER_LENGTH or not re.fullmatch(ENTITY_TAGS, header, re.ASCII):
        detail = 'It must be "*" or a list of entity tags in double quotes.'
        raise InvalidInput(errors=[InputError("INVALID_FORMAT", detail, parameter="If-Match")])
    return IfMatch(frozenset(re.findall(r'\*|"[^"]*"', header)))


def check_if_none_match(header: str | None) -> None:
    """Reject an `If-None-Match` longer than declared; any other value is compared with the entity tag."""
    if header is not None and len(header) > MAX_CONDITIONAL_HEADER_LENGTH:
        detail = f"It must have at most {MAX_CONDITIONAL_HEADER_LENGTH} characters."
        raise InvalidInput(errors=[InputError("TOO_LONG", detail, parameter="If-None-Match")])
