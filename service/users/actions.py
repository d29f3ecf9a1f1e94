"""Register and update user accounts, with the rules on roles and the last administrator; deletion is in `deletion`.

Lock order: the active administrators by id, then the account, then (by UPDATE) its posts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import select, update

from service.contract.problems import Conflict, Forbidden, NotFound
from service.core.audit_log import record
from service.core.common_passwords import is_common_password
from service.core.etags import without_variant
from service.core.events import emit
from service.core.identity import Identity
from service.core.passwords import hash_password
from service.core.permissions import can_manage_accounts
from service.core.sessions import revoke_tokens
from service.core.single_use_links import revoke_links_created_by, revoke_password_resets
from service.core.step_up import require_step_up
from service.extensions import db
from service.models.casefolding import casefold
from service.models.posts import Post
from service.models.users import Role
from service.models.users import User as UserRow
from service.users.email_changes import discard_email_change, mail_both_addresses, request_email_change
from service.users.queries import AdminOnly, User, full_user
from service.users.reserved_names import is_reserved


class UsernameTaken(Conflict):
    """The username is already taken (case-insensitive). Choose a different username."""

    code = "USERNAME_TAKEN"
    constraint = "uq_users_username_key"


class UsernameReserved(Conflict):
    """The username is reserved. Choose a different username."""

    code = "USERNAME_RESERVED"


class EmailTaken(Conflict):
    """The e-mail address is already used by another account. Use a different address."""

    code = "EMAIL_TAKEN"
    constraint = "uq_users_email_key"


class LastAdmin(Conflict):
    """The user is the last active administrator. Make another user an administrator first."""

    code = "LAST_ADMIN"


class NotYourAccount(Forbidden):
    """Only the owner of the account and administrators can do this."""

    code = "NOT_YOUR_ACCOUNT"


class PasswordTooCommon(Conflict):
    """The password is one of the commonest, which are guessed first. Choose a different password."""

    code = "PASSWORD_TOO_COMMON"


class Precondition(Protocol):
    """The `If-Match` precondition of an update or deletion (optimistic concurrency control)."""

    def check(self, etag: str, part: Callable[[str], str] = str) -> None:
        """Raise `PreconditionFailed` unless the precondition matches `part` of `etag`, the current entity tag."""


def register_user(
    *,
    username: str,
    email: str,
    password: str,
    display_name: str | None = None,
    bio: str = "",
    role: Role = Role.AUTHOR,
) -> User:
    """Create an account. The display name defaults to the username.

    Raise `UsernameReserved`, `PasswordTooCommon`; the unique constraints of the table raise `UsernameTaken` and
    `EmailTaken`.
    """
    password_hash = hash_registered_password(username, password)
    user = add_user(
        username=username,
        email=email,
        password_hash=password_hash,
        display_name=display_name or username,
        bio=bio,
        role=role,
    )
    return full_user(user)


def hash_registered_password(username: str, password: str) -> str:
    """Return the hash of a new account's password, before any SQL. Raise `UsernameReserved`, `PasswordTooCommon`."""
    _reject_reserved_username(username)
    reject_common_password(password)
    return hash_password(password)


def add_user(**columns: Any) -> UserRow:
    """Add an account; the unique constraints of the table raise `UsernameTaken` and `EmailTaken`."""
    user = UserRow(**columns)
    db.session.add(user)
    # The constraints decide: a SELECT for the name could not see a registration that commits before this INSERT.
    db.session.flush()
    emit("user.created", user_id=user.id)
    return user


def replace_user(
    caller: Identity, user_id: int, precondition: Precondition, *, bio: str = "", **fields: Any
) -> User:
    """Replace the profile of an account; raise as `update_user`.

    `role`, `is_active` and `comment_notifications` are not part of the profile: they change only if given.
    """
    return update_user(caller, user_id, precondition, bio=bio, **fields)


def update_user(caller: Identity, user_id: int, precondition: Precondition, **changes: Any) -> User:
    """Update the given fields of an account. A change of `role` or `is_active` revokes all its sessions.

    That and a change of the e-mail address need a step-up: whoever has the address, has the account. An address that
    its owner gives is pending until the link in a mail to it is confirmed; that of another account changes at once.

    Raise `NotFound`, `NotYourAccount`, `AdminOnly`, `StepUpRequired`, `PreconditionFailed`, `UsernameReserved`,
    `LastAdmin`, `TooManyEmailChanges`, and from the unique constraints `UsernameTaken` and `EmailTaken`.
    """
    changes_access = not changes.keys().isdisjoint({"role", "is_active"})
    admins = lock_admins() if changes_access else []
    user = lock_user_for_update(caller, user_id)
    access = {
        "role": Role(changes.get("role", user.role)),
        "is_active": changes.get("is_active", user.is_active),
    }
    access_changes = access != {"role": user.role, "is_active": user.is_active}
    if access_changes and not can_manage_accounts(caller):
        raise AdminOnly
    email_changes = _differs(user.email, changes.get("email"))
    if access_changes or email_changes:
        require_step_up(caller)
    precondition.check(full_user(user).etag, without_variant)
    if casefold(changes.get("username", user.username)) != user.username_key:
        _reject_reserved_username(changes["username"])
    pending_email = changes.pop("email") if email_changes and caller.id == user.id else None
    former_names, former_email = (user.username, user.display_name), user.email
    former_access = user.role, user.is_active
    changed = sorted(name for name, value in changes.items() if getattr(user, name) != value)
    for name, value in {**changes, **access}.items():
        setattr(user, name, value)
    is_modified = db.session.is_modified(user)
    if access_changes:
        _enforce_new_access(user, admins)
    if former_names != (user.username, user.display_name):
        bump_post_versions(user)
    db.session.flush()
    _settle_links(user, access_changes=access_changes, former_email=former_email)
    if pending_email is not None:
        request_email_change(user, pending_email)
    if is_modified or pending_email is not None:
        emit("user.updated", user_id=user.id)
    _record_changes(user, changed, former_access, pending_email)
    return full_user(user)


