"""Request parsers, compiled and asked what they make of a real request."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask_restx import reqparse

from service.contract.parsing.parameters import compile_parameters
from service.contract.problems import InvalidInput

APP = Flask(__name__)


def compiled(*arguments, method="get", strict=True):
    """Compile one parser; each argument is `(name, options)` with the query as the default place."""
    parser = reqparse.RequestParser()
    for name, options in arguments:
        parser.add_argument(name, **({"location": "args"} | options))
    return compile_parameters([parser], method=method, strict=strict)


def stock(name, **options):
    """Compile one argument of a stock application, whose place is the query."""
    return compiled((name, options), strict=False)


def parsed(parameters, query="", json_body=None, **options):
    with APP.test_request_context("/", query_string=query, **options):
        return parameters.parse(request, json_body)


def refusals(parameters, query="", json_body=None, **options):
    """Return `(where, code)` of everything that is refused."""
    with pytest.raises(InvalidInput) as refused:
        parsed(parameters, query, json_body, **options)
    return [(error.parameter or error.pointer, error.code) for error in refused.value.errors]
