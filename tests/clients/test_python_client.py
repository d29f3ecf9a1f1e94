"""A Python client generated from the document by openapi-python-client, used against a running service."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from types import ModuleType
from typing import Any
from uuid import uuid4

import attrs
import pytest

from tests.clients.conftest import DOCUMENT, PACKAGE, Connect, Package, generate

PASSWORD = "correct horse battery"

_numbers = count(1)


@pytest.fixture
def models(package: Package) -> ModuleType:
    return package.models


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has registered and logged in."""

    username: str
    client: Any
    tokens: Any


class Calls:
    """The operations by module and name: `calls.posts.get_post(...)`; each answer is held to the generated types."""

    def __init__(self, package: Package, tag: str = "") -> None:
        self._package, self._tag = package, tag

    def __getattr__(self, name: str) -> Any:
        if not self._tag:
            return Calls(self._package, name)
        operation = self._package.module(f"api.{self._tag}.{name}")
        return lambda *arguments, **named: _held(operation.sync_detailed(*arguments, **named))


def _held(answer: Any) -> Any:
    """Return `answer` if it has been parsed without a rest: what was sent, and nothing that is not declared."""
    if not answer.content:
        assert answer.parsed is None
    elif isinstance(answer.parsed, list):
        assert [_sent(one) for one in answer.parsed] == json.loads(answer.content)
    else:
        assert _sent(answer.parsed) == json.loads(answer.content)
    return answer


def _sent(parsed: Any) -> Any:
    """Return a parsed value as the service sent it."""
    for part in _parts(parsed):
        assert not getattr(part, "additional_properties", None), f"{part} has more than is declared"
    return json.loads(json.dumps(parsed.to_dict()).replace('+00:00"', 'Z"'))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [part for one in value for part in _parts(one)]
    if not attrs.has(type(value)):
        return []
    return [value, *_parts([getattr(value, field.name) for field in attrs.fields(type(value))])]


@pytest.fixture
def calls(package: Package) -> Calls:
    return Calls(package)


@pytest.fixture
def log_in(calls: Calls, connect: Connect, models: ModuleType) -> Callable[[], Account]:
    """Return a function that registers somebody new and logs them in."""

    def enter() -> Account:
        username = f"ada{next(_numbers)}"
        email = f"{username}@example.org"
        registered = calls.users.register_user(
            client=connect(), body=models.Registration(username=username, email=email, password=PASSWORD)
        )
        assert (registered.status_code, type(registered.parsed)) == (201, models.User)
        credentials = models.Credentials(email=email, password=PASSWORD)
        tokens = calls.auth.log_in(client=connect(), body=credentials).parsed
        assert type(tokens) is models.Tokens
        assert tokens.user == registered.parsed
        return Account(username, connect(tokens.access_token), tokens)

    return enter


def problem(answer: Any, kind: type, status: int, code: str) -> Any:
    """Return what was parsed if it is a problem of this generated class, which alone says status and code."""
    assert type(answer.parsed) is kind, answer
    assert (answer.status_code, answer.parsed.status, answer.parsed.code) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.parsed


def write(account: Account, calls: Calls, models: ModuleType, title: str, **more: Any) -> Any:
    body = models.NewPost(title=title, body=f"# {title}\n\nIt weaves *patterns*.", **more)
    answer = calls.posts.create_post(client=account.client, body=body)
    assert (answer.status_code, type(answer.parsed)) == (201, models.Post)
    return answer.parsed


