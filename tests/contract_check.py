"""Checks every response of every test against the document, and records what was observed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from werkzeug.test import TestResponse

from service.contract.checks.conformance import ContractChecker, ObservedResponse
from tests.coverage.observed import OBSERVED


def check_response(app: Flask, response: TestResponse) -> None:
    """Hold a response to the document of `app`: status, headers, media type and body."""
    conformance = app.extensions.get("conformance")
    if conformance is None:
        conformance = app.extensions["conformance"] = ContractChecker(app.extensions["api"].document)
    request = response.request
    headers = dict(response.headers)
    check(conformance, request.method, request.path, response.status_code, headers, response.get_data())


def check(
    conformance: ContractChecker, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> ObservedResponse | None:
    """Hold a response to a document; return what was observed, None for what stands outside the operations."""
    observed = conformance.check(method, path, status, headers, body)
    if observed is not None and method != "HEAD":
        OBSERVED.add(observed)
    return observed
