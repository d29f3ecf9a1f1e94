"""No text that a client can send has a place for control characters, which XML cannot contain; passwords are hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.contract.types import pattern_error
from service.models.posts import PostStatus
from service.models.users import Role
from tests.accounts import auth_headers, create_account
from tests.factories import create_post

REFUSED = [
    "\x01",
    "\x08",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x1b",
    "\x1f",
    "\x7f",
    "\x80",
    "\x85",
    "\x9f",
    "\ufffe",
    "\uffff",
]


def strings(schema: Any, document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path and the schema of every string in a schema."""
    if isinstance(schema, list):
        for item in schema:
            yield from strings(item, document, path)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield from strings(
            document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, path
        )
    if "string" in [schema.get("type"), *(schema["type"] if isinstance(schema.get("type"), list) else [])]:
        yield path, schema
    for name, property_schema in schema.get("properties", {}).items():
        yield from strings(property_schema, document, f"{path}/{name}")
    for keyword in ("items", "anyOf", "oneOf", "allOf"):
        yield from strings(schema.get(keyword), document, path)


def test_no_string_of_any_body_accepts_them(app: Flask) -> None:
    document = app.extensions["api"].document
    seen = set()
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            body = operations[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            for pointer, schema in strings(body.get("schema"), document, f"{method} {path}"):
                if "password" in pointer.rpartition("/")[2]:
                    continue
                seen.add(pointer)
                validator = jsonschema_rs.validator_for(schema, validate_formats=True)
                for character in REFUSED:
                    assert not validator.is_valid(f"a{character}b"), (pointer, ascii(character))
    names = {pointer.rpartition("/")[2] for pointer in seen}
    assert {
        "title",
        "body",
        "excerpt",
        "tags",
        "seo_title",
        "seo_description",
        "name",
        "bio",
        "display_name",
    } <= names


@pytest.mark.parametrize("character", REFUSED, ids=ascii)
def test_the_service_refuses_them_and_says_where(client: FlaskClient, character: str) -> None:
    headers = auth_headers(create_account())
    text = f"a{character}b"
    body = {
        "title": text,
        "body": text,
        "excerpt": text,
        "tags": [text],
        "seo_title": text,
        "seo_description": text,
    }
    response = client.post("/api/posts", json=body, headers=headers)
    assert response.status_code == 400
    found = {error["pointer"]: error["detail"] for error in response.json["errors"]}
    assert set(found) == {"/title", "/body", "/excerpt", "/tags/0", "/seo_title", "/seo_description"}
    assert found["/body"] == "It must not contain control characters."
    assert all("control characters" in sentence for sentence in found.values()), found
    response = client.patch("/api/auth/me", json={"display_name": text, "bio": text}, headers=headers)
    assert {error["pointer"] for error in response.json["errors"]} == {"/display_name", "/bio"}


def test_tabs_and_line_breaks_are_text(client: FlaskClient) -> None:
    headers = auth_headers(create_account())
    text = "a\tb\nc\r\nd"
    body = {"title": "T", "body": text, "excerpt": text}
    response = client.post("/api/posts", json=body, headers=headers)
    assert (response.status_code, response.json["body"], response.json["excerpt"]) == (201, text, text)


def test_what_the_database_holds_already_is_still_sent(client: FlaskClient) -> None:
    """The check of every response against the document would fail here."""
    author = create_account(display_name="A\x01\ufffe", bio="B\x01", role=Role.AUTHOR)
    post = create_post(author, title="T\x01\x9f", body="B\x01", status=PostStatus.PUBLISHED)
    response = client.get(f"/api/posts/{post.id}")
    assert (response.status_code, response.json["title"]) == (200, "T\x01\x9f")
    assert client.get("/api/posts").json[0]["author"]["display_name"] == "A\x01\ufffe"
    assert client.get(f"/api/authors/{author.username}").json["bio"] == "B\x01"


def test_every_pattern_of_a_body_has_a_sentence_for_people(app: Flask) -> None:
    """A form shows it beside the field: an expression there helps nobody."""
    document = app.extensions["api"].document
    patterns = {}
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            body = operations[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            for pointer, schema in strings(body.get("schema"), document, f"{method} {path}"):
                if "pattern" in schema:
                    patterns[schema["pattern"]] = pointer
    assert len(patterns) > 5
    assert [
        where for pattern, where in patterns.items() if "required pattern" in pattern_error(pattern)
    ] == []
