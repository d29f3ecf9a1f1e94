"""What may be done to an account, by whom, and what must never happen to the last administrator?"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import select, update

from service.contract.problems import Conflict, Forbidden, NotFound
from service.core.identity import Identity
from service.core.passwords import hash_password
from service.core.sessions import end_sessions
from service.extensions import db
from service.models.folding import fold
from service.models.posts import Post
from service.models.users import Role
from service.models.users import User as UserRow
from service.users.queries import User, whole
from service.users.reserved_names import is_reserved


class UsernameTaken(Conflict):
    """Another account already has this username, in whatever case."""

    code = "USERNAME_TAKEN"
    constraint = "uq_users_username_key"


class UsernameReserved(Conflict):
    """The username is kept for the service itself."""

    code = "USERNAME_RESERVED"


class EmailTaken(Conflict):
    """Another account already has this e-mail address."""

    code = "EMAIL_TAKEN"
    constraint = "uq_users_email_key"


class LastAdmin(Conflict):
    """There must always be an active administrator, and this account is the last one."""

    code = "LAST_ADMIN"


class NotYourAccount(Forbidden):
    """Only the account's owner and administrators may do this."""

    code = "NOT_YOUR_ACCOUNT"


class AdminOnly(Forbidden):
    """Only administrators may change an account's role or activity."""

    code = "ADMIN_ONLY"


class Precondition(Protocol):
    """What the caller knows of the version it changes; `check` raises when that is not the present one."""

    def check(self, etag: str) -> None:
        """Raise `PreconditionFailed` unless `etag` is the version the caller knows."""


def register_user(
    *,
    username: str,
    email: str,
    password: str,
    display_name: str | None = None,
    bio: str = "",
    role: Role = Role.AUTHOR,
) -> User:
    """Create an account; its display name is the username unless one is given.

    Raise `UsernameReserved`. That a name or address is taken is found out by the database's own
    constraints, `UsernameTaken` and `EmailTaken`: between a look and an INSERT another may come.
    """
    _refuse_reserved(username)
    password_hash = hash_password(password)
    user = UserRow(
        username=username,
        email=email,
        password_hash=password_hash,
        display_name=display_name or username,
        bio=bio,
        role=role,
    )
    db.session.add(user)
    db.session.flush()
    return whole(user)


def replace_user(
    caller: Identity, user_id: int, precondition: Precondition, *, bio: str = "", **fields: Any
) -> User:
    """Replace all of an account's profile; errors as of `update_user`.

    Role and activity are no part of the profile: they stay as they are unless given.
    """
    return update_user(caller, user_id, precondition, bio=bio, **fields)


def update_user(caller: Identity, user_id: int, precondition: Precondition, **changes: Any) -> User:
    """Change the given fields of an account.

    A new role or activity ends all its sessions. Raise `NotFound`, `NotYourAccount`, `AdminOnly`,
    `PreconditionFailed`, `UsernameReserved`, `LastAdmin`; for taken names see `register_user`.
    """
    touches_rank = not changes.keys().isdisjoint({"role", "is_active"})
    admins = _lock_admins() if touches_rank else []
    user = _lock_for(caller, user_id)
    rank = {
        "role": Role(changes.get("role", user.role)),
        "is_active": changes.get("is_active", user.is_active),
    }
    rank_changes = rank != {"role": user.role, "is_active": user.is_active}
    if rank_changes and not caller.is_admin:
        raise AdminOnly
    precondition.check(whole(user).etag)
    if fold(changes.get("username", user.username)) != user.username_key:
        _refuse_reserved(changes["username"])
    shown_by_posts = (user.username, user.display_name)
    for name, value in {**changes, **rank}.items():
        setattr(user, name, value)
    if rank_changes:
        _keep_an_admin(user, admins)
        end_sessions(user)
    if shown_by_posts != (user.username, user.display_name):
        _renew_posts(user)
    db.session.flush()
    return whole(user)


def delete_user(caller: Identity, user_id: int, precondition: Precondition) -> None:
    """Delete an account with all its sessions; its posts stay, by a former author. Its id is never used again.

    Raise `NotFound`, `NotYourAccount`, `PreconditionFailed`, `LastAdmin`.
    """
    admins = _lock_admins()
    user = _lock_for(caller, user_id)
    precondition.check(whole(user).etag)
    if admins == [user.id]:
        raise LastAdmin
    _renew_posts(user, author_id=None)
    db.session.delete(user)
    db.session.flush()


def _lock_for(caller: Identity, user_id: int) -> UserRow:
    """Return the account, kept from changing until the transaction ends, if `caller` may change it."""
    user = db.session.get(UserRow, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise NotFound
    if caller.id != user_id and not caller.is_admin:
        raise NotYourAccount
    return user


def _lock_admins() -> list[int]:
    """Return the ids of the active administrators, who stay such until the transaction ends.

    They are locked before any other account and in one order, so that two administrators who demote
    each other neither both succeed nor wait for each other for ever.
    """
    active = select(UserRow.id).where(UserRow.role == Role.ADMIN, UserRow.is_active)
    return list(db.session.scalars(active.order_by(UserRow.id).with_for_update(key_share=True)))


def _keep_an_admin(user: UserRow, admins: list[int]) -> None:
    if admins == [user.id] and not (user.role is Role.ADMIN and user.is_active):
        raise LastAdmin


def _renew_posts(user: UserRow, **changes: Any) -> None:
    """Count it as a change of each of the account's posts, which show who wrote them."""
    posts = update(Post).where(Post.author_id == user.id).values(version=Post.version + 1, **changes)
    db.session.execute(posts, execution_options={"synchronize_session": False})


def _refuse_reserved(username: str) -> None:
    if is_reserved(username):
        raise UsernameReserved
