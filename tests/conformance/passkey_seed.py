"""The passkey of the examples, which a software authenticator has, and its responses to challenges that are open."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from service.models.base import utcnow
from service.models.passkeys import Passkey
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.passkeys.examples import CREDENTIAL_ID_EXAMPLE
from service.passkeys.options import user_handle
from service.passkeys.verification import base64url, from_base64url
from tests.passkeys.software_authenticator import SoftwareAuthenticator

SITE = "http://127.0.0.1:8000"
PASSKEYS = "POST /api/auth/passkeys"
# What the challenge of each operation is for.
PURPOSES = {
    PASSKEYS: LinkPurpose.PASSKEY_REGISTRATION,
    f"{PASSKEYS}/login": LinkPurpose.PASSKEY_LOGIN,
    f"{PASSKEYS}/second-factor": LinkPurpose.PASSKEY_SECOND_FACTOR,
    f"{PASSKEYS}/step-up": LinkPurpose.PASSKEY_STEP_UP,
}
OF_THE_CALLER = {f"{PASSKEYS}/step-up", f"{PASSKEYS}/step-up-options"}


def seeded_passkey(passkey_id: str, user_id: int) -> Passkey:
    """Return the passkey of the examples."""
    authenticator = _authenticator(SITE, user_id)
    return Passkey(
        id=UUID(passkey_id),
        user_id=user_id,
        credential_id=authenticator.credential_id,
        public_key=authenticator.public_key,
        sign_count=0,
        name="Laptop",
        transports=["internal"],
        is_backed_up=False,
    )


def response_to_challenge(
    purpose: LinkPurpose, user_id: int, site: str = SITE, *, is_new: bool = False
) -> tuple[SingleUseLink, dict[str, Any]]:
    """Return an open challenge, and what the authenticator answers to it; `is_new` is one with another passkey."""
    secret, domain = secrets.token_urlsafe(32), urlsplit(site).hostname
    link = SingleUseLink(
        purpose=purpose,
        secret_hash=sha256(secret.encode()).digest(),
        user_id=None if purpose is LinkPurpose.PASSKEY_LOGIN else user_id,
        expires_at=utcnow() + timedelta(hours=1),
    )
    authenticator = SoftwareAuthenticator(origin=site) if is_new else _authenticator(site, user_id)
    if purpose is LinkPurpose.PASSKEY_REGISTRATION:
        user = {"id": base64url(user_handle(user_id))}
        return link, authenticator.register({"challenge": secret, "rp": {"id": domain}, "user": user})
    return link, authenticator.sign({"challenge": secret, "rpId": domain})


def _authenticator(site: str, user_id: int) -> SoftwareAuthenticator:
    return SoftwareAuthenticator(
        origin=site,
        credential_id=from_base64url(CREDENTIAL_ID_EXAMPLE),
        private_key=ec.derive_private_key(2026, ec.SECP256R1()),
        user_handle=base64url(user_handle(user_id)),
    )
