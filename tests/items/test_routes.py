"""Items: the sample feature with a table."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.models.items import Item
from service.models.users import Role
from tests.accounts import auth_headers
from tests.factories import create_user, save


@pytest.fixture
def author(app: Flask) -> dict[str, str]:
    return auth_headers(create_user())


@pytest.fixture
def editor(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.EDITOR))


class TestListItems:
    def test_is_empty(self, client: FlaskClient) -> None:
        response = client.get("/api/items")
        assert (response.json, response.headers["X-Total-Count"]) == ([], "0")

    def test_newest_first_in_pages(self, client: FlaskClient) -> None:
        for name in "abc":
            save(Item(name=name))
        response = client.get("/api/items?per_page=2")
        assert [item["name"] for item in response.json] == ["c", "b"]
        assert response.headers["X-Total-Count"] == "3"
        assert '</api/items?page=2&per_page=2>; rel="next"' in response.headers["Link"]

    @pytest.mark.parametrize("query", ["page=0", "per_page=101", "page=x", "page=1e3", "sort=name"])
    def test_refuses_what_the_document_refuses(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/api/items?{query}").status_code == 400


class TestCreateItem:
    def test_is_made_and_readable_at_its_location(self, client: FlaskClient, author: dict[str, str]) -> None:
        response = client.post("/api/items", json={"name": "Lamp"}, headers=author)
        assert response.status_code == 201
        assert client.get(response.headers["Location"]).json == response.json

    def test_taken_name(self, client: FlaskClient, author: dict[str, str]) -> None:
        save(Item(name="Lamp"))
        response = client.post("/api/items", json={"name": "Lamp"}, headers=author)
        assert (response.status_code, response.json["code"]) == (409, "ITEM_NAME_TAKEN")

    def test_needs_a_token(self, client: FlaskClient) -> None:
        assert client.post("/api/items", json={"name": "Lamp"}).status_code == 401

    def test_readers_may_not(self, client: FlaskClient) -> None:
        reader = auth_headers(create_user(role=Role.READER))
        assert client.post("/api/items", json={"name": "Lamp"}, headers=reader).status_code == 403

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "x" * 81}, {"name": 1}, {"name": "a", "id": 7}]
    )
    def test_refuses_what_the_document_refuses(
        self, client: FlaskClient, author: dict[str, str], body: object
    ) -> None:
        assert client.post("/api/items", json=body, headers=author).status_code == 400


class TestGetItem:
    def test_has_an_entity_tag(self, client: FlaskClient) -> None:
        item = save(Item(name="Lamp"))
        response = client.get(f"/api/items/{item.id}")
        assert response.json["name"] == "Lamp"
        again = client.get(f"/api/items/{item.id}", headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304

    @pytest.mark.parametrize("item_id", ["0", "999", "9223372036854775808", "x"])
    def test_absent(self, client: FlaskClient, item_id: str) -> None:
        assert client.get(f"/api/items/{item_id}").status_code == 404


class TestDeleteItem:
    def test_is_gone_and_its_id_is_not_used_again(
        self, client: FlaskClient, author: dict[str, str], editor: dict[str, str]
    ) -> None:
        item = save(Item(name="Lamp"))
        assert client.delete(f"/api/items/{item.id}", headers=editor).status_code == 204
        assert client.get(f"/api/items/{item.id}").status_code == 404
        created = client.post("/api/items", json={"name": "Lamp"}, headers=author)
        assert created.json["id"] > item.id

    def test_authors_may_not(self, client: FlaskClient, author: dict[str, str]) -> None:
        item = save(Item(name="Lamp"))
        assert client.delete(f"/api/items/{item.id}", headers=author).status_code == 403

    def test_another_version(self, client: FlaskClient, editor: dict[str, str]) -> None:
        item = save(Item(name="Lamp"))
        stale = {**editor, "If-Match": '"other"'}
        assert client.delete(f"/api/items/{item.id}", headers=stale).status_code == 412
