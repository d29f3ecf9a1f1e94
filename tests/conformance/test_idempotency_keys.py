"""Every operation that creates something accepts an `Idempotency-Key`; what the document says of it is true of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from service.contract.idempotency import KeyedRequest
from service.core.idempotency.responses import key_hash
from service.extensions import db
from service.models.base import utcnow
from service.models.idempotency_keys import IdempotencyKey
from tests.conformance.conftest import ServiceInstances
from tests.conformance.example_calls import Operation
from tests.conformance.seed import ADMIN
from tests.conformance.test_declared_failures import OPERATIONS, Caller, call, each_that
from tests.conftest import on_postgresql

__all__ = ["call"]

# Of the operations that create nothing by their status, those that nobody may carry out twice.
OTHERS = frozenset({"rotateWebhookSecret"})
takes_a_key = each_that(lambda operation: operation.takes("Idempotency-Key"))


def creates(operation: Operation) -> bool:
    return operation.method.upper() == "POST" and not operation.statuses.isdisjoint({"201", "202"})


def test_the_operations_are_those_that_create_something() -> None:
    creating = {operation.id for operation in OPERATIONS if creates(operation)}
    assert {each.id for each in OPERATIONS if each.takes("Idempotency-Key")} == creating | OTHERS
    assert {"createPost", "uploadMedia", "createImport", "createWebhook", "registerUser"} <= creating
    assert not {"logIn", "refreshTokens"} & creating


@takes_a_key
def test_it_is_never_required(operation: Operation) -> None:
    assert "Idempotency-Key" not in operation.headers


@takes_a_key
@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
def test_400_for_what_is_no_key(call: Caller, operation: Operation, key: str) -> None:
    answer = call(operation, Idempotency_Key=key)
    assert answer.status == 400
    assert [error["parameter"] for error in answer.json["errors"]] == ["Idempotency-Key"]


@takes_a_key
def test_409_for_another_request_with_the_key(
    call: Caller, operation: Operation, instances: ServiceInstances
) -> None:
    key = str(uuid4())
    with instances.app.app_context(), db.engine.begin() as connection:
        connection.execute(row(operation, key))
    answer = call(operation, Idempotency_Key=key)
    assert (answer.status, answer.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@on_postgresql
@takes_a_key
def test_409_while_the_first_request_is_carried_out(
    call: Caller, operation: Operation, instances: ServiceInstances
) -> None:
    key = str(uuid4())
    with unfinished(instances, row(operation, key)):
        answer = call(operation, Idempotency_Key=key)
    assert (answer.status, answer.json["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert answer.headers["retry-after"] == "1"


def row(operation: Operation, key: str) -> Any:
    """Return the INSERT of a key that the caller of an operation has used for something else."""
    caller = SimpleNamespace(id=ADMIN.id) if operation.declared["security"] else None
    request = KeyedRequest(caller, key, bytes(32))
    expires_at = utcnow() + timedelta(hours=1)
    return sa.insert(IdempotencyKey).values(
        key_hash=key_hash(request), fingerprint=request.fingerprint, expires_at=expires_at
    )


@contextmanager
def unfinished(instances: ServiceInstances, insert: Any) -> Iterator[None]:
    """Let another transaction be about to use a key for as long as the block lasts."""
    with instances.app.app_context(), db.engine.connect() as connection:
        connection.execute(insert)
        yield
        connection.rollback()
