"""Models of the JSON that browsers exchange about passkeys (WebAuthn 3, 5.1): credentials, and options to ask for them.

Their names are those of WebAuthn, in camelCase.
"""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import NO_NUL, with_error
from service.models.passkeys import PASSKEYS_MAX, TRANSPORTS
from service.models.users import DISPLAY_NAME_MAX, EMAIL_MAX
from service.passkeys.examples import (
    ASSERTION_EXAMPLE,
    CREDENTIAL_ID_EXAMPLE,
    PASSKEY_CHALLENGE_EXAMPLE,
    REGISTRATION_EXAMPLE,
)
from service.passkeys.verification import ALGORITHMS

BASE64URL = with_error(r"^[A-Za-z0-9_-]+$", "It must be base64url without padding.")
_DOMAIN = r"^[a-z0-9.:-]+$"
_CREDENTIAL_ID_MAX = 1_364  # 1,023 bytes

ns = Namespace(
    "passkeys",
    description="Passkeys (WebAuthn): logging in with a device or security key, without a password or after it.",
    path="/api/auth/passkeys",
)


def _json_value(levels: int) -> dict[str, Any]:
    """Return the schema of any JSON value in which objects and arrays stand in each other `levels` deep."""
    kinds: list[dict[str, Any]] = [
        {"type": ["boolean", "number", "null"]},
        {"type": "string", "pattern": NO_NUL},
    ]
    if levels:
        kinds += [{"type": "array", "items": _json_value(levels - 1)}, _json_object(levels - 1)]
    return {"anyOf": kinds}


def _json_object(levels: int) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": NO_NUL},
        "additionalProperties": _json_value(levels),
    }


# As deep as the results of the registered extensions are (RFC 8809): `prf` has strings in an object in an object.
_extension_results = ns.schema_model("PasskeyExtensionResults", _json_object(2))


def _bytes_field(description: str, example: str, *, required: bool = True, max_length: int) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=max_length,
        pattern=BASE64URL,
        description=description,
        example=example,
    )


def _type_field() -> fields.String:
    return fields.String(
        required=True, enum=["public-key"], description="Type of the credential.", example="public-key"
    )


def _credential_fields(example: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _bytes_field("ID of the credential.", example["id"], max_length=_CREDENTIAL_ID_MAX),
        "rawId": _bytes_field(
            "ID of the credential again, as WebAuthn has it.", example["id"], max_length=_CREDENTIAL_ID_MAX
        ),
        "type": _type_field(),
        "authenticatorAttachment": fields.String(
            enum=["platform", "cross-platform"],
            description="Whether the authenticator is part of the device. Not used.",
            example="platform",
        ),
        "clientExtensionResults": fields.Nested(
            _extension_results, description="Results of extensions. None is asked for.", example={}
        ),
    }


def _client_data_field(example: dict[str, Any]) -> fields.String:
    return _bytes_field(
        "What the browser says was asked for, by which page.",
        example["response"]["clientDataJSON"],
        max_length=4_096,
    )


_registration_response = ns.model(
    "PasskeyAttestation",
    {
        "clientDataJSON": _client_data_field(REGISTRATION_EXAMPLE),
        "attestationObject": _bytes_field(
            "The new public key, as the authenticator has made it.",
            REGISTRATION_EXAMPLE["response"]["attestationObject"],
            max_length=16_384,
        ),
        "transports": fields.List(
            fields.String(required=True, max_length=32, description="A way to reach it.", example="internal"),
            max_items=20,
            description="How browsers reach the authenticator. Unknown ways are ignored.",
            example=["internal"],
        ),
        "authenticatorData": _bytes_field(
            "Not used: it is in `attestationObject`.", "SZYN5Q", required=False, max_length=16_384
        ),
        "publicKey": _bytes_field(
            "Not used: it is in `attestationObject`.", "MFkwEw", required=False, max_length=4_096
        ),
        "publicKeyAlgorithm": fields.Integer(
            min=-(2**31), max=2**31 - 1, description="Not used: it is in `attestationObject`.", example=-7
        ),
    },
)

registration_credential = ns.model(
    "PasskeyRegistration",
    {
        **_credential_fields(REGISTRATION_EXAMPLE),
        "response": fields.Nested(
            _registration_response, required=True, description="What the authenticator has made."
        ),
    },
)

_assertion_response = ns.model(
    "PasskeyAssertion",
    {
        "clientDataJSON": _client_data_field(ASSERTION_EXAMPLE),
        "authenticatorData": _bytes_field(
            "What the authenticator says about the user and itself.",
            ASSERTION_EXAMPLE["response"]["authenticatorData"],
            max_length=4_096,
        ),
        "signature": _bytes_field(
            "Signature over both.", ASSERTION_EXAMPLE["response"]["signature"], max_length=2_048
        ),
        "userHandle": _bytes_field(
            "The account, as the authenticator knows it.",
            ASSERTION_EXAMPLE["response"]["userHandle"],
            required=False,
            max_length=86,
        ),
    },
)

