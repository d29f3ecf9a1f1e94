"""The examples of the document: a passkey, and what browsers return, with shortened bytes."""

from __future__ import annotations

from typing import Any

import orjson

from service.passkeys.verification import base64url

PASSKEY_EXAMPLE = "01a22786-5c20-7b52-8e4f-3ca07a1d2b88"
PASSKEY_CHALLENGE_EXAMPLE = "pQ7rT2vX9zB4dF6hJ8kL0nM3qS5uW1yA7cE9gI2oKxY"
CREDENTIAL_ID_EXAMPLE = "jxwrOk1eb3CBkqO0xdbn-A"

_CREDENTIAL: dict[str, Any] = {
    "id": CREDENTIAL_ID_EXAMPLE,
    "rawId": CREDENTIAL_ID_EXAMPLE,
    "type": "public-key",
    "authenticatorAttachment": "platform",
    "clientExtensionResults": {},
}


def _client_data(kind: str) -> str:
    origin = "https://blog.example.org"
    return base64url(orjson.dumps({"type": kind, "challenge": PASSKEY_CHALLENGE_EXAMPLE, "origin": origin}))


REGISTRATION_EXAMPLE: dict[str, Any] = {
    **_CREDENTIAL,
    "response": {
        "clientDataJSON": _client_data("webauthn.create"),
        "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViU",
        "transports": ["internal"],
    },
}

ASSERTION_EXAMPLE: dict[str, Any] = {
    **_CREDENTIAL,
    "response": {
        "clientDataJSON": _client_data("webauthn.get"),
        "authenticatorData": "EsoXtJryKJQ28wPgFmAwoh5SXSZuIJJnQzgBqP1AcaAFAAAAAA",
        "signature": "MEUCIEUltYnnijnewxIFLuJAh3oi0JcvGZK_fRLW1TnCaA21",
        "userHandle": "MTAwMQ",
    },
}
