"""Every token that is not exactly one of ours is refused with a 401, whatever is wrong with it."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt import api_jws

from service.core.signing_keys import ephemeral_key_ring, thumbprint
from service.core.tokens import (
    LEEWAY_S,
    Claims,
    InvalidToken,
    TokenExpired,
    encode_token,
    key_ring,
    verify_token,
)
from tests.accounts import (
    base64url,
    bearer_header,
    claims_in,
    create_account,
    header_of,
    signed,
    tokens_of,
    unsigned,
)

INT4_MAX = 2**31 - 1
INT8_MAX = 2**63 - 1
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

# One application for all examples.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@dataclass(frozen=True)
class Genuine:
    """A token that is accepted, and its parts."""

    token: str
    refresh_token: str

    @property
    def header(self) -> dict[str, Any]:
        return header_of(self.token)

    @property
    def claims(self) -> dict[str, Any]:
        return claims_in(self.token)

    def without_type(self) -> dict[str, Any]:
        return {name: value for name, value in self.claims.items() if name != "type"}

    @property
    def signature(self) -> str:
        return self.token.rsplit(".", 1)[1]

    def with_header(self, **changes: Any) -> str:
        """Signed by ourselves: only the check of the header can refuse it."""
        return signed({**self.header, **changes}, self.claims)

    def without_header(self, name: str) -> str:
        return signed({key: value for key, value in self.header.items() if key != name}, self.claims)

    def with_claims(self, **changes: Any) -> str:
        """Signed by ourselves: only the check of the claims can refuse it."""
        return signed(self.header, {**self.claims, **changes})

    def without_claim(self, name: str) -> str:
        return signed(self.header, {key: value for key, value in self.claims.items() if key != name})

    def with_raw_claim(self, name: str, text: str) -> str:
        """With a claim that Python's own JSON would not write."""
        claims = json.dumps({**self.claims, name: "@"}).replace('"@"', text)
        return signed(self.header, claims.encode())


@pytest.fixture
def genuine(app: Flask) -> Genuine:
    tokens = tokens_of(create_account())
    return Genuine(tokens.access_token, tokens.refresh_token)


def public_key(form: PublicFormat, encoding: Encoding) -> bytes:
    ring = key_ring()
    return ring.public_keys[ring.kid].public_bytes(encoding, form)


def hmac_signed(genuine: Genuine, secret: bytes, bits: int = 256) -> str:
    text = unsigned({**genuine.header, "alg": f"HS{bits}"}, genuine.claims)
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), f'sha{bits}'))}"


def signed_as(genuine: Genuine, algorithm: str, key: Any) -> str:
    headers = {"kid": genuine.header["kid"], "typ": genuine.header["typ"]}
    return api_jws.encode(orjson.dumps(genuine.claims), key, algorithm, headers=headers)


def other_key_of_its_own(genuine: Genuine, **header: Any) -> str:
    key = Ed25519PrivateKey.generate()
    return signed({**genuine.header, "kid": thumbprint(key.public_key()), **header}, genuine.claims, key)


def malleable(genuine: Genuine) -> str:
    """Ed25519's other signature of the same text: S plus the order of the group (RFC 8032, 5.1.7 refuses it)."""
    padded = genuine.signature + "=="
    raw = bytearray(urlsafe_b64decode(padded))
    scalar = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    return genuine.token[: -len(genuine.signature)] + base64url(
        bytes(raw[:32]) + scalar.to_bytes(32, "little")
    )


def with_signature(genuine: Genuine, signature: str) -> str:
    return genuine.token[: -len(genuine.signature)] + signature


def embedded_key(genuine: Genuine) -> str:
    ring = ephemeral_key_ring()
    return signed({**genuine.header, "jwk": ring.jwks()["keys"][0]}, genuine.claims, ring.private_key)


