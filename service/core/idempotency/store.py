"""Keeps responses under their idempotency key, in the transaction of what was done: both are there, or neither.

The row is added by the first statement of that transaction, so that what a method does before it (a file is read and
stored, a password hashed) holds no lock. Another request with the key waits for the end of the transaction, for as long
as for any lock, and then finds the row. One that arrives later finds it before a transaction begins. So a request with
a key takes three statements more, and one without a key none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.contract import Problem
from service.contract.idempotency import (
    KEPT_HOURS,
    AlreadyAnswered,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    KeptResponse,
    KeyedRequest,
)
from service.core.database import read_connection
from service.core.idempotency.responses import decrypted, encrypted, key_hash
from service.extensions import db
from service.models.base import utcnow
from service.models.idempotency_keys import IdempotencyKey

_CLAIM = "idempotency_claim"
_LOCK_NOT_AVAILABLE = "55P03"

_FIND = select(IdempotencyKey.fingerprint, IdempotencyKey.response).where(
    IdempotencyKey.key_hash == bindparam("hash"), IdempotencyKey.expires_at > bindparam("now")
)


class _Store:
    """The `IdempotencyStore` of the service."""

    def find(self, request: KeyedRequest) -> KeptResponse | None:
        """Return the response to an earlier request with this key, if there is one. One statement."""
        return _find(read_connection(), request)

    @contextmanager
    def attempt(self, request: KeyedRequest) -> Iterator[Callable[[KeptResponse], None]]:
        """Let the first statement of the session's transaction claim the key; yield what keeps the response.

        An attempt that keeps none leaves no row, also if its transaction is committed.
        """
        session = db.session()
        claim = session.info[_CLAIM] = Claim(request)
        try:
            yield lambda response: claim.keep(session, response)
        except Problem as problem:
            if problem.commit_on_raise:
                claim.withdraw(session)
            raise
        else:
            claim.withdraw(session)
        finally:
            del session.info[_CLAIM]


IDEMPOTENCY_STORE = _Store()


class Claim:
    """The claim of one transaction to carry out the request with a key."""

    def __init__(self, request: KeyedRequest) -> None:
        self._request = request
        self._key_hash = key_hash(request)
        self._is_made = self._is_kept = False

    def make(self, connection: Connection) -> None:
        """Add the row; raise `AlreadyAnswered`, `IdempotencyKeyReused` or `IdempotencyKeyInUse` if there is one."""
        if self._is_made:
            return
        self._is_made = True
        now = utcnow()
        try:
            is_mine = connection.execute(self._insert(connection, now)).one_or_none() is not None
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                raise IdempotencyKeyInUse from None
            raise
        if is_mine:
            return
        kept = _find(connection, self._request)
        if kept is None:  # it expired between the two statements
            raise IdempotencyKeyInUse
        raise AlreadyAnswered(kept)

    def keep(self, session: Session, response: KeptResponse) -> None:
        """Keep the response, until the key expires."""
        connection = session.connection()
        self.make(connection)  # a method without a statement has claimed nothing
        sealed = encrypted(response, self._request)
        connection.execute(update(IdempotencyKey).where(self._is_row).values(response=sealed))
        self._is_kept = True

    def withdraw(self, session: Session) -> None:
        """Delete the row, unless it has a response."""
        if self._is_made and not self._is_kept:
            session.connection().execute(delete(IdempotencyKey).where(self._is_row))

    @property
    def _is_row(self) -> Any:
        return IdempotencyKey.key_hash == self._key_hash

    def _insert(self, connection: Connection, now: datetime) -> Any:
        """Return the INSERT, which takes the place of a row that has expired. It returns a row if the claim is made."""
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = {
            "fingerprint": self._request.fingerprint,
            "response": None,
            "created_at": now,
            "expires_at": now + timedelta(hours=KEPT_HOURS),
        }
        statement = insert(IdempotencyKey).values(key_hash=self._key_hash, **row)
        return statement.on_conflict_do_update(
            index_elements=[IdempotencyKey.key_hash], set_=row, where=IdempotencyKey.expires_at <= now
        ).returning(IdempotencyKey.key_hash)


def _find(connection: Connection, request: KeyedRequest) -> KeptResponse | None:
    row = connection.execute(_FIND, {"hash": key_hash(request), "now": utcnow()}).one_or_none()
    if row is None:
        return None
    if row.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    return decrypted(row.response, request)


@event.listens_for(Session, "after_begin")
def _claim(session: Session, _transaction: Any, connection: Connection) -> None:
    claim: Claim | None = session.info.get(_CLAIM)
    if claim is not None:
        claim.make(connection)
