"""Those who call every operation: the columns of the table, each with its credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session as DatabaseSession

from service.core.database import transaction
from service.core.scopes import SCOPES
from service.extensions import db
from service.models.base import utcnow
from service.models.sessions import Session
from service.models.users import Role, User
from tests.accounts import claims_in, tokens_of
from tests.conformance.example_calls import Operation
from tests.conformance.seed import ADMIN, ALICE, BOB, Account
from tests.factories import create_api_key, create_user

# Alice owns what the table is about; Bob is an author too.
OWNER, AUTHOR = "owner", "author"
ANONYMOUS, READER, EDITOR, ADMINISTRATOR = "anonymous", "reader", "editor", "admin"
SUSPENDED = "suspended"  # an administrator whose account was closed after the log-in
KEY = "key"  # an API key of the owner, with every scope
NO_SCOPE = "no-scope"  # an API key of an administrator, without the scope of the operation
OLD_LOGIN = "old-login"  # an administrator who has logged in long ago
NO_2FA = "no-2fa"  # an administrator who has to set up a second factor first
CALLERS = (
    *(ANONYMOUS, READER, OWNER, AUTHOR, EDITOR, ADMINISTRATOR),
    *(SUSPENDED, KEY, NO_SCOPE, OLD_LOGIN, NO_2FA),
)
_SCOPE, _OTHER_SCOPE = "tags:read", "jobs:read"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who sends requests: an account, None for anonymous ones, and what is sent to authenticate it.

    `other_key` is sent where the operation asks for the scope that the first key has.
    """

    name: str
    user_id: int | None = None
    role: Role | None = None
    email: str | None = None
    access: str | None = None
    refresh: str | None = None
    other_key: str | None = None

    def headers(self, operation: Operation) -> Mapping[str, str]:
        """Return the header that authenticates a request."""
        token = self.refresh if operation.takes_refresh_token else self.access
        if self.other_key and operation.scopes == [_SCOPE]:
            token = self.other_key
        return {} if token is None else {"Authorization": f"Bearer {token}"}


def create_callers() -> list[Caller]:
    """Return the callers, in the order of `CALLERS`, in a database that is seeded as for a contract run."""
    alice, bob, admin = (_seeded(account) for account in (ALICE, BOB, ADMIN))
    callers = [
        Caller(ANONYMOUS),
        _logged_in(READER, _account(Role.READER, alice)),
        _logged_in(OWNER, alice),
        _logged_in(AUTHOR, bob),
        _logged_in(EDITOR, _account(Role.EDITOR, alice)),
        _logged_in(ADMINISTRATOR, admin),
        _suspended(),
        _with_key(KEY, alice, SCOPES),
        replace(_with_key(NO_SCOPE, admin, [_SCOPE]), other_key=create_api_key(admin, [_OTHER_SCOPE])[1]),
        _old_login(admin),
        _logged_in(NO_2FA, _account(Role.ADMIN, alice)),
    ]
    assert [caller.name for caller in callers] == list(CALLERS)
    return callers


def _seeded(account: Account) -> User:
    # An open session would keep an SQLite database to itself.
    with DatabaseSession(db.engine) as session:
        return session.get_one(User, account.id)


def _account(role: Role, like: User) -> User:
    """Return an account with the password of another one: that of the examples."""
    return create_user(role=role, password_hash=like.password_hash)


def _logged_in(name: str, user: User) -> Caller:
    tokens = tokens_of(user)
    return Caller(name, user.id, user.role, user.email, tokens.access_token, tokens.refresh_token)


def _suspended() -> Caller:
    user = create_user(role=Role.ADMIN)
    caller = _logged_in(SUSPENDED, user)
    with transaction() as session:
        session.execute(update(User).where(User.id == user.id).values(is_active=False))
    return caller


def _with_key(name: str, user: User, scopes: Iterable[str]) -> Caller:
    _, key = create_api_key(user, scopes)
    return Caller(name, user.id, user.role, user.email, key, key)


def _old_login(user: User) -> Caller:
    caller = _logged_in(OLD_LOGIN, user)
    session_id = UUID(claims_in(caller.access or "")["sid"])
    long_ago = {"authenticated_at": utcnow() - timedelta(days=2)}
    with transaction() as session:
        session.execute(update(Session).where(Session.id == session_id).values(long_ago))
    return caller
