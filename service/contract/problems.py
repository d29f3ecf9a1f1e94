"""RFC 9457 problem exceptions with HTTP status and stable `code`; rendered by `error_handlers`.

A feature's own errors subclass them beside the rule that raises them::

    class SlugTaken(Conflict):
        \"\"\"The slug is already used by another post.\"\"\"

        code = "SLUG_TAKEN"

The first paragraph of the docstring is the default `detail`, the response's description in the document, and the text
of the page `/problems/SLUG_TAKEN`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

import orjson

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class InputError:
    """A validation error of a request.

    Exactly one of `pointer` (RFC 6901, into the JSON body) and `parameter` (the name of a query, path, header or cookie
    parameter) is set. `code` is stable and upper case (`TOO_LONG`); `detail` is for people and never repeats the value
    that was sent.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return the JSON form: `pointer` or `parameter`, `code` and `detail`."""
        place = (
            {"parameter": self.parameter} if self.parameter is not None else {"pointer": self.pointer or ""}
        )
        return {**place, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """An error whose response is a problem document.

    `headers` are sent with the response; `errors` are the validation errors. `extensions` has a value for each of the
    extension members (RFC 9457, 3.2) whose schemas the class declares in `members`.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    title: ClassVar[str]
    description: ClassVar[str]
    constraint: ClassVar[str | None] = None  # the database constraint whose violation is this error
    commit_on_raise: ClassVar[bool] = False  # changes made before the error are committed
    sends_challenge: ClassVar[bool] = False  # `WWW-Authenticate`, as every 401 does
    is_fault: ClassVar[bool] = True  # of the service, if it is a 5xx: something for its operator to look into
    members: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # each schema has an example

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _set_title_and_description(cls)

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[InputError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.description)
        self.detail = detail or self.description
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions: dict[str, Any] = {}


def _set_title_and_description(cls: type[Problem]) -> None:
    """Set the title (the standard phrase of the status, unless set) and the description of a class."""
    if "title" not in vars(cls):
        cls.title = HTTPStatus(cls.status).phrase
    if vars(cls).get("__doc__"):
        cls.description = " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


_set_title_and_description(Problem)


class InternalServerError(Problem):
    """An unexpected error occurred on the server. Try again later."""


class BadRequest(Problem):
    """The request is malformed."""

    status = 400
    code = "BAD_REQUEST"


class InvalidInput(BadRequest):
    """Validation failed. See `errors` for details."""

    code = "INVALID_INPUT"


class MalformedJson(BadRequest):
    """The request body is not valid JSON in UTF-8."""

    code = "MALFORMED_JSON"


class Unauthorized(Problem):
    """Authentication is required: send a valid access token."""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})})


class Forbidden(Problem):
    """You do not have permission to perform this action."""

    status = 403
    code = "FORBIDDEN"


class NotFound(Problem):
    """The resource does not exist, or you do not have access to it."""

    status = 404
    code = "NOT_FOUND"


class MethodNotAllowed(Problem):
    """The method is not allowed for this path. See `Allow` for the allowed methods."""

    status = 405
    code = "METHOD_NOT_ALLOWED"


class RequestTimeout(Problem):
    """The request did not arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"


class Conflict(Problem):
    """The request conflicts with the current state of the resource."""

    status = 409
    code = "CONFLICT"


class PreconditionFailed(Problem):
    """The resource was modified since the version given in `If-Match`."""

    status = 412
    code = "PRECONDITION_FAILED"


class ContentTooLarge(Problem):
    """The request body is too large."""

    status = 413
    code = "CONTENT_TOO_LARGE"
    title = "Content Too Large"


class UnsupportedMediaType(Problem):
    """The media type of the request body is not supported."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class PreconditionRequired(Problem):
    """The operation requires an `If-Match` header."""

    status = 428
    code = "PRECONDITION_REQUIRED"


class TooManyRequests(Problem):
    """Rate limit exceeded. Retry after the time given in `Retry-After`."""

    status = 429
    code = "TOO_MANY_REQUESTS"


class ServiceUnavailable(Problem):
    """The service is temporarily unavailable. Retry after the time given in `Retry-After`."""

    status = 503
    code = "SERVICE_UNAVAILABLE"

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5", **(headers or {})})


# Sent only by the servers in front of the application; they have a page of the catalogue too.


class UriTooLong(Problem):
    """The request URI is too long."""

    status = 414
    code = "URI_TOO_LONG"
    title = "URI Too Long"


class ExpectationFailed(Problem):
    """The only supported expectation is `100-continue`."""

    status = 417
    code = "EXPECTATION_FAILED"


class MisdirectedRequest(Problem):
    """The server does not serve the requested host."""

    status = 421
    code = "MISDIRECTED_REQUEST"


class HeaderFieldsTooLarge(Problem):
    """The request headers are too large."""

    status = 431
    code = "REQUEST_HEADER_FIELDS_TOO_LARGE"


class NotImplementedHere(Problem):
    """The only supported transfer coding is `chunked`."""

    status = 501
    code = "NOT_IMPLEMENTED"


class BadGateway(Problem):
    """The service cannot be reached. Try again later."""

    status = 502
    code = "BAD_GATEWAY"


class GatewayTimeout(Problem):
    """The service did not respond in time. Try again later."""

    status = 504
    code = "GATEWAY_TIMEOUT"


class HttpVersionNotSupported(Problem):
    """The HTTP version is not supported. Use HTTP/1.0, HTTP/1.1 or HTTP/2."""

    status = 505
    code = "HTTP_VERSION_NOT_SUPPORTED"
    title = "HTTP Version Not Supported"


def problem_body(
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[InputError] = (),
    extensions: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the bytes of a problem document.

    `type` is a relative reference to the page of the code; `error` repeats the title for clients that follow Flask's
    common `{"error": ...}` convention.
    """
    document: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "error": title,
    }
    if errors:
        document["errors"] = [error.as_json() for error in errors]
    return orjson.dumps({**document, **(extensions or {})}, option=orjson.OPT_UTC_Z)


def problem_classes(root: type[Problem] = Problem) -> list[type[Problem]]:
    """Return every subclass of `root` that is imported, sorted by status and code."""
    classes: set[type[Problem]] = set()
    waiting = [root]
    while waiting:
        cls = waiting.pop()
        classes.add(cls)
        waiting.extend(cls.__subclasses__())
    return sorted(classes - {Problem}, key=lambda cls: (cls.status, cls.code, cls.__name__))