def other_last_bits(genuine: Genuine) -> str:
    """The 86th character of a signature carries two unused bits: another spelling of the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(genuine.signature[-1])
    return genuine.token[:-1] + alphabet[last ^ 1]


def twice(genuine: Genuine) -> str:
    """A second `sub` behind the first, under the genuine signature."""
    claims = orjson.dumps(genuine.claims)[:-1] + b',"sub":"1"}'
    return f"{unsigned(orjson.dumps(genuine.header), claims)}.{genuine.signature}"


Forgery = Callable[[Genuine], str]

FORGERIES: dict[str, Forgery] = {
    # The algorithm
    **{
        f"alg {name}, {kind}": (
            lambda g, name=name, signature=signature: (
                f"{unsigned({**g.header, 'alg': name}, g.claims)}.{g.signature if signature else ''}"
            )
        )
        for name in ("none", "None", "nOnE", "", "EDDSA", "Ed25519")
        for kind, signature in (("unsigned", False), ("with the genuine signature", True))
    },
    "alg is missing": lambda g: g.without_header("alg"),
    "alg is null": lambda g: g.with_header(alg=None),
    "alg is a list": lambda g: g.with_header(alg=["EdDSA"]),
    "HS256 with the public key as PEM": lambda g: hmac_signed(
        g, public_key(PublicFormat.SubjectPublicKeyInfo, Encoding.PEM)
    ),
    "HS256 with the public key as DER": lambda g: hmac_signed(
        g, public_key(PublicFormat.SubjectPublicKeyInfo, Encoding.DER)
    ),
    "HS256 with the public key's bytes": lambda g: hmac_signed(g, public_key(PublicFormat.Raw, Encoding.Raw)),
    "HS256 with the published JWK": lambda g: hmac_signed(g, orjson.dumps(key_ring().jwks()["keys"][0])),
    "HS512, as long as ours, with the public key's bytes": lambda g: hmac_signed(
        g, public_key(PublicFormat.Raw, Encoding.Raw), 512
    ),
    "HS512 with the public key as PEM": lambda g: hmac_signed(
        g, public_key(PublicFormat.SubjectPublicKeyInfo, Encoding.PEM), 512
    ),
    "HS256 with nothing": lambda g: hmac_signed(g, b""),
    "RS256 under our kid": lambda g: signed_as(g, "RS256", rsa.generate_private_key(65_537, 2048)),
    "ES256 under our kid": lambda g: signed_as(g, "ES256", ec.generate_private_key(ec.SECP256R1())),
    "Ed448 under our kid": lambda g: signed_as(g, "EdDSA", Ed448PrivateKey.generate()),
    # The key
    "another key under our kid": lambda g: signed(g.header, g.claims, Ed25519PrivateKey.generate()),
    "another key under its own kid": other_key_of_its_own,
    "kid is missing": lambda g: g.without_header("kid"),
    "kid is unknown": lambda g: g.with_header(kid="unknown"),
    "kid is a path": lambda g: g.with_header(kid="../../../../dev/null"),
    "kid is SQL": lambda g: g.with_header(kid="' OR 1=1 --"),
    "kid is long": lambda g: g.with_header(kid="k" * 10_000),
    "kid is a number": lambda g: g.with_header(kid=1),
    "kid is a list": lambda g: g.with_header(kid=[g.header["kid"]]),
    "kid is null": lambda g: g.with_header(kid=None),
    "jku": lambda g: g.with_header(jku="https://elsewhere.example/jwks.json"),
    "jku with the key that is there": lambda g: other_key_of_its_own(
        g, jku="https://elsewhere.example/jwks.json"
    ),
    "x5u": lambda g: g.with_header(x5u="https://elsewhere.example/key.pem"),
    "x5c": lambda g: g.with_header(x5c=["AAAA"]),
    "jwk": embedded_key,
    # Other members of the header
    "crit of what nobody knows": lambda g: g.with_header(crit=["exp"], exp=1),
    "crit of nothing": lambda g: g.with_header(crit=[]),
    "crit of b64": lambda g: g.with_header(crit=["b64"], b64=True),
    "detached content": lambda g: g.with_header(crit=["b64"], b64=False),
    "zip": lambda g: g.with_header(zip="DEF"),
    "cty of a nested token": lambda g: g.with_header(cty="JWT"),
    "typ is missing": lambda g: g.without_header("typ"),
    "typ JWT": lambda g: g.with_header(typ="JWT"),
    "typ of a refresh token": lambda g: g.with_header(typ="rt+jwt"),
    "typ is a list": lambda g: g.with_header(typ=["at+jwt"]),
    # The signature
    "signature is empty": lambda g: with_signature(g, ""),
    "signature is cut": lambda g: g.token[:-4],
    "signature is longer": lambda g: g.token + "AAAA",
    "signature is zero": lambda g: with_signature(g, base64url(bytes(64))),
    "signature with another S": malleable,
    "signature in another spelling": other_last_bits,
    "signature of another token": lambda g: with_signature(g, g.refresh_token.rsplit(".", 1)[1]),
    "claims changed after signing": lambda g: f"{unsigned(g.header, {**g.claims, 'sub': '1'})}.{g.signature}",
    "claims named twice after signing": twice,
    # Times
    **{
        f"{name} is {shown}": (lambda g, name=name, value=value: g.with_claims(**{name: value}))
        for name in ("exp", "nbf", "iat")
        for shown, value in (
            ("a text", str(int(time.time()) + 100)),
            ("a fraction", time.time() + 100.5),
            ("null", None),
            ("true", True),
            ("a list", [1]),
            ("an object", {}),
            ("negative", -1),
            ("beyond 64 bits", 2**64),
        )
    },
    "exp is infinite": lambda g: g.with_raw_claim("exp", "1e400"),
    "exp is Infinity": lambda g: g.with_raw_claim("exp", "Infinity"),
    "exp is NaN": lambda g: g.with_raw_claim("exp", "NaN"),
    "exp has 5000 digits": lambda g: g.with_raw_claim("exp", "9" * 1_500),
    "nbf in the future": lambda g: g.with_claims(nbf=int(time.time()) + 60),
    "iat in the future": lambda g: g.with_claims(iat=int(time.time()) + 60),
    # Everything required is there
    **{
        f"{name} is missing": (lambda g, name=name: g.without_claim(name))
        for name in ("iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "ver", "type")
    },
    # Who for and by whom
    "iss is another": lambda g: g.with_claims(iss="https://elsewhere.example"),
    "iss is a list": lambda g: g.with_claims(iss=[g.claims["iss"]]),
    "iss begins like ours": lambda g: g.with_claims(iss=g.claims["iss"] + ".elsewhere.example"),
    "aud is another": lambda g: g.with_claims(aud="elsewhere"),
    "aud is a list": lambda g: g.with_claims(aud=[g.claims["aud"]]),
    "aud is empty": lambda g: g.with_claims(aud=""),
    "an ID token": lambda g: signed(
        {**g.header, "typ": "JWT"}, {**g.without_type(), "nonce": "n", "at_hash": "h", "aud": "client"}
    ),
    # Whose
    **{
        f"sub is {shown}": (lambda g, value=value: g.with_claims(sub=value))
        for shown, value in (
            ("a number", 1),
            ("a list", ["1"]),
            ("empty", ""),
            ("zero", "0"),
            ("negative", "-1"),
            ("padded", "01"),
            ("spaced", " 1"),
            ("followed by a line", "1\n"),
            ("Arabic digits", "١"),
            ("grouped", "1_000"),
            ("beyond 64 bits", str(INT8_MAX + 1)),
            ("a name", "admin"),
            ("SQL", "1 OR 1=1"),
            ("true", True),
        )
    },
    "sid is no UUID": lambda g: g.with_claims(sid="1"),
    "sid is in capitals": lambda g: g.with_claims(sid=g.claims["sid"].upper().replace("0", "A")),
    "sid is in braces": lambda g: g.with_claims(sid="{" + g.claims["sid"] + "}"),
    "sid is a number": lambda g: g.with_claims(sid=1),
    "jti is a number": lambda g: g.with_claims(jti=1),
    "jti is empty": lambda g: g.with_claims(jti=""),
    "jti is long": lambda g: g.with_claims(jti="j" * 256),
    "ver is a text": lambda g: g.with_claims(ver="1"),
    "ver is a fraction": lambda g: g.with_claims(ver=1.0),
    "ver is true": lambda g: g.with_claims(ver=True),
    "ver is zero": lambda g: g.with_claims(ver=0),
    "ver is beyond its column": lambda g: g.with_claims(ver=INT4_MAX + 1),
    # What kind
    "type is refresh": lambda g: g.with_claims(type="refresh"),
    "type is unknown": lambda g: g.with_claims(type="id"),
    "type is a list": lambda g: g.with_claims(type=["access"]),
    "a refresh token": lambda g: g.refresh_token,
    "a refresh token that calls itself access": lambda g: signed(header_of(g.refresh_token), g.claims),
    # Not even a token
    "nothing but dots": lambda g: "..",
    "one part": lambda g: g.token.replace(".", ""),
    "two parts": lambda g: g.token.rsplit(".", 1)[0],
    "four parts": lambda g: g.token + ".AAAA",
    "five parts, as of JWE": lambda g: (
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"
    ),
    "a token in a token": lambda g: signed({**g.header, "cty": "JWT"}, g.token.encode()),
    "header is no JSON": lambda g: signed(b"not a header at all", g.claims),
    "header is a list": lambda g: signed(b'["alg","EdDSA"]', g.claims),
    "header is nested deeply": lambda g: signed(b"[" * 700 + b"]" * 700, g.claims),
    "header is not UTF-8": lambda g: signed(b'{"alg":"EdDSA\xff\xfe"}', g.claims),
    "claims are no JSON": lambda g: signed(g.header, b"not claims at all"),
    "claims are a list": lambda g: signed(g.header, b'["sub","1","exp"]'),
    "claims are nested deeply": lambda g: signed(g.header, b"[" * 1_100 + b"]" * 1_100),
    "claims are not UTF-8": lambda g: signed(g.header, b'{"sub":"\xff\xfe\xfd"}'),
    "padding": lambda g: ".".join(part + "=" * (-len(part) % 4) for part in g.token.split(".")),
    "white space within": lambda g: g.token[:20] + "\t" + g.token[20:],
    "base64 of the other alphabet": lambda g: "+/" + g.token[2:],
    "100 kB": lambda g: g.with_claims(more="m" * 75_000),
    "100 kB of nothing": lambda g: "A" * 100_000,
    "not ASCII": lambda g: g.token[:-1] + "\u00e9",
}


class TestGenuine:
    def test_is_accepted(self, client: FlaskClient, genuine: Genuine) -> None:
        """Else every row below would be refused for nothing."""
        assert client.get("/api/auth/me", headers=bearer_header(genuine.token)).status_code == 200
        assert (
            client.get(
                "/api/auth/me", headers=bearer_header(signed(genuine.header, genuine.claims))
            ).status_code
            == 200
        )
        assert (
            client.post("/api/auth/refresh", headers=bearer_header(genuine.refresh_token)).status_code == 200
        )

    def test_says_everything_that_is_required(self, genuine: Genuine) -> None:
        required = {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "ver", "type"}
        for token, kind, media_type in (
            (genuine.token, "access", "at+jwt"),
            (genuine.refresh_token, "refresh", "rt+jwt"),
        ):
            assert required <= claims_in(token).keys()
            assert claims_in(token)["type"] == kind
            assert header_of(token) == {"alg": "EdDSA", "kid": key_ring().kid, "typ": media_type}

    def test_lasts_as_long_as_configured(self, app: Flask, genuine: Genuine) -> None:
        configured = app.extensions["settings"]
        for token, lifetime_s in (
            (genuine.token, configured.access_token_s),
            (genuine.refresh_token, configured.refresh_token_days * 86_400),
        ):
            claims = claims_in(token)
            assert claims["exp"] - claims["iat"] == lifetime_s
            assert claims["nbf"] == claims["iat"]


class TestForgery:
    # No forgery gets as far as the database: one kind is enough.
    @pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
    def test_is_refused(self, client: FlaskClient, genuine: Genuine, forge: Forgery) -> None:
        response = client.get("/api/auth/me", headers=bearer_header(forge(genuine)))
        assert response.status_code == 401
        assert response.json["code"] in {"INVALID_TOKEN", "TOKEN_EXPIRED"}
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert response.content_type == "application/problem+json"

    @pytest.mark.parametrize("path", ["/api/auth/refresh"])
    @pytest.mark.parametrize(
        "name", ["alg none, unsigned", "another key under our kid", "kid is missing", "100 kB"]
    )
    def test_is_refused_where_a_refresh_token_is_taken(
        self, client: FlaskClient, genuine: Genuine, name: str, path: str
    ) -> None:
        forged = FORGERIES[name](replace(genuine, token=genuine.refresh_token))
        assert client.post(path, headers=bearer_header(forged)).status_code == 401

    def test_access_token_does_not_refresh(self, client: FlaskClient, genuine: Genuine) -> None:
        response = client.post("/api/auth/refresh", headers=bearer_header(genuine.token))
        assert (response.status_code, response.json["code"]) == (401, "INVALID_TOKEN")

    def test_never_says_what_was_wrong_in_the_words_of_a_library(
        self, client: FlaskClient, genuine: Genuine
    ) -> None:
        details = {
            client.get("/api/auth/me", headers=bearer_header(FORGERIES[name](genuine))).json["detail"]
            for name in ("alg none, unsigned", "kid is unknown", "iss is another", "sub is SQL", "one part")
        }
        assert len(details) == 1

    @pytest.mark.parametrize(
        "place",
        [
            {"query_string": {"jwt": "@"}},
            {"headers": {"Cookie": "access_token_cookie=@"}},
            {"json": {"access_token": "@"}},
        ],
    )
    def test_genuine_token_in_another_place_is_none(
        self, client: FlaskClient, genuine: Genuine, place: dict[str, Any]
    ) -> None:
        filled = json.loads(json.dumps(place).replace("@", genuine.token))
        response = client.get("/api/auth/me", **filled)
        assert (response.status_code, response.json["code"]) == (401, "UNAUTHORIZED")


class TestExpiry:
    def test_says_that_it_expired(self, client: FlaskClient, genuine: Genuine) -> None:
        expired = genuine.with_claims(exp=int(time.time()) - LEEWAY_S - 1)
        response = client.get("/api/auth/me", headers=bearer_header(expired))
        assert (response.status_code, response.json["code"]) == (401, "TOKEN_EXPIRED")
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_clocks_may_differ_a_little(self, client: FlaskClient, genuine: Genuine) -> None:
        now = int(time.time())
        ahead = genuine.with_claims(iat=now + 3, nbf=now + 3)
        assert client.get("/api/auth/me", headers=bearer_header(ahead)).status_code == 200

    def test_expired_forgery_is_a_forgery(self, client: FlaskClient, genuine: Genuine) -> None:
        """That a token was good once is told only of those that were."""
        expired = {**genuine.claims, "exp": 1}
        forged = signed(genuine.header, expired, Ed25519PrivateKey.generate())
        assert client.get("/api/auth/me", headers=bearer_header(forged)).json["code"] == "INVALID_TOKEN"
        elsewhere = signed(genuine.header, {**expired, "iss": "https://elsewhere.example"})
        assert client.get("/api/auth/me", headers=bearer_header(elsewhere)).json["code"] == "INVALID_TOKEN"


class TestReadToken:
    def test_returns_what_was_signed(self, app: Flask, genuine: Genuine) -> None:
        read = verify_token("access", genuine.token)
        for kind in ("access", "refresh"):
            assert verify_token(kind, encode_token(kind, replace(read, token_id="other"))) == replace(
                read, token_id="other"
            )
        assert isinstance(read, Claims)

    def test_knows_the_keys_that_sign_no_more(
        self, app: Flask, genuine: Genuine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, after = key_ring(), ephemeral_key_ring()
        both = replace(after, public_keys={**before.public_keys, **after.public_keys})
        monkeypatch.setitem(app.extensions, "key_ring", lambda: both)
        assert verify_token("access", genuine.token)
        assert header_of(encode_token("access", verify_token("access", genuine.token)))["kid"] == after.kid
        monkeypatch.setitem(app.extensions, "key_ring", lambda: after)
        with pytest.raises(InvalidToken):
            verify_token("access", genuine.token)

    @settings(max_examples=200, deadline=None, suppress_health_check=SHARED)
    @given(text=st.text(max_size=300) | st.from_regex(r"\A[\w-]{1,90}\.[\w-]{1,90}\.[\w-]{86}\Z"))
    def test_raises_nothing_else_whatever_it_gets(self, app: Flask, text: str) -> None:
        with pytest.raises(InvalidToken):
            verify_token("access", text)

    @settings(max_examples=200, deadline=None, suppress_health_check=SHARED)
    @given(
        data=st.data(),
        name=st.sampled_from(
            ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "ver", "type", "alg", "kid", "typ"]
        ),
    )
    def test_raises_nothing_else_whatever_is_in_it(
        self, app: Flask, genuine: Genuine, data: st.DataObject, name: str
    ) -> None:
        scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
        value = data.draw(
            scalar | st.lists(scalar, max_size=3) | st.dictionaries(st.text(max_size=5), scalar, max_size=3)
        )
        forged = (
            genuine.with_header(**{name: value})
            if name in genuine.header
            else genuine.with_claims(**{name: value})
        )
        try:
            read = verify_token("access", forged)
        except InvalidToken:
            return
        # Whatever passes is whole: hypothesis may hit a later exp, another version, another id.
        assert 0 < read.user_id <= INT8_MAX
        assert 0 < read.token_version <= INT4_MAX
        assert 0 < len(read.token_id) <= 255

    def test_expired_is_its_own_error(self, app: Flask, genuine: Genuine) -> None:
        with pytest.raises(TokenExpired):
            verify_token("access", genuine.with_claims(exp=int(time.time()) - 60))