class TestJourney:
    def test_from_registration_to_logging_out(self, calls, connect, log_in, models):
        ada = log_in()

        refreshed = calls.auth.refresh_tokens(client=connect(ada.tokens.refresh_token)).parsed
        assert type(refreshed) is models.Tokens
        client = connect(refreshed.access_token)
        assert calls.auth.get_me(client=client).parsed == ada.tokens.user

        draft = write(ada, calls, models, "The analytical engine", tags=["Engines", "Poetry"])
        assert (draft.status, draft.published_at) == (models.PostStatus.DRAFT, None)
        assert [tag.name for tag in draft.tags] == ["Engines", "Poetry"]
        hidden = calls.posts.get_post(draft.id, client=connect())
        problem(hidden, models.NotFoundProblem, 404, "NOT_FOUND")

        published = calls.posts.publish_post(draft.id, client=client)
        assert published.parsed.status is models.PostStatus.PUBLISHED
        assert published.parsed.published_at >= draft.created_at

        comment = calls.comments.create_comment(
            draft.id, client=client, body=models.NewComment(body="Well *said*.")
        ).parsed
        assert (comment.depth, comment.author.username) == (0, ada.username)
        (thread,) = calls.comments.list_comments(draft.id, client=connect()).parsed
        assert (type(thread), thread.id) == (models.ThreadComment, comment.id)

        assert calls.auth.log_out(client=client).status_code == 204
        problem(calls.auth.get_me(client=client), models.TokenRevokedProblem, 401, "TOKEN_REVOKED")

    def test_a_list_is_read_to_its_end_by_cursor(self, calls, connect, log_in, models):
        ada = log_in()
        written = [write(ada, calls, models, f"Note {number}").id for number in range(5)]
        for post_id in written:
            calls.posts.publish_post(post_id, client=ada.client)
        found, after = [], {}
        while True:
            answer = calls.posts.list_posts(client=connect(), author=ada.username, per_page=2, **after)
            assert {type(one) for one in answer.parsed} <= {models.PostSummary}
            found += answer.parsed
            if 'rel="next"' not in answer.headers["Link"]:
                break
            after = {"after": answer.parsed[-1].cursor}
        assert [post.id for post in found] == written[::-1]

    def test_what_has_not_changed_is_not_sent_again(self, calls, connect, log_in, models):
        ada = log_in()
        post = write(ada, calls, models, "Once")
        first = calls.posts.get_post(post.id, client=ada.client)
        again = calls.posts.get_post(post.id, client=ada.client, if_none_match=first.headers["ETag"])
        assert (again.status_code, again.content, again.parsed) == (304, b"", None)
        changed = calls.posts.update_post(
            post.id,
            client=ada.client,
            if_match=first.headers["ETag"],
            body=models.PostChanges(title="Twice"),
        )
        assert (changed.parsed.title, changed.parsed.body) == ("Twice", post.body)
        newer = calls.posts.get_post(post.id, client=ada.client, if_none_match=first.headers["ETag"])
        assert (newer.status_code, newer.parsed) == (200, changed.parsed)

    def test_the_asynchronous_calls_are_as_good(self, connect, package):
        list_posts = package.module("api.posts.list_posts")

        async def ask() -> Any:
            async with connect() as client:
                return await list_posts.asyncio_detailed(client=client, author="nobody")

        answer = asyncio.run(ask())
        assert (answer.status_code, answer.parsed) == (200, [])


