"""Flask error handlers: every exception and HTTP error becomes an RFC 9457 problem document.

The handlers are Flask's own, on the app: RESTX renders no errors itself (`Api.error_router`). The text of a driver or
an exception is never sent; a 5xx is described by its class alone. Before them comes the `@errorhandler` of a stock
application, whose answer is sent as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_restx.mask import MaskError, ParseError
from flask_restx.utils import unpack
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from . import problems
from .api_protocol import ApiProtocol
from .errors import ContractError
from .operations import Operation
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


def check_stock_handlers(api: Any, operations: Iterable[Operation]) -> None:
    """Raise `ContractError` if strict namespaces would meet an `@errorhandler`: they declare every error."""
    names = [error.__name__ for error in _stock_handlers(api)]
    names += ["every error"] if api._default_error_handler else []
    if names and any(operation.strict for operation in operations):
        raise ContractError(
            f"@errorhandler of {', '.join(names)} is for stock namespaces alone: raise a Problem instead"
        )


def answer_of_stock_handler(api: Any, error: Exception) -> BaseResponse | None:
    """Return what the application's own `@errorhandler` answers, as stock RESTX sends it; None if it has none.

    Problems are not asked about: they are the errors of this package.
    """
    if isinstance(error, Problem):
        return None
    fallback = None if isinstance(error, HTTPException) else api._default_error_handler
    handlers = _stock_handlers(api).items()
    handler = next((handler for kind, handler in handlers if isinstance(error, kind)), fallback)
    if handler is None:
        return None
    answer = handler(error)
    if isinstance(answer, BaseResponse):
        return answer
    data, status, headers = unpack(answer, HTTPStatus.INTERNAL_SERVER_ERROR)
    if isinstance(data, dict) and current_app.config.get("ERROR_INCLUDE_MESSAGE", True):
        data.setdefault("message", str(error))
    if int(status) >= 500:
        current_app.log_exception(sys.exc_info())
    body = current_app.json.dumps(getattr(error, "data", data))
    return Response(body, int(status), dict(headers), content_type="application/json")


def _stock_handlers(api: Any) -> dict[type[Exception], Callable[[Exception], Any]]:
    own = {ParseError, MaskError}
    return {kind: handler for kind, handler in api._own_and_child_error_handlers.items() if kind not in own}


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
    body = problem_body(
        problem.status, problem.code, problem.title, problem.detail, problem.errors, problem.extensions
    )
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
