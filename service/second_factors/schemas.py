"""Request and response models of two-factor authentication."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.contract.types import with_error
from service.core.login_challenges import CHALLENGE_EXAMPLE
from service.core.single_use_links import SECRET_PATTERN
from service.models.passkeys import PASSKEYS_MAX
from service.second_factors.codes import RECOVERY_CODES

RECOVERY_CODE_EXAMPLE = "k7wq-2n9f-x4tb-8hmd-3vpc-m6ra"
TOTP_EXAMPLE = "492039"
SECRET_EXAMPLE = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of the document

ns = Namespace(
    "second-factor",
    description="Two-factor authentication: codes of an authenticator app, and recovery codes.",
    path="/api",
)

_ANY_CODE = with_error(
    r"^[0-9A-Za-z -]{6,40}$", "It must be the 6 digits of the authenticator app, or a recovery code."
)
_TOTP = with_error(r"^[0-9]{6}$", "It must be the 6 digits that the authenticator app shows.")
_RECOVERY_CODE = r"^[a-z0-9]{4}(-[a-z0-9]{4}){5}$"


def _code_field() -> fields.String:
    return fields.String(
        required=True,
        max_length=40,
        pattern=_ANY_CODE,
        description="The 6 digits that the authenticator app shows, or a recovery code. Each works once.",
        example=RECOVERY_CODE_EXAMPLE,
    )


login_input = ns.model(
    "SecondFactorLogin",
    {
        "challenge": fields.String(
            required=True,
            max_length=43,
            pattern=SECRET_PATTERN,
            description="The `challenge` of 401 `SECOND_FACTOR_REQUIRED`.",
            example=CHALLENGE_EXAMPLE,
        ),
        "code": _code_field(),
    },
)

step_up_input = ns.model("SecondFactorStepUp", {"code": _code_field()})

confirmation_input = ns.model(
    "SecondFactorConfirmation",
    {
        "code": fields.String(
            required=True,
            max_length=6,
            pattern=_TOTP,
            description="The 6 digits that the authenticator app shows.",
            example=TOTP_EXAMPLE,
        )
    },
)

state_output = ns.model(
    "SecondFactor",
    {
        "is_enabled": fields.Boolean(
            required=True,
            description="Whether the password alone is not enough to log in: a code or a passkey is needed too.",
            example=False,
        ),
        "is_required": fields.Boolean(
            required=True,
            description="Whether the role of the account needs two-factor authentication (`REQUIRE_SECOND_FACTOR`).",
            example=False,
        ),
        "has_authenticator_app": fields.Boolean(
            required=True, description="Whether an authenticator app is set up.", example=False
        ),
        "passkeys": fields.Integer(
            required=True,
            min=0,
            max=PASSKEYS_MAX,
            description="How many passkeys the account has.",
            example=0,
        ),
        "enabled_at": fields.DateTime(
            description="Time since when the password alone is not enough; null if it is.",
            example=None,
        ),
        "recovery_codes_left": fields.Integer(
            required=True,
            min=0,
            max=RECOVERY_CODES,
            description="How many recovery codes are unused.",
            example=0,
        ),
    },
)

setup_output = ns.model(
    "SecondFactorSetup",
    {
        "secret": fields.String(
            required=True,
            max_length=64,
            pattern=r"^[A-Z2-7]+$",
            description="Secret for an authenticator app, in base32, if it cannot read the QR code.",
            example=SECRET_EXAMPLE,
        ),
        "otpauth_url": fields.String(
            required=True,
            max_length=1_000,
            description="What the QR code shows to an authenticator app.",
            example=f"otpauth://totp/Colophon:ada%40example.org?secret={SECRET_EXAMPLE}&issuer=Colophon",
        ),
    },
)


def recovery_codes_field(description: str, *, required: bool) -> fields.List:
    """Return the field of new recovery codes."""
    return fields.List(
        fields.String(required=True, max_length=29, pattern=_RECOVERY_CODE),
        required=required,
        min_items=RECOVERY_CODES,
        max_items=RECOVERY_CODES,
        description=description,
        example=[
            RECOVERY_CODE_EXAMPLE,
            *(f"{n}pzr-6ktw-e8fc-j5xd-n4hb-9qsv" for n in range(2, 10)),
            "qv3h-9dyn-c7mr-4bgs-x2kt-f8wz",
        ],
    )


recovery_codes_output = ns.model(
    "NewRecoveryCodes",
    {
        "recovery_codes": recovery_codes_field(
            "Codes for logging in without the app; each works once. They are shown this once.", required=True
        )
    },
)
