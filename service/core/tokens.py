"""Is this token one of ours, whole and in time? Flask-JWT-Extended, with everything required and checked.

Nothing here asks the database: whether the token's session still lives is the question of `identity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
from flask import Flask, current_app
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from service.contract.problems import Unauthorized
from service.core.keys import ALGORITHM, KeyRing
from service.extensions import jwt as jwt_manager

Kind = Literal["access", "refresh"]

# RFC 9068 names the first; the second keeps a refresh token from ever passing for anything else.
MEDIA_TYPES: Mapping[str, str] = {"access": "at+jwt", "refresh": "rt+jwt"}

# Machines that share the work agree on the time to within this.
LEEWAY_S = 5

# Ours have some 500 characters: base64url without padding, at the end the 64 bytes of an Ed25519 signature.
_TOKEN = re.compile(r"[\w-]{10,1000}\.[\w-]{10,3000}\.[\w-]{86}", re.ASCII)
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_INT4_MAX = 2**31 - 1
_INT8_MAX = 2**63 - 1

_REFUSED = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class InvalidToken(Unauthorized):
    """The token is not one of this service's, or the `Authorization` header is malformed."""

    code = "INVALID_TOKEN"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers=_REFUSED)


class TokenExpired(InvalidToken):
    """The token was valid and has expired: get another with the refresh token."""

    code = "TOKEN_EXPIRED"


class TokenRevoked(InvalidToken):
    """The token has been revoked, used up, or belongs to a session that has ended: log in again."""

    code = "TOKEN_REVOKED"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: whose it is, of which session, and of which generation of their tokens."""

    user_id: int
    session_id: UUID
    token_version: int
    token_id: str


def init_identity(
    app: Flask,
    *,
    ring: KeyRing,
    issuer: str,
    audience: str,
    access_lifetime: timedelta,
    refresh_lifetime: timedelta,
) -> None:
    """Let Flask-JWT-Extended sign with the keys of `ring`, and take such tokens and no others."""
    app.extensions["key_ring"] = ring
    app.config.update(
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_DECODE_LEEWAY=LEEWAY_S,
        JWT_ENCODE_ISSUER=issuer,
        JWT_DECODE_ISSUER=issuer,
        JWT_ENCODE_AUDIENCE=audience,
        JWT_DECODE_AUDIENCE=audience,
        JWT_ACCESS_TOKEN_EXPIRES=access_lifetime,
        JWT_REFRESH_TOKEN_EXPIRES=refresh_lifetime,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_HEADER_TYPE="Bearer",
    )
    jwt_manager.init_app(app)


def key_ring() -> KeyRing:
    """Return the keys of the current application."""
    ring: KeyRing = current_app.extensions["key_ring"]
    return ring


def sign_token(kind: Kind, claims: Claims) -> str:
    """Return a token with these claims, from now on for the lifetime that is configured for its kind."""
    create = create_access_token if kind == "access" else create_refresh_token
    token: str = create(
        str(claims.user_id),
        additional_claims={
            "jti": claims.token_id,
            "sid": str(claims.session_id),
            "ver": claims.token_version,
        },
        additional_headers={"kid": key_ring().kid, "typ": MEDIA_TYPES[kind]},
    )
    return token


def read_token(kind: Kind, token: str) -> Claims:
    """Return what the token says.

    Raise `TokenExpired` when it was a good one, `InvalidToken` for anything else that is wrong with it.
    """
    if not _TOKEN.fullmatch(token):
        raise InvalidToken
    try:
        said = decode_token(token)
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except (jwt.PyJWTError, JWTExtendedException):
        raise InvalidToken from None
    if said["type"] != kind:
        raise InvalidToken(f"This operation takes a token of type {kind}.")
    return claims_of(said)


def claims_of(said: Mapping[str, Any]) -> Claims:
    """Return the claims of a decoded token."""
    return Claims(int(said["sub"]), UUID(said["sid"]), said["ver"], said["jti"])


@jwt_manager.encode_key_loader
def _signing_key(_identity: object) -> object:
    return key_ring().private_key


@jwt_manager.decode_key_loader
def _checking_key(header: dict[str, Any], claims: dict[str, Any]) -> object:
    """Return the key that the token must be signed with; raise when its header or claims are not ours.

    Called before the signature is checked, on the same bytes. A header with anything beyond the three
    members that we write (`jku`, `x5u`, `jwk`, `crit` ...) is refused whatever it says. The algorithm is
    then PyJWT's to check, against the only one that is configured.
    """
    if header.keys() != {"alg", "kid", "typ"}:
        raise jwt.InvalidTokenError
    if any(name not in claims or not fits(claims[name]) for name, fits in _REQUIRED.items()):
        raise jwt.InvalidTokenError
    if header["typ"] != MEDIA_TYPES[claims["type"]]:
        raise jwt.InvalidTokenError
    key = key_ring().public_keys.get(header["kid"])
    if key is None:
        raise jwt.InvalidTokenError
    return key


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255


def _is_int(value: object) -> bool:
    return type(value) is int and 0 <= value <= _INT8_MAX


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None and int(value) <= _INT8_MAX


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_version(value: object) -> bool:
    return type(value) is int and 0 < value <= _INT4_MAX


def _is_kind(value: object) -> bool:
    return isinstance(value, str) and value in MEDIA_TYPES


_REQUIRED = {
    "iss": _is_text,
    "aud": _is_text,
    "sub": _is_id,
    "iat": _is_int,
    "nbf": _is_int,
    "exp": _is_int,
    "jti": _is_text,
    "sid": _is_uuid,
    "ver": _is_version,
    "type": _is_kind,
}
