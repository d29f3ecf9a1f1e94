"""Request and response models of authentication: credentials, tokens, sessions, step-up, password change, JWKS."""

from __future__ import annotations

from flask_restx import fields, reqparse

from service.contract import Namespace
from service.contract.types import NO_NUL, boolean, with_error
from service.core.passwords import MAX_LENGTH
from service.core.step_up import StepUpMethod
from service.models.sessions import DEVICE_MAX, AddressFamily
from service.users.schemas import (
    bio_field,
    comment_notifications_field,
    display_name_field,
    email_field,
    password_field,
    timestamp_field,
    user_output,
    username_field,
)

# Our tokens have about 500 characters.
TOKEN_MAX = 4_096
COMPACT_JWS = with_error(
    r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", "It must be a token as the service has issued it."
)
SESSION_EXAMPLE = "5c0f3a6e-9b1d-4e27-8a43-d2f6b7c81e90"
BASE64URL = r"^[A-Za-z0-9_-]{43}$"

ns = Namespace(
    "auth", description="Login, token refresh, logout and the authenticated user.", path="/api/auth"
)
well_known = Namespace("keys", description="Public keys for verifying access tokens.", path="/.well-known")


# Required of token responses by RFC 6749, 5.1.
NO_STORE = {
    "Cache-Control": {
        "description": "Tokens must not be cached.",
        "required": True,
        "schema": {"type": "string", "enum": ["no-store"]},
        "example": "no-store",
    }
}


def _token_field(description: str) -> fields.String:
    return fields.String(
        required=True,
        max_length=TOKEN_MAX,
        pattern=COMPACT_JWS,
        description=description,
        example="eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMDAxIn0.c2lnbmF0dXJl",
    )


def _entered_password_field(description: str) -> fields.String:
    """Return the field of an existing password. It has no minimum length: older rules may have allowed less."""
    return fields.String(
        required=True,
        min_length=1,
        max_length=MAX_LENGTH,
        pattern=NO_NUL,
        description=description,
        example="correct horse battery",
    )


credentials_input = ns.model(
    "Credentials",
    {
        "email": email_field(required=True),
        "password": _entered_password_field("Password of the account."),
    },
)

password_change_input = ns.model(
    "PasswordChange",
    {
        "current_password": _entered_password_field("Current password."),
        "new_password": password_field("New password.", example="staple correct horse"),
    },
)

_METHOD = {
    "required": True,
    "enum": [StepUpMethod.PASSWORD.value],
    "description": "How the user is authenticated. More methods may be added.",
    "example": "password",
}

step_up_input = ns.model(
    "StepUpRequest",
    {
        "method": fields.String(**_METHOD),
        "password": _entered_password_field("Current password."),
    },
)

step_up_output = ns.model(
    "StepUp",
    {
        "method": fields.String(**{**_METHOD, "enum": StepUpMethod}),
        "expires_at": timestamp_field("Time until which operations that need a step-up are allowed."),
    },
)

session_output = ns.model(
    "Session",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the session.", example=SESSION_EXAMPLE
        ),
        "device": fields.String(
            max_length=DEVICE_MAX,
            description="Browser and system that have logged in, or the name of another program; null if unknown.",
            example="Firefox on Windows",
        ),
        "address_family": fields.String(
            enum=AddressFamily,
            description="Family of the address from which the login came. The address is not kept.",
            example="IPv4",
        ),
        "created_at": timestamp_field("Time of the login."),
        "last_used_at": timestamp_field(
            "Time when its tokens were refreshed last; an access token is used for up to `ACCESS_TOKEN_S` after that."
        ),
        "expires_at": fields.DateTime(
            required=True,
            description="Time when the session ends if it is not used.",
            example="2026-12-29T09:30:00Z",
        ),
        "is_current": fields.Boolean(
            required=True, description="Whether it is the session of this request.", example=True
        ),
    },
)

sessions_arguments = reqparse.RequestParser()
sessions_arguments.add_argument(
    "keep_current",
    type=boolean,
    default=False,
    location="args",
    help="Keep the session of this request and revoke only the others.",
)

me_changes_input = ns.model(
    "MeChanges",
    {
        "username": username_field(required=False),
        "display_name": display_name_field(required=False),
        "email": email_field(required=False),
        "bio": bio_field(required=False),
        "comment_notifications": comment_notifications_field(required=False),
    },
)

tokens_output = ns.model(
    "Tokens",
    {
        "access_token": _token_field("Access token, sent as `Authorization: Bearer <token>`."),
        "refresh_token": _token_field(
            "Refresh token for getting the next pair of tokens; it can be used once."
        ),
        "token_type": fields.String(
            required=True,
            enum=["Bearer"],
            description="Authentication scheme of the access token.",
            example="Bearer",
        ),
        "expires_in": fields.Integer(
            required=True,
            min=1,
            max=86_400,
            description="Lifetime of the access token in seconds.",
            example=900,
        ),
        "user": fields.Nested(user_output, required=True, description="User of the session."),
    },
)

key_output = well_known.model(
    "Key",
    {
        "kty": fields.String(required=True, enum=["OKP"], description="Key type (RFC 8037).", example="OKP"),
        "crv": fields.String(
            required=True, enum=["Ed25519"], description="Curve of the key.", example="Ed25519"
        ),
        "x": fields.String(
            required=True,
            max_length=43,
            pattern=BASE64URL,
            description="Public key, base64url-encoded.",
            example="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ),
        "kid": fields.String(
            required=True,
            max_length=43,
            pattern=BASE64URL,
            description="Key ID, as in the header of tokens: the thumbprint of the key (RFC 7638).",
            example="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
        "alg": fields.String(
            required=True, enum=["EdDSA"], description="Signature algorithm.", example="EdDSA"
        ),
        "use": fields.String(
            required=True, enum=["sig"], description="Intended use: signatures.", example="sig"
        ),
    },
)

key_set_output = well_known.model(
    "KeySet",
    {
        "keys": fields.List(
            fields.Nested(key_output),
            required=True,
            min_items=1,
            max_items=100,
            description="Keys that valid tokens can be signed with; the first one is the active signing key.",
        )
    },
)
