"""What a password may be: any characters, up to 128 of them, for as long as its owner likes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.core.database import transaction
from service.models.base import utcnow
from service.models.users import User
from tests.accounts import PASSWORD, create_account

DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"


@pytest.mark.parametrize(
    "password",
    [
        "lowercaseletters",
        "UPPERCASELETTERS",
        "90210733081946",
        "!&<>\"'%$ #@{}[]",
        "  spaces around  ",
        "пароль на сайт",
        "🦔🦔🦔🦔🌾🌾🌾🌾",
        "exactly8",
        "sixty-four characters of one password, and not one of them less",
        "x" * 128,
    ],
)
def test_any_composition_lets_in(client: FlaskClient, password: str) -> None:
    account = {"username": "ada", "email": "ada@example.org", "password": password}
    assert client.post("/api/users", json=account).status_code == 201
    login = {"email": "ada@example.org", "password": password}
    assert client.post("/api/auth/login", json=login).status_code == 200


def test_an_old_one_goes_on(client: FlaskClient) -> None:
    user = create_account(email="ada@example.org")
    long_ago = utcnow() - timedelta(days=3650)
    with transaction() as session:
        session.execute(
            sa.update(User).where(User.id == user.id).values(created_at=long_ago, updated_at=long_ago)
        )
    login = {"email": "ada@example.org", "password": PASSWORD}
    assert client.post("/api/auth/login", json=login).status_code == 200


def test_there_are_no_hints_or_secret_questions() -> None:
    schemas = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    names = {name for schema in schemas.values() for name in schema.get("properties", ())}
    assert "password" in names
    assert not [name for name in names if re.search(r"hint|question|answer", name)]
