"""Logged-in users without the cost of password hashing, and arbitrary tokens, signed or unsigned."""

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
from service.core.sessions import TokenPair, create_session
from service.core.tokens import key_ring
from service.extensions import db
from service.models.users import User
from tests.factories import create_user

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """Return the hash of `PASSWORD`, computed once."""
    return hash_password(PASSWORD)


def create_account(**given: Any) -> User:
    """Return a new account that can log in with `PASSWORD`."""
    return create_user(**{"password_hash": password_hash(), **given})


def tokens_of(user: User) -> TokenPair:
    """Create a session of `user`, as a login does; return its tokens."""
    with transaction() as session:
        row = session.get(User, user.id)
        assert row is not None
        return create_session(row)


def bearer_header(token: str) -> dict[str, str]:
    """Return the `Authorization` header with a token."""
    return {"Authorization": f"Bearer {token}"}


def auth_headers(user: User) -> dict[str, str]:
    """Return the `Authorization` header with an access token of a new session of `user`."""
    return bearer_header(tokens_of(user).access_token)


def reload_user(user_id: int) -> User:
    """Return the user as currently stored in the database."""
    db.session.remove()
    row = db.session.get(User, user_id)
    assert row is not None
    return row


def claims_in(token: str) -> dict[str, Any]:
    """Return the claims of a token, unverified."""
    return jwt.decode(token, options={"verify_signature": False})


def header_of(token: str) -> dict[str, Any]:
    """Return the header of a token, unverified."""
    return jwt.get_unverified_header(token)


def base64url(data: bytes) -> str:
    """Return base64url without padding, as in tokens."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes) -> str:
    """Return the signing input of a token: its header and claims."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64url(part) for part in parts)


def signed(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes, key: Any = None) -> str:
    """Return a token with this header and these claims, signed with `key`, by default the application's."""
    text = unsigned(header, claims)
    return f"{text}.{base64url((key or key_ring().private_key).sign(text.encode()))}"


def run_concurrently(app: Flask, times: int, call: Callable[[FlaskClient, int], int]) -> list[int]:
    """Run `call` in this many threads at the same time, each with its own client; return the results."""
    together = Barrier(times)

    def one(index: int) -> int:
        with app.app_context():
            together.wait(60)
            return call(app.test_client(), index)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))
