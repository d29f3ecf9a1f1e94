"""The options with which a browser asks an authenticator (WebAuthn 3, 5.4 and 5.5), in the JSON that browsers parse."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

from service.config import settings
from service.models.passkeys import Passkey
from service.models.users import User
from service.passkeys.challenges import LIFETIME_S
from service.passkeys.verification import ALGORITHMS, base64url, relying_party

_TIMEOUT_MS = LIFETIME_S * 1000


def creation_options(user: User, challenge: str, passkeys: Iterable[Passkey]) -> dict[str, Any]:
    """Return the options for a new passkey of an account, on an authenticator that has none of it yet."""
    site_name, _ = parseaddr(settings().mail_from)
    return {
        "rp": {"id": relying_party().id, "name": site_name or "Colophon"},
        "user": {
            "id": base64url(user_handle(user.id)),
            "name": user.email or user.username,
            "displayName": user.display_name,
        },
        "challenge": challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": _TIMEOUT_MS,
        "excludeCredentials": _descriptors(passkeys),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        # Who made the authenticator does not matter to us, and would tell about its owner.
        "attestation": "none",
    }


def request_options(challenge: str, passkeys: Iterable[Passkey] = ()) -> dict[str, Any]:
    """Return the options for one of these passkeys; without any, for each that the user has for the site."""
    return {
        "challenge": challenge,
        "timeout": _TIMEOUT_MS,
        "rpId": relying_party().id,
        "allowCredentials": _descriptors(passkeys),
        "userVerification": "required",
    }


def user_handle(user_id: int) -> bytes:
    """Return what authenticators know an account by: its id, which says nothing about a person."""
    return str(user_id).encode()


def _descriptors(passkeys: Iterable[Passkey]) -> list[dict[str, Any]]:
    return [
        {
            "type": "public-key",
            "id": base64url(passkey.credential_id),
            "transports": passkey.transports,
        }
        for passkey in passkeys
    ]
