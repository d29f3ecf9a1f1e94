"""The pages beside the document."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask.testing import FlaskClient

from service.contract.authorization_table import (
    AuthorizationRow,
    AuthorizationTable,
    authorization_table,
)
from service.contract.checks.compatibility import Version, changelog
from service.contract.contract_report import load_contract_report
from service.contract.pages import ASSETS, problem_catalogue
from tests.contract.sample_app import AppHooks, checked_client, create_sample_app


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return checked_client(create_sample_app(AppHooks()))


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
        for problem in problem_catalogue():
            assert client.get(f"/problems/{problem.code}").status_code == 200

    @pytest.mark.parametrize("name", sorted(ASSETS))
    def test_files(self, client: FlaskClient, name: str) -> None:
        answer = client.get(f"/swagger/{name}")
        assert answer.status_code == 200
        assert answer.content_type == ASSETS[name][1]
        assert answer.cache_control.max_age == 86_400

    def test_no_other_file_of_the_distribution(self, client: FlaskClient) -> None:
        assert client.get("/swagger/index.html").status_code == 404


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("openapi")


@pytest.fixture(scope="module")
def proof(folder: Path) -> str:
    document = create_sample_app(AppHooks()).extensions["api"].document
    paths = {path: item for path, item in document["paths"].items() if path != "/books"}
    described = {**document, "paths": paths, "info": {**document["info"], "description": "Of `books`."}}
    released = {Version(0, 1, 0): document, Version(0, 2, 0): described, Version(0, 2, 1): described}
    (folder / "CHANGELOG.md").write_text(changelog(released))
    seen = {
        "201 application/json": "tests/test_books.py::test_made",
        "201 Location:": "tests/test_books.py::test_made",
    }
    coverage = {
        "answers": {"declared": 3, "observed": 2},
        "headers": {"declared": 1, "observed": 1},
        "operations": {
            "createBook": {**seen, "409 application/problem+json BOOK_TAKEN": None, "204": "t.py::t"}
        },
    }
    (folder / "coverage.json").write_text(json.dumps(coverage))
    mutants = [
        {"name": "a title is `null`", "check": "books", "test": "tests/test_books.py::test_title"},
        {"name": "a book is lost", "check": None, "test": None},
    ]
    (folder / "mutants.json").write_text(json.dumps({"planted": 2, "killed": 1, "mutants": mutants}))
    return checked_client(create_sample_app(AppHooks(), evidence=folder)).get("/contract").text


class TestProof:
    """The page that shows what the suite has seen."""

    def test_declared_and_observed(self, proof: str) -> None:
        assert "<strong>2 of 3</strong> declared responses observed" in proof
        assert "<strong>1</strong> declared headers, all observed" in proof
        assert "<code>201 application/json</code>" in proof
        assert "<code>tests/test_books.py::test_made</code><br>with Location" in proof
        assert "<code>409 BOOK_TAKEN</code></dt><dd><strong>never observed</strong>" in proof
        assert "<code>204</code></dt><dd><code>t.py::t</code></dd>" in proof

    def test_credentials_of_each_operation(self, folder: Path, proof: str) -> None:
        assert "Credentials: none." in proof
        assert "Credentials: none or bearerAuth." in proof
        security = [{"bearerAuth": []}, {"apiKeyAuth": ["books:read", "books:write"]}, {"a": [], "b": []}]
        described = {"paths": {"/books": {"get": {"operationId": "listBooks", "security": security}}}}
        (operation,) = load_contract_report(folder, described).operations
        assert operation.credentials == (
            "bearerAuth",
            "apiKeyAuth with books:read, books:write",
            "a and b",
        )

    def test_roles_of_each_operation(self) -> None:
        def operation(**authorization: Any) -> dict[str, Any]:
            return {"x-authorization": authorization}

        document = {
            "paths": {
                "/books": {"get": operation(roles=["anyone", "editor"]), "post": operation(roles=["editor"])},
                "/loans": {
                    "get": operation(roles=["member"], scope="loans:read", owner=True, others=["editor"]),
                    "post": operation(roles=["member"], owner=True, others=[], step_up=False),
                    "put": {},
                },
            }
        }
        assert authorization_table(document) == AuthorizationTable(
            ("anyone", "editor", "member"),
            (
                AuthorizationRow("GET /books", (True, True, False), ()),
                AuthorizationRow("POST /books", (False, True, False), ()),
                AuthorizationRow(
                    "GET /loans", (False, False, True), ("scope loans:read", "owner", "others editor")
                ),
                AuthorizationRow("POST /loans", (False, False, True), ("owner", "others none")),
            ),
        )

    def test_roles_are_shown_where_the_application_declares_them(self, folder: Path, proof: str) -> None:
        assert 'id="authorization"' not in proof
        roles = {"x-authorization": {"roles": ["anyone"], "scope": "books:read"}}
        app = create_sample_app(AppHooks(), evidence=folder, operation_extensions=lambda _operation: roles)
        page = checked_client(app).get("/contract").text
        assert '<th scope="col">anyone</th>' in page
        assert (
            '<code>POST /books</code><br><span class="soft">scope books:read</span></th><td>yes</td>' in page
        )

    def test_planted_faults(self, proof: str) -> None:
        assert "<strong>1 of 2</strong> mutants killed" in proof
        assert (
            "a title is <code>null</code></dt><dd>books<br><code>tests/test_books.py::test_title</code>"
            in proof
        )
        assert "a book is lost</dt><dd><strong>survived</strong>" in proof

    def test_every_version_with_its_changes(self, proof: str) -> None:
        text = re.sub(r"<[^>]+>", "", proof[proof.index("<h3>0.2.1</h3>") :])
        assert [line.strip() for line in text.splitlines() if line.strip()][:-1] == [
            "0.2.1",
            "Only the version changed.",
            "0.2.0",
            "Breaking",
            "createBook and listBooks: The operation was removed.",
            "Documentation",
            "info: The description changed.",
            "0.1.0",
            "The first release: 8 operations.",
        ]

    def test_before_the_first_release_there_is_no_version(self, folder: Path, tmp_path: Path) -> None:
        for name in ("coverage.json", "mutants.json"):
            (tmp_path / name).write_bytes((folder / name).read_bytes())
        page = checked_client(create_sample_app(AppHooks(), evidence=tmp_path)).get("/contract").text
        assert "No version has been released yet." in page

    def test_it_is_part_of_the_way_in(self, folder: Path, proof: str) -> None:
        assert 'href="/contract" aria-current="page"' in proof
        assert (
            'href="/contract"' in checked_client(create_sample_app(AppHooks(), evidence=folder)).get("/").text
        )

    def test_without_the_files_there_is_none(self, client: FlaskClient, tmp_path: Path) -> None:
        assert client.get("/contract").status_code == 404
        assert 'href="/contract"' not in client.get("/").text
        assert (
            checked_client(create_sample_app(AppHooks(), evidence=tmp_path)).get("/contract").status_code
            == 404
        )
