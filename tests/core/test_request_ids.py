from uuid import UUID

import pytest
from flask import Flask

from service.core.request_ids import init_request_ids, request_id, request_id_or_none


@pytest.fixture
def client():
    app = Flask("small")
    init_request_ids(app)
    app.add_url_rule("/", view_func=request_id)

    @app.get("/broken")
    def broken():
        raise LookupError

    return app.test_client()


@pytest.mark.parametrize("sent", ["a", "A.b_c-9", "x" * 64])
def test_a_well_formed_id_is_kept(client, sent):
    response = client.get("/", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == response.text == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\t", "é", "<script>", "a,b"])
def test_any_other_is_replaced_by_a_uuid(client, sent):
    response = client.get("/", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == response.text == str(UUID(response.text))


def test_is_fresh_for_each_request(client):
    assert client.get("/").text != client.get("/").text


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/broken", 500)])
def test_is_on_errors_too(client, path, status):
    response = client.get(path, headers={"X-Request-ID": "mine"})
    assert (response.status_code, response.headers["X-Request-ID"]) == (status, "mine")


def test_there_is_none_outside_a_request():
    assert request_id_or_none() is None
