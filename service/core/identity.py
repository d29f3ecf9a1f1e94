"""Authenticates the bearer token of a request and loads its user and session; JWT checks are in `tokens`.

The two verifiers belong to the security schemes of the document: `bearerAuth` (access token) and `refreshAuth`
(refresh token). API keys are in `api_key_identity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from sqlalchemy import bindparam, select

from service.contract.error_handlers import problem_response
from service.contract.problems import Unauthorized
from service.contract.validated_request import current_identity, set_current_identity
from service.core.api_keys import ApiKeyNotAccepted, is_api_key
from service.core.database import read_connection
from service.core.second_factor_policy import require_second_factor
from service.core.tokens import (
    Claims,
    InvalidToken,
    TokenExpired,
    TokenRevoked,
    TokenType,
    claims_from_payload,
    init_jwt,
    verify_token,
)
from service.extensions import jwt
from service.models.base import utcnow
from service.models.sessions import Session
from service.models.users import Role, User

__all__ = [
    "AUTH_PROBLEMS",
    "Identity",
    "bearer_token",
    "current_user",
    "current_user_or_none",
    "init_jwt",
    "verify_access_token",
    "verify_refresh_token",
]

# All responses to a missing or invalid credential; each is a 401.
AUTH_PROBLEMS: tuple[type[Unauthorized], ...] = (Unauthorized, InvalidToken, TokenExpired, TokenRevoked)

_BEARER = re.compile(r"bearer +(\S+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """The authenticated user, as the database has it now, and the token of the request.

    `authenticated_at` is when the user has last logged in or stepped up in this session. `scopes` are those of the API
    key, None if the request has an access token.
    """

    id: int
    username: str
    role: Role
    session_id: UUID
    token_id: str
    token_version: int
    authenticated_at: datetime | None = None
    has_second_factor: bool = False
    scopes: frozenset[str] | None = None

    @property
    def is_admin(self) -> bool:
        """Tell whether the account may manage other accounts."""
        return self.role is Role.ADMIN


# Returns a row only if the session is not revoked and the account is active with the same token version.
_IDENTITY_SELECT = (
    select(User.username, User.role, User.has_second_factor, Session.authenticated_at)
    .join(Session, Session.user_id == User.id)
    .where(
        Session.id == bindparam("session_id"),
        Session.user_id == bindparam("user_id"),
        Session.revoked_at.is_(None),
        Session.expires_at > bindparam("now"),
        User.is_active,
        User.token_version == bindparam("token_version"),
    )
)


def verify_access_token(optional: bool = False) -> Identity | None:
    """Authenticate a request by its access token; None if authentication is optional and no header was sent.

    Raise `Unauthorized` without a header; `InvalidToken`, `TokenExpired` or `TokenRevoked` for an invalid one, even
    where authentication is optional; `ApiKeyNotAccepted` for an API key. One SQL statement.
    """
    return _verify("access", optional)


def verify_refresh_token(optional: bool = False) -> Identity | None:
    """Authenticate a request by its refresh token; otherwise as `verify_access_token`.

    Whether the token was used before is checked when it is consumed.
    """
    return _verify("refresh", optional)


def current_user() -> Identity:
    """Return the authenticated user; raise RuntimeError if the operation requires no authentication."""
    identity = current_user_or_none()
    if identity is None:
        raise RuntimeError("no authenticated user: declare @authenticated, or call current_user_or_none()")
    return identity


def current_user_or_none() -> Identity | None:
    """Return the authenticated user; None for an anonymous caller."""
    identity: Identity | None = current_identity()
    return identity


def _verify(kind: TokenType, optional: bool) -> Identity | None:
    token = bearer_token()
    if token is None:
        if optional:
            return None
        raise Unauthorized
    if is_api_key(token):
        raise ApiKeyNotAccepted
    return _load_identity(verify_token(kind, token))


def bearer_token() -> str | None:
    """Return the token of the `Authorization` header; None without that header.

    A repeated header arrives joined with a comma and is malformed, like anything other than one `Bearer` token. A
    malformed header is never treated as anonymous.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    match = _BEARER.fullmatch(header)
    if match is None:
        raise InvalidToken
    return match[1]


def _load_identity(claims: Claims) -> Identity:
    row = (
        read_connection()
        .execute(
            _IDENTITY_SELECT,
            {
                "session_id": claims.session_id,
                "user_id": claims.user_id,
                "token_version": claims.token_version,
                "now": utcnow(),
            },
        )
        .one_or_none()
    )
    if row is None:
        raise TokenRevoked
    return Identity(
        claims.user_id,
        row.username,
        row.role,
        claims.session_id,
        claims.token_id,
        claims.token_version,
        row.authenticated_at,
        row.has_second_factor,
    )


# The following callbacks are for namespaces that use Flask-JWT-Extended's @jwt_required: they get the same checks
# and the same responses.


@jwt.unauthorized_loader
def _missing(_reason: str) -> Response:
    return problem_response(Unauthorized())


@jwt.invalid_token_loader
def _invalid(_reason: str) -> Response:
    return problem_response(InvalidToken())


@jwt.expired_token_loader
def _expired(_header: Mapping[str, Any], _claims: Mapping[str, Any]) -> Response:
    return problem_response(TokenExpired())


@jwt.revoked_token_loader
@jwt.user_lookup_error_loader
def _revoked(_header: Mapping[str, Any], _claims: Mapping[str, Any]) -> Response:
    return problem_response(TokenRevoked())


@jwt.needs_fresh_token_loader
@jwt.token_verification_failed_loader
def _not_enough(_header: Mapping[str, Any], _claims: Mapping[str, Any]) -> Response:
    return problem_response(InvalidToken("The token cannot be used for this operation."))


@jwt.user_lookup_loader
def _look_up(_header: Mapping[str, Any], claims: Mapping[str, Any]) -> Identity | None:
    try:
        identity = _load_identity(claims_from_payload(claims))
    except TokenRevoked:
        return None
    # Flask-JWT-Extended keeps the return value for its own `current_user`; the log and our actions read this one.
    set_current_identity(identity)
    require_second_factor(identity)
    return identity
