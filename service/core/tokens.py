"""Is this token one of ours, whole and in time? Made by Flask-JWT-Extended, read with everything required and checked.

Nothing here asks the database: whether the token's session still lives is the question of `identity`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask, current_app
from flask_jwt_extended import create_access_token, create_refresh_token
from jwt.utils import base64url_decode

from service.contract.problems import Unauthorized
from service.core.signing_keys import ALGORITHM, KeyRing
from service.extensions import jwt as jwt_manager

TokenType = Literal["access", "refresh"]

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


def init_jwt(
    app: Flask,
    *,
    keys: Callable[[], KeyRing],
    issuer: str,
    audience: str,
    access_lifetime: timedelta,
    refresh_lifetime: timedelta,
) -> None:
    """Let Flask-JWT-Extended sign with what `keys` returns at that moment, and take such tokens and no others."""
    app.extensions["key_ring"] = keys
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
    """Return the keys of the current application as they are now: ask once for what belongs together."""
    ring: KeyRing = current_app.extensions["key_ring"]()
    return ring


def encode_token(kind: TokenType, claims: Claims) -> str:
    """Return a token with these claims, from now on for the lifetime that is configured for its kind."""
    create = create_access_token if kind == "access" else create_refresh_token
    ring = key_ring()
    token: str = create(
        _SigningIdentity(str(claims.user_id), ring),
        additional_claims={
            "jti": claims.token_id,
            "sid": str(claims.session_id),
            "ver": claims.token_version,
        },
        additional_headers={"kid": ring.kid, "typ": MEDIA_TYPES[kind]},
    )
    return token


def verify_token(kind: TokenType, token: str) -> Claims:
    """Return what the token says.

    Raise `TokenExpired` when it was a good one, `InvalidToken` for anything else that is wrong with it.
    """
    if not _TOKEN.fullmatch(token):
        raise InvalidToken
    try:
        said = _decode(token)
    # What is no JSON, no text or no base64 is a ValueError, what is nested too deeply the other.
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidToken from None
    # Last of all: that it was good once is told only of a token with which nothing else is wrong.
    if said["exp"] <= time.time() - LEEWAY_S:
        raise TokenExpired
    if said["type"] != kind:
        raise InvalidToken(f"This operation takes a token of type {kind}.")
    return claims_from_payload(said)


def claims_from_payload(said: Mapping[str, Any]) -> Claims:
    """Return the claims of a decoded token."""
    return Claims(int(said["sub"]), UUID(said["sid"]), said["ver"], said["jti"])


def _decode(token: str) -> dict[str, Any]:
    """Return the claims of a token that is in order but for its age.

    Flask-JWT-Extended decodes each token twice, first without its signature in order to find the key: this does the
    work once, with the same checks.
    """
    header = json.loads(base64url_decode(token.partition(".")[0]))
    said = jwt.decode(
        token,
        _verification_key(header),
        algorithms=[ALGORITHM],
        audience=current_app.config["JWT_DECODE_AUDIENCE"],
        issuer=current_app.config["JWT_DECODE_ISSUER"],
        leeway=LEEWAY_S,
        options={"verify_exp": False},
    )
    _check_claims(header, said)
    return said


def _verification_key(header: Any) -> Ed25519PublicKey:
    """Return the key that a token with this header must be signed with; raise when the header is not ours.

    One with anything beyond the three members that we write (`jku`, `x5u`, `jwk`, `crit` ...) is refused whatever
    it says. The algorithm is then PyJWT's to check, against the only one that is allowed.
    """
    if not isinstance(header, dict) or header.keys() != {"alg", "kid", "typ"}:
        raise jwt.InvalidTokenError
    kid = header["kid"]
    key = key_ring().public_keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise jwt.InvalidTokenError
    return key


def _check_claims(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Raise when a claim is missing or not of the form that we write, or the token not of the kind it names."""
    if any(name not in claims or not fits(claims[name]) for name, fits in _REQUIRED_CLAIMS.items()):
        raise jwt.InvalidTokenError
    if header["typ"] != MEDIA_TYPES[claims["type"]]:
        raise jwt.InvalidTokenError


@dataclass(frozen=True, slots=True)
class _SigningIdentity:
    """Whose token to sign, and with which keys: its header names one of the same."""

    subject: str
    ring: KeyRing


@jwt_manager.user_identity_loader
def _subject(identity: object) -> object:
    return identity.subject if isinstance(identity, _SigningIdentity) else identity


@jwt_manager.encode_key_loader
def _signing_key(identity: object) -> object:
    ring = identity.ring if isinstance(identity, _SigningIdentity) else key_ring()
    return ring.private_key


@jwt_manager.decode_key_loader
def _decode_key(header: dict[str, Any], claims: dict[str, Any]) -> object:
    """Serve `@jwt_required` of other namespaces, which asks before it checks the signature of the same bytes."""
    key = _verification_key(header)
    _check_claims(header, claims)
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


_REQUIRED_CLAIMS = {
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
