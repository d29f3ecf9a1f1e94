"""Request and response models of passkeys; the JSON of browsers within them is in `webauthn_schemas`."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.core.login_challenges import CHALLENGE_EXAMPLE
from service.core.single_use_links import SECRET_PATTERN
from service.core.texts import SINGLE_LINE_PATTERN
from service.models.passkeys import PASSKEY_NAME_MAX
from service.passkeys.examples import PASSKEY_EXAMPLE
from service.passkeys.webauthn_schemas import assertion_credential, ns, registration_credential
from service.second_factors.schemas import recovery_codes_field
from service.users.schemas import timestamp_field


def _name_field(*, required: bool, output: bool = False) -> fields.String:
    return fields.String(
        required=required,
        min_length=1,
        max_length=PASSKEY_NAME_MAX,
        pattern=None if output else SINGLE_LINE_PATTERN,
        description="Name by which the owner recognizes the passkey.",
        example="Laptop",
    )


passkey_fields: dict[str, Any] = {
    "id": fields.String(
        required=True, format="uuid", description="ID of the passkey.", example=PASSKEY_EXAMPLE
    ),
    "name": _name_field(required=True, output=True),
    "is_backed_up": fields.Boolean(
        required=True,
        description="Whether the passkey is synchronized between devices, by a password manager for example.",
        example=False,
    ),
    "created_at": timestamp_field("Time when the passkey was added."),
    "last_used_at": fields.DateTime(
        description="Time when the passkey was last used; null before that.", example="2026-11-30T09:30:00Z"
    ),
}

passkey_output = ns.model("Passkey", passkey_fields)

added_output = ns.model(
    "AddedPasskey",
    {
        **passkey_fields,
        "recovery_codes": recovery_codes_field(
            "Codes for logging in without the passkey; each works once. They are shown this once, with the first "
            "passkey of an account without an authenticator app; otherwise null.",
            required=False,
        ),
    },
)

_CREDENTIAL = "The value of `PublicKeyCredential.toJSON()`."


def _assertion_field() -> fields.Nested:
    return fields.Nested(assertion_credential, required=True, description=_CREDENTIAL)


def _login_challenge_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=43,
        pattern=SECRET_PATTERN,
        description="The `challenge` of 401 `SECOND_FACTOR_REQUIRED`.",
        example=CHALLENGE_EXAMPLE,
    )


passkey_input = ns.model(
    "NewPasskey",
    {
        "name": _name_field(required=True),
        "credential": fields.Nested(registration_credential, required=True, description=_CREDENTIAL),
    },
)
changes_input = ns.model("PasskeyChanges", {"name": _name_field(required=False)})
login_input = ns.model("PasskeyLogin", {"credential": _assertion_field()})
step_up_input = ns.model("PasskeyStepUp", {"credential": _assertion_field()})
second_factor_options_input = ns.model(
    "PasskeySecondFactorOptionsRequest", {"challenge": _login_challenge_field()}
)
second_factor_input = ns.model(
    "PasskeySecondFactor", {"challenge": _login_challenge_field(), "credential": _assertion_field()}
)
