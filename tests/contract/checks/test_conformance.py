"""The check of every test's responses finds what it is there to find."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.contract.checks.conformance import ContractChecker, ContractViolation
from service.contract.problems import problem_body
from tests.contract.sample_app import AppHooks, create_sample_app

JSON = {"Content-Type": "application/json"}
PROBLEM = {"Content-Type": "application/problem+json"}
BOOK = {"id": 1, "title": "Emma", "note": None}
ETAG = {"ETag": '"v1"'}


@pytest.fixture(scope="module")
def conformance() -> ContractChecker:
    return ContractChecker(create_sample_app(AppHooks()).extensions["api"].document)


def body(**changes: Any) -> bytes:
    return orjson.dumps({**BOOK, **changes})


def not_found() -> bytes:
    return problem_body(404, "NOT_FOUND", "Not Found", "Nothing here.")


class TestConforming:
    def test_success(self, conformance: ContractChecker) -> None:
        seen = conformance.check("GET", "/books/1", 200, {**JSON, **ETAG}, body())
        assert seen is not None
        assert (seen.operation_id, seen.status, seen.code) == ("getBook", "200", None)

    def test_problem(self, conformance: ContractChecker) -> None:
        seen = conformance.check("GET", "/books/1/", 404, PROBLEM, not_found())
        assert seen is not None
        assert seen.code == "NOT_FOUND"

    def test_head_needs_no_body(self, conformance: ContractChecker) -> None:
        assert conformance.check("HEAD", "/books/1", 200, {**JSON, **ETAG}, b"")

    def test_fixed_path_comes_before_a_variable(self, conformance: ContractChecker) -> None:
        seen = conformance.check("GET", "/books/lies", 200, JSON, body())
        assert seen is not None
        assert seen.operation_id == "lie"

    @pytest.mark.parametrize(
        "path", ["/", "/swagger", "/swagger/swagger-ui.css", "/openapi.json", "/problems/NOT_FOUND"]
    )
    def test_pages(self, conformance: ContractChecker, path: str) -> None:
        assert conformance.check("GET", path, 200, {"Content-Type": "text/html"}, b"<!doctype html>") is None

    def test_options(self, conformance: ContractChecker) -> None:
        assert (
            conformance.check("OPTIONS", "/books", 200, {"Allow": "GET", "Content-Type": "text/html"}, b"")
            is None
        )

    def test_unknown_route(self, conformance: ContractChecker) -> None:
        assert conformance.check("GET", "/nope", 404, PROBLEM, not_found()) is None


@pytest.mark.parametrize(
    ("method", "path", "status", "headers", "content", "complaint"),
    [
        (
            "GET",
            "/books/1",
            418,
            PROBLEM,
            problem_body(418, "TEAPOT", "Teapot", "No."),
            "status is not declared",
        ),
        ("GET", "/books/1", 200, {**JSON, **ETAG}, body(id="1"), "does not match"),
        (
            "GET",
            "/books/1",
            200,
            {**JSON, **ETAG},
            orjson.dumps({"id": 1, "title": "Emma"}),
            "does not match",
        ),
        ("GET", "/books/1", 200, {**JSON, **ETAG}, body(title=None), "does not match"),
        ("GET", "/books/1", 200, JSON, body(), "header etag is missing"),
        ("GET", "/books/1", 200, {**JSON, "ETag": "v1"}, body(), "the header etag"),
        ("GET", "/books/1", 200, {**JSON, **ETAG, "X-Secret": "1"}, body(), "undeclared headers"),
        ("GET", "/books/1", 200, {"Content-Type": "text/html", **ETAG}, b"x", "media type"),
        ("GET", "/books/1", 304, {**JSON, **ETAG}, b"{}", "none is declared"),
        ("GET", "/books/1", 404, JSON, not_found(), "media type"),
        ("GET", "/books/1", 404, PROBLEM, problem_body(404, "OTHER", "Not Found", "No."), "does not match"),
        ("GET", "/hidden", 200, JSON, b"{}", "a route that the document does not have"),
        ("PUT", "/books", 405, {"Content-Type": "text/html"}, b"<p>", "not a problem document"),
        ("GET", "/nope", 404, PROBLEM, b'{"status": 404}', "not a whole problem"),
        (
            "GET",
            "/nope",
            404,
            PROBLEM,
            problem_body(400, "NOT_FOUND", "Not Found", "No."),
            "not a whole problem",
        ),
    ],
)
def test_found(
    conformance: ContractChecker,
    method: str,
    path: str,
    status: int,
    headers: dict[str, str],
    content: bytes,
    complaint: str,
) -> None:
    with pytest.raises(ContractViolation, match=complaint):
        conformance.check(method, path, status, headers, content)
