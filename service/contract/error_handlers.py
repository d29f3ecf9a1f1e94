"""Flask error handlers: every exception and HTTP error becomes an RFC 9457 problem document.

The handlers are Flask's own, on the app: RESTX renders no errors itself (`Api.error_router`). The text of a driver or
an exception is never sent; a 5xx is described by its class alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from . import problems
from .api_protocol import ApiProtocol
from .problems import PROBLEM_JSON, InputError, Problem, problem_body

MAX_DETAIL_LENGTH = 2000
_DROPPED_HEADERS = frozenset({"content-type", "content-length"})

# Problems for the statuses that werkzeug or a stock namespace responds with.
_PROBLEMS_BY_STATUS: dict[int, type[Problem]] = {
    400: problems.BadRequest,
    401: problems.Unauthorized,
    403: problems.Forbidden,
    404: problems.NotFound,
    405: problems.MethodNotAllowed,
    409: problems.Conflict,
    412: problems.PreconditionFailed,
    413: problems.ContentTooLarge,
    415: problems.UnsupportedMediaType,
    428: problems.PreconditionRequired,
    429: problems.TooManyRequests,
    500: problems.InternalServerError,
    503: problems.ServiceUnavailable,
}


def register_error_handlers(app: Flask, api: ApiProtocol) -> None:
    """Register handlers that turn every `Problem`, HTTP error and unexpected exception into a problem document."""

    def of_http_error(error: HTTPException) -> Any:
        # Flask wraps an unhandled exception in its 500; the original exception decides whether it is a 503.
        original = getattr(error, "original_exception", None)
        if original is not None:
            problem = (
                api.translate_error(original, (problems.ServiceUnavailable,))
                or problems.InternalServerError()
            )
            # The request was counted although it failed.
            problem.headers.update(getattr(g.get("contract_call"), "headers", {}))
            return problem_response(problem)
        # `abort(response)` and redirects are not errors to render: they carry their own response.
        if error.response is not None or error.code is None or error.code < 400:
            return error.response or error
        return problem_response(_problem_from_http_exception(error))

    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, of_http_error)


def problem_response(problem: Problem) -> Response:
    """Return the response of a problem."""
    g.problem = problem  # for the log
    body = problem_body(problem.status, problem.code, problem.title, problem.detail, problem.errors)
    response = Response(body, problem.status, content_type=PROBLEM_JSON)
    response.headers.update(problem.headers)
    return response


def problem_for_status(status: int, detail: str | None = None) -> Problem:
    """Return the problem of a bare status: `detail` is kept for 4xx and dropped for 5xx."""
    cls = _PROBLEMS_BY_STATUS.get(status) or _problem_class_for_status(status)
    return cls(detail[:MAX_DETAIL_LENGTH] if detail and status < 500 else None)


def _problem_from_http_exception(error: HTTPException) -> Problem:
    """Convert an HTTP error, RESTX's `abort(code, message, errors=...)` included, to a problem."""
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    status = error.code or 500
    problem_class = _PROBLEMS_BY_STATUS.get(status)
    # Werkzeug's default texts ("If you entered the URL manually ...") are for browsers; ours replace them. A text that
    # the application passed to `abort` is kept.
    own_words = type(error).description != error.description or "message" in data
    detail = str(data.get("message") or error.description) if own_words or problem_class is None else None
    problem = problem_for_status(status, None if _has_default_description(error) and not data else detail)
    problem.errors = _input_errors(data.get("errors"))
    headers = error.get_headers(request.environ)
    problem.headers.update({name: value for name, value in headers if name.lower() not in _DROPPED_HEADERS})
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        # They come from a set, whose order differs between processes.
        problem.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return problem


def _has_default_description(error: HTTPException) -> bool:
    """Tell whether the text is werkzeug's own: it may name internals such as a route or a type."""
    return (
        error.description is None
        or error.description == type(error).description
        or hasattr(error, "valid_methods")
    )


def _input_errors(errors: Any) -> tuple[InputError, ...]:
    """Convert RESTX's `errors={"field": "message"}` to ours."""
    if not isinstance(errors, Mapping):
        return ()
    return tuple(
        InputError("INVALID", str(message)[:1000], pointer="/" + str(name).replace(".", "/"))
        for name, message in errors.items()
    )


@cache
def _problem_class_for_status(code: int) -> type[Problem]:
    """Create the problem class of a status that has none: `IM_A_TEAPOT`."""
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Error"
    words = "".join(letter if letter.isalnum() else " " for letter in phrase.replace("'", "")).upper().split()
    members = {
        "status": code,
        "code": "_".join(words),
        "title": phrase,
        "__doc__": f"{phrase}.",
        "__module__": __name__,
    }
    problem_class: type[Problem] = type("Generic", (Problem,), members)
    return problem_class
