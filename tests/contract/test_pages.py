"""The pages beside the document."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient

from service.contract.pages import ASSETS, catalogue
from tests.contract.small import World, build, client_of


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return client_of(build(World()))


class TestDocument:
    def test_served_bytes_are_the_document(self, client: FlaskClient) -> None:
        answer = client.get("/openapi.json")
        assert answer.data == client.application.extensions["api"].document_bytes
        assert answer.content_type == "application/json"

    @pytest.mark.parametrize(("encoding", "read"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
    def test_compressed_when_asked(self, client: FlaskClient, encoding: str, read: object) -> None:
        answer = client.get("/openapi.json", headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert read(answer.data) == client.application.extensions["api"].document_bytes  # type: ignore[operator]

    def test_br_is_preferred_and_refusals_are_heard(self, client: FlaskClient) -> None:
        assert (
            client.get("/openapi.json", headers={"Accept-Encoding": "gzip, br"}).headers["Content-Encoding"]
            == "br"
        )
        assert (
            "Content-Encoding"
            not in client.get("/openapi.json", headers={"Accept-Encoding": "identity"}).headers
        )

    def test_304(self, client: FlaskClient) -> None:
        etag = client.get("/openapi.json").headers["ETag"]
        answer = client.get("/openapi.json", headers={"If-None-Match": etag})
        assert (answer.status_code, answer.data) == (304, b"")

    def test_tag_differs_by_encoding(self, client: FlaskClient) -> None:
        plain = client.get("/openapi.json").headers["ETag"]
        assert client.get("/openapi.json", headers={"Accept-Encoding": "gzip"}).headers["ETag"] != plain


class TestPages:
    @pytest.mark.parametrize("path", ["/", "/swagger", "/problems", "/problems/NOT_FOUND"])
    def test_nothing_inline_nothing_foreign(self, client: FlaskClient, path: str) -> None:
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script>" not in answer.text
        assert "style=" not in answer.text
        assert "//" not in answer.text.replace("<!doctype html>", "")

    def test_home_points_to_everything(self, client: FlaskClient) -> None:
        page = client.get("/").text
        for target in ("/swagger", "/openapi.json", "/problems"):
            assert f'href="{target}"' in page
        assert "Books." in page

    def test_problem_says_where_it_can_happen(self, client: FlaskClient) -> None:
        page = client.get("/problems/BOOK_TAKEN").text
        assert "Another book has this title." in page
        assert "POST /books" in page

    def test_unknown_problem_is_404(self, client: FlaskClient) -> None:
        assert client.get("/problems/NOPE").status_code == 404

    def test_every_code_has_a_page(self, client: FlaskClient) -> None:
        for problem in catalogue():
            assert client.get(f"/problems/{problem.code}").status_code == 200

    @pytest.mark.parametrize("name", sorted(ASSETS))
    def test_files(self, client: FlaskClient, name: str) -> None:
        answer = client.get(f"/swagger/{name}")
        assert answer.status_code == 200
        assert answer.content_type == ASSETS[name][1]
        assert answer.cache_control.max_age == 86_400

    def test_no_other_file_of_the_distribution(self, client: FlaskClient) -> None:
        assert client.get("/swagger/index.html").status_code == 404
