"""Verification of what authenticators return (WebAuthn 3, 7.1 and 7.2), for the site of `SITE_URL` and no other.

The library takes 0.4 seconds to import: it is imported by the first verification.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog

from service.config import settings
from service.contract.problems import Forbidden

# Ed25519, ECDSA with P-256, RSASSA-PKCS1-v1_5, each with SHA-256 (RFC 9053, RFC 8812): what browsers ask to be offered.
ALGORITHMS = (-8, -7, -257)
_DEFAULT_PORTS = {"http": 80, "https": 443}

log = structlog.get_logger(__name__)


class PasskeyInvalid(Forbidden):
    """The passkey was not accepted: it was removed, or its response is not valid. Try again, or log in otherwise."""

    code = "PASSKEY_INVALID"
    # The challenge stays used, whatever was wrong with the response.
    commit_on_raise = True


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that passkeys are for: its domain, and the origin of its pages."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What an authenticator has made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_backed_up: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """That somebody has the passkey, and has unlocked it."""

    sign_count: int
    is_backed_up: bool


def relying_party() -> RelyingParty:
    """Return the site of `SITE_URL`. What a request says of its host does not count."""
    url = urlsplit(settings().site_url)
    host = url.hostname or ""
    is_default = url.port in {None, _DEFAULT_PORTS.get(url.scheme)}
    return RelyingParty(host, f"{url.scheme}://{host}" + ("" if is_default else f":{url.port}"))


def challenge_of(credential: Mapping[str, Any]) -> str:
    """Return the challenge that a response says it is to; raise `PasskeyInvalid`."""
    try:
        challenge = orjson.loads(from_base64url(credential["response"]["clientDataJSON"]))["challenge"]
    except (ValueError, KeyError, TypeError):
        raise PasskeyInvalid from None
    if not isinstance(challenge, str):
        raise PasskeyInvalid
    return challenge


def verify_registration(credential: Mapping[str, Any], challenge: str) -> NewCredential:
    """Return what was registered; raise `PasskeyInvalid`. The user must have been verified."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - see above

    site = relying_party()
    try:
        verified = verify_registration_response(
            credential=dict(credential),
            expected_challenge=from_base64url(challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    # Whatever the library raises of odd bytes, there is no passkey in them.
    except Exception as error:
        log.info("the registration of a passkey was refused", reason=str(error))
        raise PasskeyInvalid from error
    return NewCredential(
        verified.credential_id,
        verified.credential_public_key,
        verified.sign_count,
        verified.credential_backed_up,
    )


def verify_assertion(credential: Mapping[str, Any], challenge: str, public_key: bytes) -> Assertion:
    """Return what the response proves; raise `PasskeyInvalid`. The user must have been verified.

    The counter is not compared here: `actions` does, which knows whom to tell.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - see above

    site = relying_party()
    try:
        verified = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=from_base64url(challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        log.info("the response of a passkey was refused", reason=str(error))
        raise PasskeyInvalid from error
    return Assertion(verified.new_sign_count, verified.credential_backed_up)


def base64url(data: bytes) -> str:
    """Return base64url without padding, as WebAuthn has it in JSON."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of base64url without padding; raise ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
