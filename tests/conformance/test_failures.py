"""Every way to fail ends in one problem document, the same in-process and over a socket."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.core.database import transaction
from service.core.sessions import revoke_session
from service.extensions import db
from service.models.users import Role, User
from tests.accounts import claims_in, create_account, header_of, signed, tokens_of, unsigned
from tests.conformance.conftest import BODY_LIMIT, InProcess, RawSocket, Request, ServiceInstances
from tests.conformance.fault_injection import SECRET
from tests.conformance.seed import ADMIN, ALICE, Examples

# What a client must never see of us, whatever breaks.
PRIVATE = re.compile(
    rf"{SECRET}|Traceback|ZeroDivision|sqlalchemy|psycopg|sqlite|SELECT|werkzeug|/service/|\.py",
    re.IGNORECASE,
)
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail: the request, and what it must be answered with. `{...}` in a header is a token of that name."""

    name: str
    method: str
    path: str
    status: int
    code: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, str] = field(default_factory=dict)  # header -> pattern
    errors: tuple[tuple[str, str], ...] = ()  # (pointer or parameter, code)
    chunked: bool = False
    times: int = 1

    def __str__(self) -> str:
        return self.name


def item(name: str, body: bytes, code: str = "MALFORMED_JSON", *errors: tuple[str, str]) -> Failure:
    """Return the failure of a body that nobody can make an item of."""
    return Failure(
        name, "POST", "/api/items", 400, code, body, {**JSON, "Authorization": "{author}"}, errors=errors
    )


def token(name: str, header: str, code: str = "INVALID_TOKEN") -> Failure:
    """Return the failure of an `Authorization` header."""
    challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
    return Failure(
        name, "GET", "/api/auth/me", 401, code, headers={"Authorization": header}, answered=challenge
    )


def query(name: str, path: str, *errors: tuple[str, str]) -> Failure:
    """Return the failure of a query."""
    return Failure(name, "GET", path, 400, "INVALID_INPUT", errors=errors)


POST = "/api/posts/{post_id}"
AUTHOR = {"Authorization": "{author}"}
RETRY = {"retry-after": "[1-9][0-9]*"}

