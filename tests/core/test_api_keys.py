"""The form of API keys: a mistyped one is refused by its checksum; a secret is recognized by its keyed hash."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from service.api_keys.schemas import API_KEY_EXAMPLE, PREFIX_EXAMPLE, created_output
from service.core.api_keys import (
    API_KEY_LENGTH,
    API_KEY_PATTERN,
    ApiKeyParts,
    InvalidApiKey,
    hash_secret,
    is_api_key,
    matches_hash,
    new_secret,
    parse_api_key,
    public_part,
    write_api_key,
)
from service.models.ids import uuid7

PARTS = ApiKeyParts(UUID(API_KEY_EXAMPLE), "1pN7vQz4RkXw8TbYc2MfHs6LdJg9Ea3U")
KEY = write_api_key(PARTS)


@pytest.mark.parametrize("key_id", [UUID(int=0), UUID(int=2**128 - 1), uuid7()])
def test_parts_come_back(key_id: UUID) -> None:
    parts = ApiKeyParts(key_id, new_secret())
    key = write_api_key(parts)
    assert parse_api_key(key) == parts
    assert len(key) == API_KEY_LENGTH
    assert re.fullmatch(API_KEY_PATTERN, key)
    assert key.startswith(public_part(key_id))


def test_example_of_the_document_is_a_key() -> None:
    assert created_output["key"].example == KEY
    assert public_part(PARTS.id) == PREFIX_EXAMPLE


def test_secrets_have_160_bits_or_more() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(62 ** len(secret) > 2**160 for secret in secrets)


@pytest.mark.parametrize("place", range(len("colophon_"), API_KEY_LENGTH))
def test_one_wrong_character_is_refused(place: int) -> None:
    other = "a" if KEY[place] != "a" else "b"
    with pytest.raises(InvalidApiKey):
        parse_api_key(KEY[:place] + other + KEY[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "colophon_", KEY[:-1], KEY + "0", KEY.upper(), f" {KEY}", f"{KEY}\n", "x" + KEY]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidApiKey):
        parse_api_key(text)


def test_id_of_more_than_128_bits_is_refused() -> None:
    """Its checksum is right."""
    with pytest.raises(InvalidApiKey):
        parse_api_key(f"colophon_{'z' * 22}_{PARTS.secret}1BLZpJ")


def test_only_what_begins_like_one_is_meant_to_be_a_key() -> None:
    assert is_api_key(KEY)
    assert is_api_key("colophon_x")
    assert not is_api_key("eyJhbGciOiJFZERTQSJ9.e30.c2ln")


def test_hash_recognizes_its_secret_alone(app: Flask) -> None:
    stored = hash_secret(PARTS.secret)
    assert matches_hash(PARTS.secret, stored)
    assert not matches_hash(new_secret(), stored)


def test_hash_is_keyed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another secret key, and without the file, no stored hash is recognized: it cannot be forged without."""
    stored = hash_secret(PARTS.secret)
    monkeypatch.setattr("service.core.api_keys.derived_keys", lambda *_, **__: [bytes(32)])
    assert not matches_hash(PARTS.secret, stored)
    monkeypatch.setattr("service.core.api_keys.derived_keys", lambda *_, **__: [])
    assert not matches_hash(PARTS.secret, stored)
