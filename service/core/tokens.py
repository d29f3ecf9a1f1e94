"""Creates and verifies JWT access and refresh tokens (EdDSA); sessions and users are not looked up here.

Whether the session of a token was revoked is checked in `identity`.
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

# RFC 9068 defines the first; the second prevents that a refresh token is accepted as another token.
MEDIA_TYPES: Mapping[str, str] = {"access": "at+jwt", "refresh": "rt+jwt"}

# Maximum clock difference between the machines of a deployment.
LEEWAY_S = 5

# Our tokens have about 500 characters: unpadded base64url, ending with the 64 bytes of an Ed25519 signature.
_TOKEN = re.compile(r"[\w-]{10,1000}\.[\w-]{10,3000}\.[\w-]{86}", re.ASCII)
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_INT4_MAX = 2**31 - 1
_INT8_MAX = 2**63 - 1

_REFUSED = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class InvalidToken(Unauthorized):
    """The token is invalid or the `Authorization` header is malformed. Log in again."""

    code = "INVALID_TOKEN"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers=_REFUSED)


class TokenExpired(InvalidToken):
    """The token has expired. Use the refresh token to get a new one."""

    code = "TOKEN_EXPIRED"


class TokenRevoked(InvalidToken):
    """The token was revoked or its session has ended. Log in again."""

    code = "TOKEN_REVOKED"


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a valid token: its user, its session and the user's token version."""

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
    """Configure Flask-JWT-Extended to sign with the current key of `keys` and to accept only tokens of these keys."""
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
    """Return the current key ring. Call it once per operation: the keys can be rotated in between."""
    ring: KeyRing = current_app.extensions["key_ring"]()
    return ring


def encode_token(kind: TokenType, claims: Claims) -> str:
    """Return a signed token with these claims; its type determines the configured lifetime."""
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
    """Verify a token and return its claims.

    Raise `TokenExpired` if it is valid but expired, `InvalidToken` for any other defect.
    """
    if not _TOKEN.fullmatch(token):
        raise InvalidToken
    try:
        payload = _decode(token)
    # ValueError: not base64, not UTF-8 or not JSON. RecursionError: nested too deeply.
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidToken from None
    # Checked last: only an otherwise valid token is reported as expired.
    if payload["exp"] <= time.time() - LEEWAY_S:
        raise TokenExpired
    if payload["type"] != kind:
        raise InvalidToken(f"This operation takes a token of type {kind}.")
    return claims_from_payload(payload)


def claims_from_payload(payload: Mapping[str, Any]) -> Claims:
    """Convert the payload of a decoded token."""
    return Claims(int(payload["sub"]), UUID(payload["sid"]), payload["ver"], payload["jti"])


def _decode(token: str) -> dict[str, Any]:
    """Return the payload of a token after all checks except expiry.

    Flask-JWT-Extended decodes each token twice, first without verification in order to find the key: this does it
    once, with the same checks.
    """
    header = json.loads(base64url_decode(token.partition(".")[0]))
    payload = jwt.decode(
        token,
        _verification_key(header),
        algorithms=[ALGORITHM],
        audience=current_app.config["JWT_DECODE_AUDIENCE"],
        issuer=current_app.config["JWT_DECODE_ISSUER"],
        leeway=LEEWAY_S,
        options={"verify_exp": False},
    )
    _check_claims(header, payload)
    return payload


def _verification_key(header: Any) -> Ed25519PublicKey:
    """Return the key that verifies a token with this header; raise if the header is not one of ours.

    A header with members other than the three that we write (`jku`, `x5u`, `jwk`, `crit` ...) is rejected. PyJWT then
    checks the algorithm against the only allowed one.
    """
    if not isinstance(header, dict) or header.keys() != {"alg", "kid", "typ"}:
        raise jwt.InvalidTokenError
    kid = header["kid"]
    key = key_ring().public_keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise jwt.InvalidTokenError
    return key


def _check_claims(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Raise if a claim is missing or malformed, or if the token is not of the expected type."""
    if any(name not in claims or not fits(claims[name]) for name, fits in _REQUIRED_CLAIMS.items()):
        raise jwt.InvalidTokenError
    if header["typ"] != MEDIA_TYPES[claims["type"]]:
        raise jwt.InvalidTokenError


@dataclass(frozen=True, slots=True)
class _SigningIdentity:
    """User and key ring of a token to sign: header and signature use the same ring, even during a key rotation."""

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
    """Return the verification key to `@jwt_required`, which reads the header before it verifies the signature."""
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
