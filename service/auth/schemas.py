"""What do credentials and tokens look like on the wire?"""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.core.passwords import MAX_LENGTH
from service.users.schemas import (
    NO_NUL,
    bio_field,
    display_name_field,
    email_field,
    password_field,
    user_output,
    username_field,
)

# What a token is made of; ours have some 500 characters.
TOKEN_MAX = 4_096
COMPACT_JWS = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
BASE64URL = r"^[A-Za-z0-9_-]{43}$"

ns = Namespace("auth", description="Logging in and out, and one's own account.", path="/api/auth")
well_known = Namespace(
    "keys", description="The keys with which others can check tokens.", path="/.well-known"
)


def _token_field(description: str) -> fields.String:
    return fields.String(
        required=True,
        max_length=TOKEN_MAX,
        pattern=COMPACT_JWS,
        description=description,
        example="eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMDAxIn0.c2lnbmF0dXJl",
    )


def _entered_password_field(description: str) -> fields.String:
    """Return the field of a password that exists: whatever was once accepted must be accepted here."""
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
        "password": _entered_password_field("The password."),
    },
)

password_change_input = ns.model(
    "PasswordChange",
    {
        "current_password": _entered_password_field("The password as it is now."),
        "new_password": password_field("The password as it shall be.", example="staple correct horse"),
    },
)

me_changes_input = ns.model(
    "MeChanges",
    {
        "username": username_field(required=False),
        "display_name": display_name_field(required=False),
        "email": email_field(required=False),
        "bio": bio_field(required=False),
    },
)

tokens_output = ns.model(
    "Tokens",
    {
        "access_token": _token_field("Proves who calls, as `Authorization: Bearer ...`."),
        "refresh_token": _token_field("Gets the next pair of tokens, once."),
        "token_type": fields.String(
            required=True, enum=["Bearer"], description="How to send the access token.", example="Bearer"
        ),
        "expires_in": fields.Integer(
            required=True,
            min=1,
            max=86_400,
            description="For how many seconds the access token is good.",
            example=900,
        ),
        "user": fields.Nested(user_output, required=True, description="The account that logged in."),
    },
)

key_output = well_known.model(
    "Key",
    {
        "kty": fields.String(
            required=True, enum=["OKP"], description="The family of the key (RFC 8037).", example="OKP"
        ),
        "crv": fields.String(required=True, enum=["Ed25519"], description="The curve.", example="Ed25519"),
        "x": fields.String(
            required=True,
            max_length=43,
            pattern=BASE64URL,
            description="The public key, in base64url.",
            example="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ),
        "kid": fields.String(
            required=True,
            max_length=43,
            pattern=BASE64URL,
            description="The id that tokens name the key by: its thumbprint (RFC 7638).",
            example="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
        "alg": fields.String(
            required=True, enum=["EdDSA"], description="The algorithm of the signatures.", example="EdDSA"
        ),
        "use": fields.String(required=True, enum=["sig"], description="What the key is for.", example="sig"),
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
            description="Every key that tokens may be signed with; the one that signs today is the first.",
        )
    },
)