FAILURES = [
    # Where there is nothing
    Failure("unknown route", "GET", "/nowhere", 404, "NOT_FOUND"),
    Failure("unknown route of the API", "POST", "/api/nowhere", 404, "NOT_FOUND", b"{}", JSON),
    Failure(
        "unknown route, for a browser",
        "GET",
        "/nowhere.html",
        404,
        "NOT_FOUND",
        headers={"Accept": "text/html,*/*;q=0.8"},
    ),
    Failure("unknown page of the catalogue", "GET", "/problems/NO_SUCH", 404, "NOT_FOUND"),
    Failure("unknown image", "GET", "/media/passwd", 404, "NOT_FOUND"),
    Failure("way out of the images", "GET", "/media/..%2f..%2fwsgi.py", 404, "NOT_FOUND"),
    Failure("absent thing", "GET", "/api/items/999999", 404, "NOT_FOUND"),
    Failure("number beyond 64 bits", "GET", "/api/items/9223372036854775808", 404, "NOT_FOUND"),
    Failure("number of 1,000 digits", "GET", f"/api/items/{'9' * 1000}", 404, "NOT_FOUND"),
    Failure("number in Arabic digits", "GET", "/api/items/%D9%A1", 404, "NOT_FOUND"),
    Failure("negative number", "GET", "/api/items/-1", 404, "NOT_FOUND"),
    Failure("name with NUL", "GET", "/api/posts/slug/a%00b", 404, "NOT_FOUND"),
    Failure("name that is not UTF-8", "GET", "/api/posts/slug/%ff%fe", 404, "NOT_FOUND"),
    Failure("no UUID", "GET", "/api/posts/1", 404, "NOT_FOUND"),
    Failure("double slash", "GET", "/api//items", 404, "NOT_FOUND"),
    # The wrong method
    Failure(
        "wrong method",
        "PUT",
        "/api/items",
        405,
        "METHOD_NOT_ALLOWED",
        answered={"allow": "(?=.*GET)(?=.*POST).*"},
    ),
    Failure(
        "wrong method on one thing",
        "POST",
        "/api/items/1",
        405,
        "METHOD_NOT_ALLOWED",
        answered={"allow": ".*DELETE.*"},
    ),
    Failure("TRACE", "TRACE", "/api/items", 405, "METHOD_NOT_ALLOWED", answered={"allow": ".*GET.*"}),
    Failure(
        "method nobody knows", "BREW", "/api/hello", 405, "METHOD_NOT_ALLOWED", answered={"allow": ".*GET.*"}
    ),
    Failure("method on a page", "POST", "/swagger", 405, "METHOD_NOT_ALLOWED", answered={"allow": ".*GET.*"}),
    # The query
    query("undeclared parameter", "/api/items?undeclared=1", ("undeclared", "UNKNOWN_PARAMETER")),
    query("parameter of another type", "/api/items?page=one", ("page", "WRONG_TYPE")),
    query("number as Python has it", "/api/items?page=1_000", ("page", "WRONG_TYPE")),
    query("number too small", "/api/items?page=0", ("page", "TOO_SMALL")),
    query("number too large", "/api/items?per_page=101", ("per_page", "TOO_LARGE")),
    query("huge number", f"/api/items?page={'9' * 5000}", ("page", "WRONG_TYPE")),
    query("parameter sent twice", "/api/items?page=1&page=2", ("page", "REPEATED")),
    query("NUL in a parameter", "/api/tags?search=a%00b", ("search", "INVALID_FORMAT")),
    query("parameter that is not UTF-8", "/api/tags?search=%ff", ("", "INVALID_FORMAT")),
    query(
        "everything wrong at once",
        "/api/items?page=0&per_page=x",
        ("page", "TOO_SMALL"),
        ("per_page", "WRONG_TYPE"),
    ),
    # The body
    item("no body", b""),
    item("blank body", b" \n"),
    item("not JSON", b"name=Lamp"),
    item("JSON cut off", b'{"name": "Lamp"'),
    item("comma at the end", b'{"name": "Lamp",}'),
    item("two documents", b'{"name": "Lamp"} {}'),
    item("key twice", b'{"name": "Lamp", "name": "Desk"}'),
    item("NaN", b'{"name": NaN}'),
    item("Infinity", b'{"name": -Infinity}'),
    item("number beyond a double", b'{"name": 1e400}'),
    item("number of 5,000 digits", b'{"name": %s}' % (b"9" * 5000)),
    item("byte order mark", b'\xef\xbb\xbf{"name": "Lamp"}'),
    item("not UTF-8", b'{"name": "caf\xe9"}'),
    item("UTF-16", '{"name": "Lamp"}'.encode("utf-16")),
    item("NUL", b'{"name": "a\\u0000b"}'),
    item("half of a surrogate pair", b'{"name": "\\ud800"}'),
    item("surrogate in a key", b'{"\\udc00": 1}'),
    item("65 levels", b"[" * 65 + b"]" * 65),
    item("2,000 levels", b'{"a":' * 800),
    item("control character", b'{"name": "a\nb"}'),
    item("list for an object", b"[]", "INVALID_INPUT", ("", "WRONG_TYPE")),
    item("null for an object", b"null", "INVALID_INPUT", ("", "WRONG_TYPE")),
    item("missing field", b"{}", "INVALID_INPUT", ("/name", "REQUIRED")),
    item("unknown field", b'{"name": "Lamp", "owner": 1}', "INVALID_INPUT", ("/owner", "UNKNOWN_PROPERTY")),
    item("wrong type", b'{"name": 1}', "INVALID_INPUT", ("/name", "WRONG_TYPE")),
    item("text too short", b'{"name": ""}', "INVALID_INPUT", ("/name", "TOO_SHORT")),
    item("text too long", b'{"name": "%s"}' % (b"x" * 81), "INVALID_INPUT", ("/name", "TOO_LONG")),
    Failure(
        "number beyond 64 bits in the body",
        "POST",
        "/api/tags/1/merge",
        400,
        "INVALID_INPUT",
        b'{"into": 9223372036854775808}',
        {**JSON, "Authorization": "{admin}"},
        errors=(("/into", "TOO_LARGE"),),
    ),
    Failure(
        "too large",
        "POST",
        "/api/items",
        413,
        "CONTENT_TOO_LARGE",
        b" " * (BODY_LIMIT + 1),
        {**JSON, **AUTHOR},
    ),
    Failure(
        "too large, in chunks",
        "POST",
        "/api/items",
        413,
        "CONTENT_TOO_LARGE",
        b" " * (BODY_LIMIT + 1),
        {**JSON, **AUTHOR},
        chunked=True,
    ),
    *(
        Failure(
            f"media type {name}",
            "POST",
            "/api/items",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            b'{"name": "Lamp"}',
            {**sent, **AUTHOR},
        )
        for name, sent in {
            "of a form": {"Content-Type": "application/x-www-form-urlencoded"},
            "of text": {"Content-Type": "text/plain"},
            "broken": {"Content-Type": "application/json/more"},
            "in Latin-1": {"Content-Type": "application/json; charset=iso-8859-1"},
            "compressed": {**JSON, "Content-Encoding": "gzip"},
            "missing": {},
        }.items()
    ),
    # Who calls
    Failure("no token", "GET", "/api/auth/me", 401, "UNAUTHORIZED", answered={"www-authenticate": "Bearer"}),
    Failure(
        "no token comes before a bad body",
        "POST",
        "/api/items?undeclared=1",
        401,
        "UNAUTHORIZED",
        b"{",
        answered={"www-authenticate": "Bearer"},
    ),
    token("another scheme", "Basic YTpi"),
    token("no scheme", "{bare}"),
    token("empty token", "Bearer "),
    token("junk for a token", "Bearer junk"),
    token("two tokens", "{author}, {author}"),
    token("JSON that is no token", "Bearer e30.e30." + "x" * 86),
    token("forged signature", "{forged}"),
    token("no signature", "{unsigned}"),
    token("claims changed afterwards", "{changed}"),
    token("expired", "{expired}", "TOKEN_EXPIRED"),
    token("refresh token for an access token", "{refresh}"),
    token("session that has ended", "{ended}", "TOKEN_REVOKED"),
    token("account that is gone", "{gone}", "TOKEN_REVOKED"),
    Failure(
        "bad token where none is needed",
        "GET",
        "/api/posts",
        401,
        "INVALID_TOKEN",
        headers={"Authorization": "Bearer junk"},
        answered={"www-authenticate": 'Bearer error="invalid_token"'},
    ),
    Failure(
        "access token for a refresh token",
        "POST",
        "/api/auth/refresh",
        401,
        "INVALID_TOKEN",
        headers=AUTHOR,
        answered={"www-authenticate": 'Bearer error="invalid_token"'},
    ),
    Failure(
        "wrong password",
        "POST",
        "/api/auth/login",
        401,
        "INVALID_CREDENTIALS",
        b'{"email": "alice@seed.example", "password": "wrong"}',
        JSON,
        answered={"www-authenticate": "Bearer", "ratelimit": r'"login";r=\d+;t=\d+'},
    ),
    Failure(
        "wrong role", "POST", "/api/items", 403, "FORBIDDEN", b"{", {**JSON, "Authorization": "{reader}"}
    ),
    Failure("another's account", "DELETE", "/api/users/1003", 403, "NOT_YOUR_ACCOUNT", headers=AUTHOR),
    # State
    Failure(
        "conflict", "POST", "/api/items", 409, "ITEM_NAME_TAKEN", b'{"name": "Seeded 2"}', {**JSON, **AUTHOR}
    ),
    Failure("wrong state", "POST", f"{POST}/publish", 409, "ALREADY_PUBLISHED", headers=AUTHOR),
    Failure(
        "another version",
        "DELETE",
        POST,
        412,
        "PRECONDITION_FAILED",
        headers={**AUTHOR, "If-Match": '"1-other"'},
    ),
    Failure("no version", "PATCH", POST, 428, "PRECONDITION_REQUIRED", b"{}", {**JSON, **AUTHOR}),
    Failure(
        "version without quotes",
        "DELETE",
        POST,
        400,
        "INVALID_INPUT",
        headers={**AUTHOR, "If-Match": "1"},
        errors=(("If-Match", "INVALID_FORMAT"),),
    ),
    Failure(
        "condition that is too long",
        "GET",
        "/api/items/1",
        400,
        "INVALID_INPUT",
        headers={"If-None-Match": '"' + "x" * 1000 + '"'},
        errors=(("If-None-Match", "TOO_LONG"),),
    ),
    Failure(
        "too often", "POST", "/api/users", 429, "TOO_MANY_REQUESTS", b"{}", JSON, answered=RETRY, times=9
    ),
    # We
    Failure("bug", "GET", "/api/items", 500, "INTERNAL_SERVER_ERROR", headers={"X-Fault": "bug"}),
    Failure(
        "bug in the check of a token",
        "GET",
        "/api/auth/me",
        500,
        "INTERNAL_SERVER_ERROR",
        headers={**AUTHOR, "X-Fault": "bug"},
    ),
    Failure(
        "lost database",
        "GET",
        "/api/items",
        503,
        "SERVICE_UNAVAILABLE",
        headers={"X-Fault": "database"},
        answered=RETRY,
    ),
    Failure(
        "lost database while writing",
        "POST",
        "/api/items",
        503,
        "SERVICE_UNAVAILABLE",
        b'{"name": "Never"}',
        {**JSON, **AUTHOR, "X-Fault": "database"},
        answered=RETRY,
    ),
    Failure(
        "not ready",
        "GET",
        "/health/ready",
        503,
        "SERVICE_UNAVAILABLE",
        headers={"X-Fault": "database"},
        answered=RETRY,
    ),
]