assertion_credential = ns.model(
    "PasskeyAuthentication",
    {
        **_credential_fields(ASSERTION_EXAMPLE),
        "response": fields.Nested(
            _assertion_response, required=True, description="What the authenticator has signed."
        ),
    },
)

_descriptor = ns.model(
    "PasskeyDescriptor",
    {
        "type": _type_field(),
        "id": _bytes_field("ID of the credential.", CREDENTIAL_ID_EXAMPLE, max_length=_CREDENTIAL_ID_MAX),
        "transports": fields.List(
            fields.String(
                required=True, enum=TRANSPORTS, description="A way to reach it.", example="internal"
            ),
            required=True,
            max_items=len(TRANSPORTS),
            description="How to reach the authenticator, as far as it is known.",
            example=["internal"],
        ),
    },
)


def _descriptors_field(description: str, *, example: list[Any] | None = None) -> fields.List:
    return fields.List(
        fields.Nested(_descriptor),
        required=True,
        max_items=PASSKEYS_MAX,
        description=description,
        example=example,
    )


def _challenge_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=43,
        pattern=BASE64URL,
        description="What the authenticator signs: 32 random bytes, which can be used once.",
        example=PASSKEY_CHALLENGE_EXAMPLE,
    )


def _timeout_field() -> fields.Integer:
    return fields.Integer(
        required=True,
        min=1_000,
        max=600_000,
        description="How long the challenge can be used, in milliseconds.",
        example=300_000,
    )


def _domain_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=253,
        pattern=_DOMAIN,
        description="Domain of the site, that of `SITE_URL`. Browsers accept passkeys on domains and localhost only.",
        example="127.0.0.1",
    )


def _verification_field() -> fields.String:
    return fields.String(
        required=True,
        enum=["required"],
        description="The authenticator must verify the user, by a PIN or a fingerprint for example.",
        example="required",
    )


_site_output = ns.model(
    "PasskeySite",
    {
        "id": _domain_field(),
        "name": fields.String(
            required=True, max_length=255, description="Name of the site.", example="Colophon"
        ),
    },
)

_account_output = ns.model(
    "PasskeyAccount",
    {
        "id": _bytes_field("The account, as the authenticator knows it.", "MTAwMQ", max_length=86),
        "name": fields.String(
            required=True,
            max_length=EMAIL_MAX,
            description="E-mail address of the account; without one, its username.",
            example="ada@example.org",
        ),
        "displayName": fields.String(
            required=True,
            max_length=DISPLAY_NAME_MAX,
            description="Name of the user.",
            example="Ada Lovelace",
        ),
    },
)

_algorithm_output = ns.model(
    "PasskeyAlgorithm",
    {
        "type": _type_field(),
        "alg": fields.Integer(
            required=True,
            min=-65_535,
            max=0,
            description="Signature algorithm, by its number in COSE.",
            example=ALGORITHMS[0],
        ),
    },
)

_selection_output = ns.model(
    "PasskeySelection",
    {
        "residentKey": fields.String(
            required=True,
            enum=["required"],
            description="The authenticator must store the credential, so that it is found without a name.",
            example="required",
        ),
        "requireResidentKey": fields.Boolean(
            required=True, description="The same, for older browsers.", example=True
        ),
        "userVerification": _verification_field(),
    },
)

creation_options_output = ns.model(
    "PasskeyCreationOptions",
    {
        "rp": fields.Nested(_site_output, required=True, description="The site."),
        "user": fields.Nested(_account_output, required=True, description="The account."),
        "challenge": _challenge_field(),
        "pubKeyCredParams": fields.List(
            fields.Nested(_algorithm_output),
            required=True,
            min_items=1,
            max_items=10,
            description="Signature algorithms that are accepted, preferred ones first.",
            example=[{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        ),
        "timeout": _timeout_field(),
        "excludeCredentials": _descriptors_field(
            "The passkeys that the account has already: none is made beside them.", example=[]
        ),
        "authenticatorSelection": fields.Nested(
            _selection_output, required=True, description="What the authenticator must be able to do."
        ),
        "attestation": fields.String(
            required=True,
            enum=["none"],
            description="Nobody wants to know who made the authenticator.",
            example="none",
        ),
    },
)


def _request_options(allowed: fields.List) -> dict[str, Any]:
    return {
        "challenge": _challenge_field(),
        "timeout": _timeout_field(),
        "rpId": _domain_field(),
        "allowCredentials": allowed,
        "userVerification": _verification_field(),
    }


login_options_output = ns.model(
    "PasskeyLoginOptions",
    _request_options(
        fields.List(
            fields.Nested(_descriptor),
            required=True,
            max_items=0,
            description="Always empty: any passkey that the user has for the site.",
            example=[],
        )
    ),
)
request_options_output = ns.model(
    "PasskeyRequestOptions",
    _request_options(_descriptors_field("The passkeys of the account.")),
)
