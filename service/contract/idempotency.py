"""`Idempotency-Key`: a request that is sent again with its key is not carried out again, and gets the same response.

As in draft-ietf-httpapi-idempotency-key-header-07. What an application stores, and how, is its `IdempotencyStore`; only
successful responses are kept, so that a request that failed can be sent again with its key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Request, Response
from werkzeug.wrappers import Response as BaseResponse

from .problems import Conflict, InputError, InvalidInput
from .validated_request import NOT_DECLARED

HEADER = "Idempotency-Key"
ENVIRON = "HTTP_IDEMPOTENCY_KEY"
KEY_PATTERN = "^[!-~]+$"
MAX_KEY_LENGTH = 255
KEPT_HOURS = 24
# A POST that succeeds with one of these creates something: a resource, or work that is to be done.
CREATING = frozenset({"201", "202"})

PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "A value of your choice that no other request has, such as a UUID. If there is no response, send "
    f"the request again with it: it is carried out once, and gets the same status, headers and body for {KEPT_HOURS} "
    "hours. A request that failed can be sent again, too. Another request with the same key is a 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": KEY_PATTERN},
}


# The draft suggests 422 for this one. It is a 409 here as every conflict with something that exists is, the key in this
# case: this API has no 422, and `code` tells the two apart.
class IdempotencyKeyReused(Conflict):
    """The `Idempotency-Key` was already used for a different request. Send each new request with a key of its own."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyKeyInUse(Conflict):
    """The request with this `Idempotency-Key` is still being processed. Retry after the time given in `Retry-After`."""

    code = "IDEMPOTENCY_KEY_IN_USE"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


PROBLEMS = (IdempotencyKeyInUse, IdempotencyKeyReused)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key: its caller, the key, and the SHA-256 of what it asks for."""

    identity: Any
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response as it is kept: without the headers that are about one request, such as what is left of a limit."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, response: BaseResponse, without: dict[str, str]) -> KeptResponse:
        """Return a response, without the headers in `without`."""
        left_out = {"content-length", *map(str.lower, without)}
        headers = {name: value for name, value in response.headers.items() if name.lower() not in left_out}
        return cls(response.status_code, headers, response.get_data())

    def response(self, headers: dict[str, str]) -> BaseResponse:
        """Return it as a response, with these headers too."""
        response = Response(self.body, self.status)
        response.headers.clear()
        response.headers.update({"Content-Length": str(len(self.body)), **self.headers, **headers})
        return response


class AlreadyAnswered(Exception):
    """The request was carried out before; `kept` is the response."""

    def __init__(self, kept: KeptResponse) -> None:
        super().__init__("the request was carried out before")
        self.kept = kept


class IdempotencyStore(Protocol):
    """Keeps responses for `KEPT_HOURS`, in the transaction in which the request is carried out."""

    def find(self, request: KeyedRequest) -> KeptResponse | None:
        """Return the response to an earlier request with this key, or None; raise `IdempotencyKeyReused`."""

    def attempt(self, request: KeyedRequest) -> AbstractContextManager[Callable[[KeptResponse], None]]:
        """Return the context manager around the method, inside of its transaction.

        It yields the function that keeps the response; if that is not called, the key is free again. Raise
        `AlreadyAnswered` or one of `PROBLEMS` if another request with this key came first.
        """


def read_key(header: str) -> str:
    """Return the key in a header; raise `InvalidInput` unless it has 1 to 255 visible ASCII characters."""
    if len(header) > MAX_KEY_LENGTH:
        raise _invalid("TOO_LONG", f"It must have at most {MAX_KEY_LENGTH} characters.")
    if not re.fullmatch(KEY_PATTERN.strip("^$"), header):
        raise _invalid(
            "INVALID_FORMAT", "It must be visible ASCII characters without spaces, such as a UUID."
        )
    return header


def _invalid(code: str, detail: str) -> InvalidInput:
    return InvalidInput(errors=[InputError(code, detail, parameter=HEADER)])


def fingerprint(request: Request, payload: Any, *, has_form: bool) -> bytes:
    """Return the SHA-256 of method, path, query and body: equal JSON in another spelling has the same one.

    The files of a form are read once more from where they were written, piece by piece: without a key they are not
    hashed at all, and a large one is never in memory.
    """
    asked = {
        "method": request.method,
        "path": request.path.rstrip("/"),
        "query": sorted(request.args.items(multi=True)),
        "body": None if payload is NOT_DECLARED else payload,
        "form": sorted(request.form.items(multi=True)) if has_form else [],
        "files": _files(request) if has_form else [],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()


def _files(request: Request) -> list[tuple[str, str, str]]:
    found = []
    for name, file in request.files.items(multi=True):
        digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        file.stream.seek(0)
        found.append((name, file.filename or "", digest))
    return sorted(found)


def respond_once(
    store: IdempotencyStore,
    request: KeyedRequest,
    transaction: AbstractContextManager[Any],
    execute: Callable[[], BaseResponse],
    headers: dict[str, str],
) -> BaseResponse:
    """Return the kept response to a request, or else carry it out in the transaction that keeps it.

    `headers` are those of this request; they are sent with either.
    """
    kept = store.find(request)
    if kept is None:
        try:
            with transaction, store.attempt(request) as keep:
                response = execute()
                if response.status_code < 400:
                    keep(KeptResponse.of(response, headers))
                return response
        except AlreadyAnswered as answered:
            kept = answered.kept
    return kept.response(headers)
