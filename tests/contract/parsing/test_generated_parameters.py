from __future__ import annotations

import warnings

import pytest
from flask import Flask, request
from flask_restx import inputs
from hypothesis import HealthCheck, Phase, given, settings

from service.contract import types
from service.contract.parsing.parameters import compile_parameters
from service.contract.problems import InvalidInput
from tests.contract.parsing.requests import compiled, stock

GENERATED = {
    "integer": types.integer(-5, 3000),
    "number": types.number(-5, 3000),
    "boolean": types.boolean,
    "instant": types.timestamp,
    "date": types.date,
    "uuid": types.uuid,
    "string": types.string(max_length=8, min_length=1),
    "slug": types.string(max_length=8, pattern="^[a-z0-9-]+$"),
    "stock-int": inputs.int_range(1, 20),
    "stock-date-time": inputs.datetime_from_iso8601,
    "stock-email": inputs.email(),
    "stock-url": inputs.url,
    "stock-regex": inputs.regex(r"^\d{3}$"),
}
SHAPES = {
    "plain": {"location": "args"},
    "repeated": {"location": "args", "action": "append"},
    "commas": {"location": "args", "action": "split"},
    "header": {"location": "headers"},
    "cookie": {"location": "cookies"},
}


class TestAgainstSchemathesis:
    """Generated data that matches the document is taken; data that does not is refused."""

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("kind", [kind for kind in GENERATED if not kind.startswith("stock")])
    def test_own_types(self, kind, shape):
        parameters = compiled(("X-Value", {"type": GENERATED[kind], "required": True} | SHAPES[shape]))
        call_generated(parameters.openapi(), parameters.parse)

    @pytest.mark.parametrize("kind", [kind for kind in GENERATED if kind.startswith("stock")])
    def test_stock_types(self, kind):
        parameters = stock("X-Value", type=GENERATED[kind], required=True)
        call_generated(parameters.openapi(), parameters.parse)

    @pytest.mark.parametrize(
        ("parse", "noticed"),
        [
            (lambda _request: None, "AcceptedNegativeData"),
            (compile_parameters([], method="get", strict=True).parse, "RejectedPositiveData"),
        ],
        ids=["takes all", "takes nothing"],
    )
    def test_would_notice(self, parse, noticed):
        with pytest.raises(BaseExceptionGroup) as failed:
            call_generated(compiled(("n", {"type": types.integer(1, 9)})).openapi(), parse)
        assert type(failed.value.exceptions[0]).__name__ == noticed


def call_generated(documented, parse):
    """Send valid and invalid requests; Schemathesis' own checks say whether they were answered rightly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries on the newest Python
        import schemathesis
        from schemathesis.specs.openapi import checks

    chosen = [checks.positive_data_acceptance, checks.negative_data_rejection]
    schema = schemathesis.openapi.from_wsgi("/openapi.json", answering_app(documented, parse))
    operation = next(iter(schema.get_all_operations())).ok()
    for mode in schemathesis.GenerationMode:
        quick = settings(
            max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate]
        )

        @settings(quick, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def attempt(case):
            case.call_and_validate(checks=chosen)

        attempt()


def answering_app(documented, parse):
    """Return an application with one operation, which takes what `parse` takes and says that it takes `documented`."""
    app = Flask(__name__)
    answers = {str(status): {"description": "An answer."} for status in (204, 400)}
    operation = {"operationId": "try", "parameters": documented, "responses": answers}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Parameters", "version": "1"},
        "paths": {"/things": {"get": operation}},
    }
    app.add_url_rule("/openapi.json", "document", lambda: document)

    @app.get("/things")
    def things():
        try:
            parse(request)
        except InvalidInput:
            return "", 400
        return "", 204

    return app