def stop_comment_mails(token: str) -> None:
    """Switch `comment_notifications` of an account off; raise `NotFound` for a token that no account has.

    Whoever has the token got it in a mail: it can do nothing else, and needs no login.
    """
    selected = select(UserRow).where(UserRow.unsubscribe_token == token).with_for_update(key_share=True)
    user = db.session.scalar(selected.execution_options(populate_existing=True))
    if user is None:
        raise NotFound
    if user.comment_notifications:
        user.comment_notifications = False
        db.session.flush()
        emit("user.updated", user_id=user.id)
        record("user.updated", user.id, fields=["comment_notifications"])


def reject_common_password(password: str) -> None:
    """Raise `PasswordTooCommon` if a new password is one of the commonest."""
    if is_common_password(password):
        raise PasswordTooCommon


def can_change_user(caller: Identity, user_id: int) -> bool:
    """Return whether `caller` can change an account: its owner and administrators."""
    return caller.id == user_id or can_manage_accounts(caller)


def lock_user_for_update(caller: Identity, user_id: int) -> UserRow:
    """Lock the account until the transaction ends. Raise `NotFound`, `NotYourAccount`."""
    # FOR NO KEY UPDATE: inserting a post or comment of this author takes FOR KEY SHARE and need not wait.
    user = db.session.get(UserRow, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise NotFound
    if not can_change_user(caller, user_id):
        raise NotYourAccount
    return user


def _record_changes(
    user: UserRow, changed: list[str], former_access: tuple[Role, bool], pending_email: str | None
) -> None:
    """Record each change of access or address as an action of its own, and the names of the other fields."""
    former_role, was_active = former_access
    if user.role is not former_role:
        record("user.role_changed", user.id, former_role=former_role, role=user.role)
    if user.is_active != was_active:
        record("user.activated" if user.is_active else "user.deactivated", user.id)
    if pending_email is not None:
        record("user.email_change_requested", user.id)
    if "email" in changed:
        record("user.email_changed", user.id)
    if fields := [name for name in changed if name not in {"role", "is_active", "email"}]:
        record("user.updated", user.id, fields=fields)


def _settle_links(user: UserRow, *, access_changes: bool, former_email: str | None) -> None:
    """Revoke links that were mailed to an address, or an account, that must not be let in; tell of a new address."""
    address_changes = _differs(former_email, user.email)
    if access_changes or address_changes:
        revoke_password_resets(user.id)
        discard_email_change(user)
        db.session.flush()
    if address_changes:
        mail_both_addresses(user, former_email, by_admin=True)


def _differs(former: str | None, address: str | None) -> bool:
    """Return whether the addresses are two, not two spellings of one."""
    return address is not None and (former is None or casefold(former) != casefold(address))


def lock_admins() -> list[int]:
    """Lock the active administrators until the transaction ends; return their ids in ascending order.

    They are locked before any other account and in the order of their ids, so that two administrators who demote
    each other neither both succeed nor deadlock.
    """
    active = select(UserRow.id).where(UserRow.role == Role.ADMIN, UserRow.is_active)
    return list(db.session.scalars(active.order_by(UserRow.id).with_for_update(key_share=True)))


def _enforce_new_access(user: UserRow, admins: list[int]) -> None:
    _require_remaining_admin(user, admins)
    revoke_tokens(user)
    _revoke_links_of_former_admin(user)


def _require_remaining_admin(user: UserRow, admins: list[int]) -> None:
    if admins == [user.id] and not (user.role is Role.ADMIN and user.is_active):
        raise LastAdmin


def _revoke_links_of_former_admin(user: UserRow) -> None:
    """Revoke the account's open invitations if it is no active administrator: they would be a way back in."""
    if not (user.role is Role.ADMIN and user.is_active):
        revoke_links_created_by(user.id)


def bump_post_versions(user: UserRow, **changes: Any) -> None:
    """Increment the version of the account's posts: they contain its names, so that their ETags must change."""
    posts = update(Post).where(Post.author_id == user.id).values(version=Post.version + 1, **changes)
    db.session.execute(posts, execution_options={"synchronize_session": False})


def _reject_reserved_username(username: str) -> None:
    if is_reserved(username):
        raise UsernameReserved
