"""Does every response of every test keep what the document promises? The one place that asks."""

from __future__ import annotations

from flask import Flask
from werkzeug.test import TestResponse

from service.contract.conformance import Conformance


def check_response(app: Flask, response: TestResponse) -> None:
    """Hold a response to the document of `app`: status, headers, media type and body."""
    conformance = app.extensions.get("conformance")
    if conformance is None:
        conformance = app.extensions["conformance"] = Conformance(app.extensions["api"].document)
    conformance.check(
        response.request.method,
        response.request.path,
        response.status_code,
        dict(response.headers),
        response.get_data(),
    )