@pytest.fixture(scope="session")
def tokens(instances: ServiceInstances) -> dict[str, str]:
    """Return `Authorization` headers of every kind, by name."""
    with instances.app.app_context():
        alice, admin, ended = (tokens_of(User(id=id_)) for id_ in (ALICE.id, ADMIN.id, ALICE.id))
        reader = tokens_of(create_account(username="reader-only", role=Role.READER)).access_token
        leaver = create_account(username="leaver")
        gone = tokens_of(leaver).access_token
        with transaction() as session:
            session.execute(sa.delete(User).where(User.id == leaver.id))
        access = alice.access_token
        header, claims = header_of(access), claims_in(access)
        with transaction():
            revoke_session(UUID(claims_in(ended.access_token)["sid"]))
        past = {name: int(time.time()) - 3600 for name in ("iat", "nbf", "exp")}
        parts = access.split(".")
        made = {
            "author": access,
            "admin": admin.access_token,
            "reader": reader,
            "gone": gone,
            "refresh": alice.refresh_token,
            "ended": ended.access_token,
            "expired": signed(header, {**claims, **past}),
            "forged": signed(header, claims, Ed25519PrivateKey.generate()),
            "unsigned": unsigned({**header, "alg": "none"}, claims) + ".",
            "changed": ".".join([*unsigned(header, {**claims, "sub": str(ADMIN.id)}).split("."), parts[2]]),
        }
    return {"bare": access, **{name: f"Bearer {value}" for name, value in made.items()}}


