"""The validated input of the current request: identity, body, parameters and If-Match precondition."""

from __future__ import annotations

import re
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
    """The condition of an `If-Match` header (RFC 9110, 13.1.1), or none.

    `W/` before a current tag is accepted: nginx weakens tags when it compresses.
    """

    __slots__ = ("_tags",)

    def __init__(self, tags: frozenset[str] | None) -> None:
        self._tags = tags

    def check(self, etag: str) -> None:
        """Raise `PreconditionFailed` unless `etag`, quotes included, is the version the caller knows."""
        if self._tags is not None and "*" not in self._tags and etag.removeprefix("W/") not in self._tags:
            raise PreconditionFailed


@dataclass(slots=True)
class ValidatedRequest:
    """The checked input of the request that is being answered; `used` is what of it is deprecated."""

    payload: Any = NOT_DECLARED
    parameters: ParseResult | None = None
    if_match: IfMatch = field(default_factory=lambda: IfMatch(None))
    headers: dict[str, str] = field(default_factory=dict)
    operation_id: str = ""
    used: list[DeprecatedFeature] = field(default_factory=list)


def current_validated_request() -> ValidatedRequest:
    """Return the call of this request; RuntimeError outside an operation."""
    call: ValidatedRequest | None = g.get("contract_call")
    if call is None:
        raise RuntimeError("no operation of the contract is being answered")
    return call


def current_identity() -> Any:
    """Return who sent this request: what its credential's verifier returned, None for an anonymous caller.

    None as well outside an operation, and while the credential has not been verified.
    """
    return g.get("contract_identity")


def set_current_identity(identity: Any) -> None:
    """Set who sent this request, for whatever asks in the rest of it.

    The dispatcher does, for every operation; so does an application for views that authenticate in another way. It is
    on `g` and not on the `ValidatedRequest`, because such a view may be outside the contract and have no call.
    """
    g.contract_identity = identity


def payload() -> Any:
    """Return the body, parsed and valid. RuntimeError if the operation declares none."""
    found = current_validated_request().payload
    if found is NOT_DECLARED:
        raise RuntimeError("this operation declares no body: add @ns.expect(model)")
    return found


def parameters() -> ParseResult:
    """Return the declared query, header, cookie and form values, converted. RuntimeError if none are declared."""
    found = current_validated_request().parameters
    if found is None:
        raise RuntimeError("this operation declares no parameters: add @ns.expect(parser)")
    return found


def if_match() -> IfMatch:
    """Return the request's condition; without an `If-Match` header its `check` lets everything pass."""
    return current_validated_request().if_match


def parse_if_match(header: str | None, *, required: bool) -> IfMatch:
    """Read an `If-Match` header.

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
    """Refuse an `If-None-Match` longer than declared; any other text is a condition, met or not."""
    if header is not None and len(header) > MAX_CONDITIONAL_HEADER_LENGTH:
        detail = f"It must have at most {MAX_CONDITIONAL_HEADER_LENGTH} characters."
        raise InvalidInput(errors=[InputError("TOO_LONG", detail, parameter="If-None-Match")])
