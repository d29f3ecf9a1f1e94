"""A software authenticator: what a browser and a security key do, with every part that a test may want to be wrong."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, WITH_CREDENTIAL = 0x01, 0x04, 0x08, 0x10, 0x40


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SoftwareAuthenticator:
    """Has one passkey, with a key of ES256. `sign_count` is 0 of an authenticator that does not count."""

    origin: str = "http://localhost"
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    sign_count: int = 0
    flags: int = PRESENT | VERIFIED
    user_handle: str | None = None

    def register(self, options: Mapping[str, Any], **wrong: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.create()` returns, with `wrong` parts: origin, rp_id, flags, challenge."""
        self.user_handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options["challenge"], wrong)
        data = self._authenticator_data(wrong.get("rp_id", options["rp"]["id"]), wrong, WITH_CREDENTIAL)
        data += bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self.public_key
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._credential(
            clientDataJSON=base64url(client_data),
            attestationObject=base64url(cbor2.dumps(attestation)),
            transports=["internal", "from-the-future"],
        )

    def sign(self, options: Mapping[str, Any], **wrong: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.get()` returns, with `wrong` parts, `signature` and `sign_count` too."""
        client_data = self._client_data("webauthn.get", options["challenge"], wrong)
        data = self._authenticator_data(wrong.get("rp_id", options["rpId"]), wrong)
        signature = self.private_key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=base64url(client_data),
            authenticatorData=base64url(data),
            signature=wrong.get("signature", base64url(signature)),
            userHandle=wrong.get("user_handle", self.user_handle),
        )

    @property
    def public_key(self) -> bytes:
        """Return the public key in the form of COSE."""
        numbers = self.private_key.public_key().public_numbers()
        key: bytes = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        return key

    def _client_data(self, kind: str, challenge: str, wrong: Mapping[str, Any]) -> bytes:
        said = {
            "type": wrong.get("kind", kind),
            "challenge": wrong.get("challenge", challenge),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _authenticator_data(self, rp_id: str, wrong: Mapping[str, Any], more: int = 0) -> bytes:
        flags = wrong.get("flags", self.flags) | more
        count = wrong.get("sign_count", self.sign_count)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4)

    def _credential(self, **response: Any) -> dict[str, Any]:
        credential_id = base64url(self.credential_id)
        return {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {name: value for name, value in response.items() if value is not None},
        }