class TestProblems:
    """Each is told apart by its class; the unions are taken apart by `code`."""

    def test_stale_write(self, calls, log_in, models):
        ada = log_in()
        post_id = write(ada, calls, models, "Stale").id
        etag = calls.posts.get_post(post_id, client=ada.client).headers["ETag"]
        stale = {"client": ada.client, "if_match": etag}
        first = calls.posts.update_post(post_id, **stale, body=models.PostChanges(title="First"))
        assert (first.status_code, first.parsed.title) == (200, "First")
        second = calls.posts.update_post(post_id, **stale, body=models.PostChanges(title="Second"))
        problem(second, models.PreconditionFailedProblem, 412, "PRECONDITION_FAILED")
        assert calls.posts.get_post(post_id, client=ada.client).parsed == first.parsed

    def test_conflicts(self, calls, connect, log_in, models):
        ada = log_in()
        taken = write(ada, calls, models, "Taken").slug
        body = models.NewPost(title="Another", body="", slug=taken)
        again = calls.posts.create_post(client=ada.client, body=body)
        problem(again, models.SlugTakenProblem, 409, "SLUG_TAKEN")

        given = {"username": ada.username, "email": ada.tokens.user.email, "password": PASSWORD}
        same_name = calls.users.register_user(
            client=connect(), body=models.Registration(**given | {"email": "other@example.org"})
        )
        problem(same_name, models.UsernameTakenProblem, 409, "USERNAME_TAKEN")
        same_email = calls.users.register_user(
            client=connect(), body=models.Registration(**given | {"username": "other"})
        )
        problem(same_email, models.EmailTakenProblem, 409, "EMAIL_TAKEN")

    def test_invalid_input(self, calls, log_in, models):
        body = models.NewPost(title="x" * 201, body="", tags=[""])
        answer = calls.posts.create_post(client=log_in().client, body=body)
        refused = problem(answer, models.InvalidInputProblem, 400, "INVALID_INPUT")
        assert [(error.pointer, error.code) for error in refused.errors] == [
            ("/title", "TOO_LONG"),
            ("/tags/0", "TOO_SHORT"),
            ("/tags/0", "INVALID_FORMAT"),
        ]

    def test_who_may_not(self, calls, connect, log_in, models):
        ada, other = log_in(), log_in()
        post = write(ada, calls, models, "Hers")
        calls.posts.publish_post(post.id, client=ada.client)
        theirs = calls.posts.unpublish_post(post.id, client=other.client)
        problem(theirs, models.NotYourPostProblem, 403, "NOT_YOUR_POST")
        anonymous = calls.auth.get_me(client=connect())
        problem(anonymous, models.UnauthorizedProblem, 401, "UNAUTHORIZED")
        forged = calls.auth.get_me(client=connect("forged"))
        problem(forged, models.InvalidTokenProblem, 401, "INVALID_TOKEN")
        wrong = models.Credentials(email=ada.tokens.user.email, password="not this one")
        refused = calls.auth.log_in(client=connect(), body=wrong)
        problem(refused, models.InvalidCredentialsProblem, 401, "INVALID_CREDENTIALS")

    def test_not_found(self, calls, connect, models):
        absent = calls.posts.get_post(uuid4(), client=connect())
        problem(absent, models.NotFoundProblem, 404, "NOT_FOUND")
        image = calls.media.get_media(f"{'0' * 64}.png", client=connect())
        problem(image, models.NotFoundProblem, 404, "NOT_FOUND")


class TestPackage:
    def test_every_operation_has_a_module_under_its_tag(self, package):
        paths = json.loads(DOCUMENT.read_bytes())["paths"].values()
        operations = [operation for item in paths for operation in item.values()]
        wanted = {f"{one['tags'][0].replace('-', '_')}/{_snake(one['operationId'])}" for one in operations}
        modules = (package.folder / "api").glob("*/[!_]*.py")
        assert {f"{path.parent.name}/{path.stem}" for path in modules} == wanted

    def test_every_schema_has_a_class_of_its_name(self, models):
        schemas = json.loads(DOCUMENT.read_bytes())["components"]["schemas"]
        assert set(schemas) - set(models.__all__) == set()

    def test_it_is_typed(self, package):
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "../mypy", "-p", PACKAGE]
        done = subprocess.run(command, cwd=package.folder.parent, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_a_warning_of_the_generator_would_be_seen(self, tmp_path):
        document = json.loads(DOCUMENT.read_bytes())
        document["paths"]["/api/hello"]["get"]["responses"]["200"]["content"] = {"image/x": {"schema": {}}}
        planted = tmp_path / "openapi.json"
        planted.write_text(json.dumps(document))
        done = generate(planted, tmp_path / PACKAGE)
        assert done.returncode == 1
        assert "Unsupported content_type image/x" in done.stdout + done.stderr


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
