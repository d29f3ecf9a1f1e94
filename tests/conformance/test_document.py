"""The document is valid, byte-identical wherever it comes from, and covers exactly the existing routes."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import brotli
import jsonschema_rs
import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from service.app import create_app
from service.config import load_settings
from service.contract.paths import document_path
from service.core.signing_keys import create_key
from tests import npm
from tests.servers import ROOT

COMMITTED = ROOT / "openapi" / "openapi.json"
REDOCLY = Path(__file__).parent / "redocly"

# Everything that is served beside the operations; a new page is a decision, and is written here.
PAGES = {
    "/",
    "/contract",
    "/openapi.json",
    "/problems",
    "/problems/{code}",
    "/swagger",
    "/swagger/{name}",
}

ODD_SETTINGS = {
    "MAX_BODY_BYTES": "2048",
    "PUBLIC_URL": "https://blog.example.org",
    "CORS_ORIGINS": "https://front.example.org",
    "TRUSTED_PROXIES": "1",
    "ACCESS_TOKEN_S": "60",
    "REFRESH_TOKEN_DAYS": "1",
    "DEFAULT_ROLE": "reader",
    "RATE_LIMIT_LOGIN": "1 per day",
    "JWT_AUDIENCE": "elsewhere",
    "WEB_THREADS": "1",
}

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="module")
def make_app(tmp_path_factory: pytest.TempPathFactory) -> MakeApp:
    """Return a function that makes the application on a database that is never asked."""
    var_dir = tmp_path_factory.mktemp("var")
    create_key(var_dir / "keys")

    def make(name: str = "testing", **variables: str) -> Flask:
        given = {"PUBLIC_URL": "http://127.0.0.1", "DATABASE_URL": f"sqlite:///{var_dir}/none.sqlite3"}
        return create_app(load_settings(name, {**given, "VAR_DIR": str(var_dir), **variables}))

    return make


@pytest.fixture(scope="module")
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture(scope="module")
def content(app: Flask) -> bytes:
    return app.extensions["api"].document_bytes


@pytest.fixture
def document(content: bytes) -> dict[str, Any]:
    return json.loads(content)


class TestValidity:
    def test_openapi_spec_validator_is_content(self, document: dict[str, Any]) -> None:
        validate(document, cls=OpenAPIV31SpecValidator)

    def test_it_would_not_be_with_a_planted_fault(self, document: dict[str, Any]) -> None:
        del next(iter(document["paths"].values()))["get"]["responses"]["200"]["description"]
        assert list(OpenAPIV31SpecValidator(document).iter_errors())

    def test_no_dialect_is_named(self, document: dict[str, Any]) -> None:
        # Prism, for one, then validates nothing at all, without a word.
        assert "jsonSchemaDialect" not in document
        assert b'"$schema"' not in COMMITTED.read_bytes()

    def test_no_two_paths_match_one_request(self, document: dict[str, Any]) -> None:
        # But for a path without variables: it comes first, by the specification and in every router.
        paths = document["paths"]
        found = [(one, two) for one, two in combinations(paths, 2) if _meet(document, one, two)]
        assert found == []

    def test_paths_that_do_meet_are_found(self, document: dict[str, Any]) -> None:
        publish = "/api/posts/{post_id}/publish"
        assert not _meet(document, "/api/posts/slug/{slug}", publish)
        in_path = [p for p in document["paths"][publish]["post"]["parameters"] if p["in"] == "path"]
        in_path[0]["schema"] = {"type": "string", "maxLength": 36}
        assert _meet(document, "/api/posts/slug/{slug}", publish)


def _meet(document: dict[str, Any], one: str, two: str) -> bool:
    """Tell whether a request can have both paths, neither of which is without variables."""
    parts, others = one.split("/"), two.split("/")
    if len(parts) != len(others) or "{" not in one or "{" not in two:
        return False
    pairs = zip(parts, others, strict=True)
    return all(
        a == b
        or (a[:1] == "{" and (b[:1] == "{" or _takes(document, one, a, b)))
        or (b[:1] == "{" and _takes(document, two, b, a))
        for a, b in pairs
    )


def _takes(document: dict[str, Any], path: str, variable: str, text: str) -> bool:
    """Tell whether the variable of a path can be `text`."""
    operation = next(iter(document["paths"][path].values()))
    schema = next(p["schema"] for p in operation["parameters"] if p["name"] == variable[1:-1])
    value = int(text) if schema["type"] == "integer" and re.fullmatch("[0-9]+", text) else text
    return jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(value)


@pytest.fixture(scope="module")
def lint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], tuple[int, str]]:
    """Return a function that lints a document and returns the status and what was said."""
    program = npm.installed(REDOCLY) / "redocly"
    folder = tmp_path_factory.mktemp("redocly")

    def run(document: Any) -> tuple[int, str]:
        file = folder / "openapi.json"
        file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        command = [program, "lint", "--config", REDOCLY / "redocly.yaml", file]
        done = subprocess.run(command, env=npm.environment(), capture_output=True, text=True, timeout=600)
        return done.returncode, done.stdout + done.stderr

    return run


class TestRedocly:
    def test_the_strictest_set_is_content(self, lint: Any, content: bytes) -> None:
        status, said = lint(content)
        assert status == 0, said
        assert "warning" not in said.lower().replace("deprecation warning", ""), said

    @pytest.mark.parametrize(
        ("plant", "rule"),
        [
            (lambda paths: paths["/api/items"]["post"].pop("operationId"), "operation-operationId"),
            (lambda paths: paths["/api/items"]["post"].pop("security"), "security-defined"),
            (lambda paths: paths["/api/hello"]["get"]["responses"].pop("400"), "operation-4xx-response"),
            (
                lambda paths: _json_of(paths["/api/items"]["post"]).update(example={"name": 1}),
                "no-invalid-media-type-examples",
            ),
        ],
        ids=["no id", "no security", "no error", "false example"],
    )
    def test_a_planted_fault_is_found(
        self, lint: Any, document: dict[str, Any], plant: Any, rule: str
    ) -> None:
        plant(document["paths"])
        status, said = lint(document)
        assert status == 1
        assert rule in said


def _json_of(operation: dict[str, Any]) -> dict[str, Any]:
    return operation["requestBody"]["content"]["application/json"]


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (REDOCLY / "package-lock.json").read_text()


class TestOneDocument:
    """Served, exported and committed: the same bytes, whatever the settings."""

    @pytest.mark.parametrize("name", ["development", "testing", "production"])
    @pytest.mark.parametrize("variables", [{}, ODD_SETTINGS], ids=["defaults", "odd"])
    def test_bytes(self, make_app: MakeApp, content: bytes, name: str, variables: dict[str, str]) -> None:
        served = make_app(name, **variables).test_client().get("/openapi.json")
        assert served.data == content

    @pytest.mark.parametrize(
        ("encoding", "decode"), [("gzip", gzip.decompress), ("br", brotli.decompress), ("identity", bytes)]
    )
    def test_encodings(
        self, app: Flask, content: bytes, encoding: str, decode: Callable[[bytes], bytes]
    ) -> None:
        served = app.test_client().get("/openapi.json", headers={"Accept-Encoding": encoding})
        assert decode(served.data) == content
        assert served.headers.get("Content-Encoding", "identity") == encoding
        etag = served.headers["ETag"]
        again = {"Accept-Encoding": encoding, "If-None-Match": etag}
        unchanged = app.test_client().get("/openapi.json", headers=again)
        assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", etag)
        again["If-None-Match"] = '"another"'
        assert app.test_client().get("/openapi.json", headers=again).status_code == 200

    def test_export(self, content: bytes, tmp_path: Path) -> None:
        file = tmp_path / "new" / "openapi.json"
        assert _flask("openapi", str(file), folder=tmp_path) == 0
        assert file.read_bytes() == content
        assert _flask("openapi", "--check", str(file), folder=tmp_path) == 0
        file.write_bytes(content + b"\n")
        assert _flask("openapi", "--check", str(file), folder=tmp_path) == 1

    def test_committed(self, content: bytes) -> None:
        assert COMMITTED.read_bytes() == content, "run `make openapi` and commit the file"


def _flask(*arguments: str, folder: Path) -> int:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60).returncode


class TestRoutes:
    """`url_map` == `paths`, both ways."""

    @pytest.fixture
    def routes(self, app: Flask) -> dict[str, set[str]]:
        """Return the methods of every route by its path in the document's terms."""
        found: dict[str, set[str]] = {}
        for rule in app.url_map.iter_rules():
            methods = {method.lower() for method in rule.methods or ()} - {"head", "options"}
            found.setdefault(document_path(rule.rule), set()).update(methods)
        return found

    def test_every_route_is_an_operation_or_a_page(
        self, document: dict[str, Any], routes: dict[str, set[str]]
    ) -> None:
        operations = {path: methods for path, methods in routes.items() if path not in PAGES}
        assert operations == {path: set(item) for path, item in document["paths"].items()}

    def test_pages_are_pages(self, document: dict[str, Any], routes: dict[str, set[str]]) -> None:
        found = {path: methods for path, methods in routes.items() if path in PAGES}
        assert found == {path: {"get"} for path in PAGES}
        assert not PAGES & set(document["paths"])