@pytest.fixture
def request_of(instances: ServiceInstances, tokens: dict[str, str]) -> Any:
    """Return a function that makes the request of a failure."""
    post_id = str(Examples.of(instances.document).post_id)

    def make(failure: Failure) -> Request:
        headers = {
            name: re.sub(r"\{(\w+)\}", lambda found: tokens[found[1]], value)
            for name, value in failure.headers.items()
        }
        path = failure.path.replace("{post_id}", post_id)
        return Request(failure.method, path, headers, failure.body, failure.chunked)

    return make


def send(way: InProcess | RawSocket, request: Request, times: int) -> Any:
    return [way.send(request) for _ in range(times)][-1]


class TestEveryFailure:
    @pytest.mark.parametrize("failure", FAILURES, ids=str)
    def test_is_one_problem_document(
        self, instances: ServiceInstances, request_of: Any, failure: Failure
    ) -> None:
        answer = send(instances.testing, request_of(failure), failure.times)
        assert (answer.status, answer.headers["content-type"]) == (failure.status, "application/problem+json")
        problem = answer.json
        assert problem["code"] == failure.code, problem
        assert problem["status"] == failure.status
        assert problem["type"] == f"/problems/{failure.code}"
        assert problem["error"] == problem["title"]
        assert problem["detail"].endswith((".", "Invalid credentials"))
        assert set(problem) <= {"type", "title", "status", "detail", "code", "error", "errors"}
        found = {
            (each.get("pointer", each.get("parameter")), each["code"]) for each in problem.get("errors", ())
        }
        assert found == set(failure.errors)
        for name, pattern in failure.answered.items():
            assert re.fullmatch(pattern, answer.headers[name]), (name, answer.headers[name])
        for name in ("www-authenticate", "retry-after", "allow"):
            assert (name in answer.headers) == (name in failure.answered), name
        assert not PRIVATE.search(answer.body.decode())
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("failure", FAILURES, ids=str)
    def test_is_the_same_in_production_and_on_a_socket(
        self, instances: ServiceInstances, request_of: Any, failure: Failure
    ) -> None:
        request = request_of(failure)
        here, production, outside = (
            send(way, request, failure.times)
            for way in (instances.testing, instances.production, instances.socket)
        )
        assert production.comparable == here.comparable
        assert outside.comparable == here.comparable

    def test_there_are_enough_of_them(self) -> None:
        assert len({failure.name for failure in FAILURES}) == len(FAILURES) >= 30

    def test_every_code_has_a_page(self, instances: ServiceInstances) -> None:
        for code in sorted({failure.code for failure in FAILURES}):
            page = instances.testing.send(Request("GET", f"/problems/{code}"))
            assert (page.status, code in page.body.decode()) == (200, True)


def test_nothing_of_a_failed_request_is_kept(instances: ServiceInstances, tokens: dict[str, str]) -> None:
    body = json.dumps({"name": "Kept only if all goes well"}).encode()
    headers = {**JSON, "Authorization": tokens["author"]}
    for fault, status in (("bug", 500), ("database", 503)):
        broken = Request("POST", "/api/items", {**headers, "X-Fault": fault}, body)
        assert instances.testing.send(broken).status == status
    with instances.app.app_context():
        count = db.session.scalar(sa.text("SELECT count(*) FROM items WHERE name LIKE 'Kept%'"))
        db.session.remove()
    assert count == 0
