"""Accounts that are logged in, without the cost of a password; and tokens of any shape, signed or not."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import Any

import jwt
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.passwords import hash_password
from service.core.sessions import Tokens, open_session
from service.core.tokens import key_ring
from service.extensions import db
from service.models.users import User
from tests.factories import create_user

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """Return the hash of `PASSWORD`, made once."""
    return hash_password(PASSWORD)


def create_account(**given: Any) -> User:
    """Return a new account that can log in with `PASSWORD`."""
    return create_user(**{"password_hash": password_hash(), **given})


def tokens_of(user: User) -> Tokens:
    """Begin a session of `user`, as a log-in does."""
    with transaction() as session:
        found = session.get(User, user.id)
        assert found is not None
        return open_session(found)


def bearer(token: str) -> dict[str, str]:
    """Return the header that sends a token."""
    return {"Authorization": f"Bearer {token}"}


def logged_in(user: User) -> dict[str, str]:
    """Return the header with an access token of a new session of `user`."""
    return bearer(tokens_of(user).access_token)


def stored(user_id: int) -> User:
    """Return the account as it is in the database now."""
    db.session.remove()
    found = db.session.get(User, user_id)
    assert found is not None
    return found


def claims_in(token: str) -> dict[str, Any]:
    """Return the claims of a token, unchecked."""
    return jwt.decode(token, options={"verify_signature": False})


def header_of(token: str) -> dict[str, Any]:
    """Return the header of a token, unchecked."""
    return jwt.get_unverified_header(token)


def base64url(data: bytes) -> str:
    """Return what a token is made of."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes) -> str:
    """Return the part of a token that is signed."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64url(part) for part in parts)


def signed(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes, key: Any = None) -> str:
    """Return a token with this header and these claims, signed with the application's key or another Ed25519 one."""
    text = unsigned(header, claims)
    return f"{text}.{base64url((key or key_ring().private_key).sign(text.encode()))}"


def in_parallel(app: Flask, times: int, call: Callable[[FlaskClient, int], int]) -> list[int]:
    """Return what `call` returns in that many threads that begin together, each with a client of its own."""
    together = Barrier(times)

    def one(index: int) -> int:
        with app.app_context():
            together.wait(60)
            return call(app.test_client(), index)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))
