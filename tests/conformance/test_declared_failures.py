"""Provokes every error response that an operation declares, with requests generated from the document.

What follows from the state of one feature (409, 403 of a rule) is tested with that feature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.app import create_app
from service.config import load_settings
from service.contract.checks.conformance import ContractChecker
from service.core.api_keys import ApiKeyParts, new_secret, write_api_key
from service.core.scopes import SCOPES
from service.models.base import utcnow
from service.models.users import User
from tests.accounts import bearer_header, tokens_of
from tests.conformance.conftest import BODY_LIMIT, RawResponse, Request, ServiceInstances
from tests.conformance.example_calls import Operation, operations_of
from tests.conformance.fault_injection import SECRET
from tests.conformance.seed import ADMIN, ALICE
from tests.contract_check import check
from tests.factories import create_api_key

# Tests are made from the document before there is a database: it is the same with any.
OPERATIONS = operations_of(
    create_app(load_settings("testing", {"VAR_DIR": "var"})).extensions["api"].document
)


def each_that(condition: Callable[[Operation], bool]) -> pytest.MarkDecorator:
    """Run the test for every operation that meets the condition; there must be one."""
    chosen = [operation for operation in OPERATIONS if condition(operation)]
    assert chosen
    return pytest.mark.parametrize("operation", chosen, ids=str)


def declares(status: int) -> pytest.MarkDecorator:
    return each_that(lambda operation: str(status) in operation.statuses)


class Caller:
    """Sends the example of an operation, changed in one respect, and holds the answer to the document."""

    def __init__(self, instances: ServiceInstances) -> None:
        self._instances = instances
        self._conformance = ContractChecker(instances.document)
        self._tokens = {account.name: self._tokens_of(account.id) for account in (ALICE, ADMIN)}

    def __call__(
        self,
        operation: Operation,
        *,
        path: str | None = None,
        body: bytes | None = None,
        token: bool = True,
        account: str = ADMIN.name,
        **headers: str | None,
    ) -> RawResponse:
        sent = {**operation.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token and operation.declared["security"]:
            access, refresh = self._tokens[account]
            sent["Authorization"] = f"Bearer {refresh if operation.takes_refresh_token else access}"
        request = Request(
            operation.method,
            operation.path() if path is None else path,
            {name: value for name, value in sent.items() if value is not None},
            operation.body if body is None else body,
        )
        answer = self._instances.testing.send(request)
        observed = check(
            self._conformance,
            request.method,
            request.path.partition("?")[0],
            answer.status,
            answer.headers,
            answer.body,
        )
        assert observed is not None
        assert observed.operation_id == operation.id
        assert SECRET.encode() not in answer.body
        return answer

    def api_key(self, scopes: Iterable[str], **given: Any) -> str:
        """Return a key of the administrator with these scopes."""
        with self._instances.app.app_context():
            return create_api_key(User(id=ADMIN.id), scopes, **given)[1]

    def _tokens_of(self, user_id: int) -> tuple[str, str]:
        with self._instances.app.app_context():
            tokens = tokens_of(User(id=user_id))
        return tokens.access_token, tokens.refresh_token


@pytest.fixture(scope="session")
def call(instances: ServiceInstances) -> Caller:
    return Caller(instances)


@each_that(lambda _: True)
def test_400_for_what_is_not_declared(call: Caller, operation: Operation) -> None:
    answer = call(operation, path=operation.path(undeclared="1"))
    assert (answer.status, answer.json["code"]) == (400, "INVALID_INPUT")
    assert [error["parameter"] for error in answer.json["errors"]] == ["undeclared"]


@each_that(lambda operation: operation.needs_token)
def test_401_without_a_token(call: Caller, operation: Operation) -> None:
    answer = call(operation, token=False)
    assert (answer.status, answer.json["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@each_that(lambda operation: bool(operation.declared["security"]))
def test_401_with_a_bad_token(call: Caller, operation: Operation) -> None:
    answer = call(operation, token=False, Authorization="Bearer junk")
    assert (answer.status, answer.json["code"]) == (401, "INVALID_TOKEN")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@each_that(lambda operation: bool(operation.scopes))
class TestApiKey:
    def test_403_without_the_scope(self, call: Caller, operation: Operation) -> None:
        (scope,) = operation.scopes
        answer = call(operation, token=False, **bearer_header(call.api_key(set(SCOPES) - {scope})))
        assert (answer.status, answer.json["code"]) == (403, "INSUFFICIENT_SCOPE")
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        assert answer.headers["www-authenticate"] == challenge

    def test_accepted_with_the_scope(self, call: Caller, operation: Operation) -> None:
        """It is not refused for its credential: the fault comes after that."""
        answer = call(operation, token=False, X_Fault="bug", **bearer_header(call.api_key(operation.scopes)))
        assert answer.status == 500

    def test_401_that_has_expired(self, call: Caller, operation: Operation) -> None:
        key = call.api_key(operation.scopes, expires_at=utcnow())
        answer = call(operation, token=False, **bearer_header(key))
        assert (answer.status, answer.json["code"]) == (401, "API_KEY_EXPIRED")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'

    def test_401_that_is_unknown(self, call: Caller, operation: Operation) -> None:
        key = write_api_key(ApiKeyParts(UUID(int=1), new_secret()))
        answer = call(operation, token=False, **bearer_header(key))
        assert (answer.status, answer.json["code"]) == (401, "INVALID_API_KEY")


@each_that(lambda operation: bool(operation.declared["security"]) and not operation.scopes)
def test_403_with_an_api_key_where_none_is_accepted(call: Caller, operation: Operation) -> None:
    answer = call(operation, token=False, **bearer_header(call.api_key(SCOPES)))
    assert (answer.status, answer.json["code"]) == (403, "API_KEY_NOT_ACCEPTED")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_no_operation_that_needs_a_step_up_accepts_api_keys() -> None:
    guarded = [each for each in OPERATIONS if "StepUpRequired" in json.dumps(each.declared["responses"])]
    assert guarded
    assert [each.id for each in guarded if each.scopes] == []


def test_each_scope_is_required_by_an_operation() -> None:
    assert {scope for each in OPERATIONS for scope in each.scopes} == set(SCOPES)


@each_that(lambda operation: "SecondFactorSetupRequired" in str(operation.declared["responses"].get("403")))
def test_403_without_the_second_factor_that_is_required(
    call: Caller, instances: ServiceInstances, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(instances.app.extensions["settings"], require_second_factor=("admin",))
    monkeypatch.setitem(instances.app.extensions, "settings", settings)
    answer = call(operation)
    assert (answer.status, answer.json["code"]) == (403, "SECOND_FACTOR_SETUP_REQUIRED")


@each_that(lambda operation: "404" in operation.statuses and "{" in operation.template)
def test_404_for_what_is_not_there(call: Caller, operation: Operation) -> None:
    answer = call(operation, path=operation.path(absent=True))
    assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")


@declares(412)
def test_412_for_another_version(call: Caller, operation: Operation) -> None:
    account = ALICE.name if "{comment_id}" in operation.template else ADMIN.name
    answer = call(operation, account=account, If_Match='"another"')
    assert (answer.status, answer.json["code"]) == (412, "PRECONDITION_FAILED")


@each_that(lambda operation: operation.takes("If-Match"))
@pytest.mark.parametrize("tag", ["another", '"one" "two"', "", "W/", '"' + "x" * 1000 + '"'])
def test_400_for_what_is_no_entity_tag(call: Caller, operation: Operation, tag: str) -> None:
    answer = call(operation, If_Match=tag)
    assert answer.status == 400
    assert [error["parameter"] for error in answer.json["errors"]] == ["If-Match"]


@each_that(lambda operation: operation.takes_json)
def test_400_for_what_is_no_json(call: Caller, operation: Operation) -> None:
    answer = call(operation, body=b'{"name": ')
    assert (answer.status, answer.json["code"]) == (400, "MALFORMED_JSON")


@declares(413)
def test_413_for_one_byte_too_many(call: Caller, operation: Operation) -> None:
    assert operation.body is not None
    padding = b" " * (BODY_LIMIT - len(operation.body))
    assert call(operation, body=operation.body + padding + b" ").status == 413
    # One less is refused by nothing but the fault.
    assert call(operation, body=operation.body + padding, X_Fault="bug").status == 500


@declares(415)
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_415_for_another_media_type(call: Caller, operation: Operation, media_type: str | None) -> None:
    answer = call(operation, Content_Type=media_type)
    assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@declares(428)
def test_428_without_a_condition(call: Caller, operation: Operation) -> None:
    answer = call(operation, If_Match=None)
    assert (answer.status, answer.json["code"]) == (428, "PRECONDITION_REQUIRED")


@declares(500)
def test_500_for_a_bug(call: Caller, operation: Operation) -> None:
    answer = call(operation, X_Fault="bug")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL_SERVER_ERROR")


@declares(503)
def test_503_without_a_database(call: Caller, operation: Operation) -> None:
    answer = call(operation, X_Fault="database")
    assert (answer.status, answer.json["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0


@each_that(lambda operation: "RateLimit" in operation.declared["responses"].get("500", {}).get("headers", {}))
@pytest.mark.parametrize(("fault", "status"), [("bug", 500), ("database", 503)])
def test_a_call_that_failed_was_counted(call: Caller, operation: Operation, fault: str, status: int) -> None:
    answer = call(operation, X_Fault=f"late {fault}" if operation.needs_token else fault)
    assert answer.status == status
    assert {"ratelimit", "ratelimit-policy"} <= answer.headers.keys()


@each_that(lambda operation: "500" not in operation.statuses)
def test_what_declares_no_500_needs_no_sql(call: Caller, operation: Operation) -> None:
    assert "503" not in operation.statuses
    assert call(operation, X_Fault="bug").status < 300
