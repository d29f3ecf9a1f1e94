"""The measured requests, and a check that all contenders send equal bodies."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.cursor_pagination import encode_cursor
from benchmarks.publication import BenchmarkDatabase

PER_PAGE = 20
TARGETS = 200  # different requests in turn: neither one row nor one plan
TIMEOUT_S = 60

# What is each contender's own: entity tags, and what is new with every comment.
OWN = {"etag"}
NEW = {"id", "created_at"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request to any contender; `{etag}` in a header is its own tag of the post."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an answer is compared, and its entity tag."""

    status: int
    total: str | None
    body: Any
    etag: str | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of request, the status that answers it, and the requests that are sent in turn."""

    name: str
    title: str
    status: int
    requests: Callable[[BenchmarkDatabase], Sequence[Request]]


def _after(publication: BenchmarkDatabase) -> list[Request]:
    step = max(1, (len(publication.posts) - PER_PAGE) // TARGETS)
    places = publication.posts[: TARGETS * step : step]
    return [
        Request(f"/api/posts?per_page={PER_PAGE}&after={encode_cursor(at, post_id)}")
        for post_id, at in places
    ]


def _pages(publication: BenchmarkDatabase) -> list[Request]:
    last = min(50, len(publication.posts) // PER_PAGE)
    return [Request(f"/api/posts?per_page={PER_PAGE}&page={number}") for number in range(1, last + 1)]


def _posts(publication: BenchmarkDatabase) -> list[str]:
    return [f"/api/posts/{post_id}" for post_id, _ in publication.posts[: TARGETS * 5 : 5]]


def _comments(publication: BenchmarkDatabase) -> list[Request]:
    headers = {"Authorization": f"Bearer {publication.token}", "Content-Type": "application/json"}
    body = json.dumps({"body": "Well *said*: `engine.read` turns\nthe page, and **nothing** is lost."})
    return [Request(f"{path}/comments", "POST", headers, body) for path in _posts(publication)]


SCENARIOS = (
    Scenario("list", "list of 20, after a cursor", 200, _after),
    Scenario("page", "list of 20, a page with the total", 200, _pages),
    Scenario("post", "one post", 200, lambda publication: [Request(path) for path in _posts(publication)]),
    Scenario(
        "304",
        "one post, not modified",
        304,
        lambda publication: [
            Request(path, headers={"If-None-Match": "{etag}"}) for path in _posts(publication)
        ],
    ),
    Scenario("comment", "authenticated comment", 201, _comments),
)


class ResponsesDiffer(Exception):
    """Two contenders answer differently: what they cost must not be compared."""


def ask(port: int, request: Request) -> Answer:
    """Send one request to whoever listens on `port`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(request.method, request.path, request.body or None, request.headers)
        response = connection.getresponse()
        content = response.read()
        total, etag = response.getheader("X-Total-Count"), response.getheader("ETag")
        return Answer(response.status, total, json.loads(content) if content else None, etag)
    finally:
        connection.close()


def with_own_tags(requests: Sequence[Request], port: int) -> list[Request]:
    """Return the requests with the entity tags that the contender at `port` gives; each is of a post of version 1."""
    if not any("{etag}" in request.headers.values() for request in requests):
        return list(requests)
    etag = ask(port, Request(requests[0].path)).etag
    if not etag:
        raise ResponsesDiffer(f"port {port} sends no ETag with {requests[0].path}")
    return [
        Request(request.path, request.method, {"If-None-Match": etag}, request.body) for request in requests
    ]


def comparable(scenario: Scenario, answer: Answer) -> Any:
    """Return what must be equal of all answers to one request."""
    dropped = OWN | NEW if scenario.status == 201 else OWN
    return answer.total, _without(answer.body, dropped)


def check(scenario: Scenario, requests: Sequence[Request], ports: dict[str, int], samples: int = 10) -> None:
    """Raise `ResponsesDiffer` unless all contenders answer these requests alike, and as they should."""
    sent = {name: with_own_tags(requests, port) for name, port in ports.items()}
    for number in range(0, len(requests), max(1, len(requests) // samples)):
        answers = {name: ask(port, sent[name][number]) for name, port in ports.items()}
        compare(scenario, requests[number].path, answers)


def compare(scenario: Scenario, path: str, answers: dict[str, Answer]) -> None:
    """Raise `ResponsesDiffer` unless these answers to a request say the same."""
    for name, answer in answers.items():
        if answer.status != scenario.status:
            raise ResponsesDiffer(
                f"{name} answers {path} with {answer.status}, not {scenario.status}: {answer.body!r:.500}"
            )
    (first, expected), *others = ((name, comparable(scenario, answer)) for name, answer in answers.items())
    for name, found in others:
        if found != expected:
            raise ResponsesDiffer(f"{path}: {first} and {name} differ:\n{_difference(expected, found)}")


def _without(value: Any, names: set[str]) -> Any:
    """Return `value` without these members of its outermost objects."""
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    if isinstance(value, dict):
        return {name: content for name, content in value.items() if name not in names}
    return value


def _difference(expected: Any, found: Any) -> str:
    """Return the first place where the two part."""
    if type(expected) is type(found) and isinstance(expected, (list, tuple)) and len(expected) == len(found):
        return next(_difference(a, b) for a, b in zip(expected, found, strict=True) if a != b)
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [n for n in expected.keys() | found.keys() if expected.get(n, ...) != found.get(n, ...)]
        return "\n".join(
            f"  {n}: {expected.get(n, '-')!r:.200} / {found.get(n, '-')!r:.200}" for n in sorted(names)
        )
    return f"  {expected!r:.200} / {found!r:.200}"
