"""Delete user accounts: at once, or after a grace period in which their owners can cancel."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from service.config import settings
from service.core.audit_log import record
from service.core.etags import without_variant
from service.core.events import emit
from service.core.identity import Identity
from service.core.mail.sending import send_mail
from service.core.single_use_links import revoke_links_created_by
from service.core.step_up import require_step_up
from service.extensions import db
from service.media.actions import delete_if_unused
from service.models.base import utcnow
from service.models.posts import FAILURE_REASONS, Post, PostStatus, PublicationFailure
from service.models.users import User as UserRow
from service.users.actions import (
    LastAdmin,
    Precondition,
    bump_post_versions,
    lock_admins,
    lock_user_for_update,
)
from service.users.mails import account_deleted_mail, deletion_scheduled_mail
from service.users.queries import User, full_user


def delete_user(caller: Identity, user_id: int, precondition: Precondition) -> User | None:
    """Delete an account; return None, or the account if it is deleted after `ACCOUNT_DELETION_DAYS` only.

    Administrators delete those of others at once: the grace period is for people who change their mind about their own.
    To ask again moves no date.

    Raise `NotFound`, `NotYourAccount`, `StepUpRequired`, `PreconditionFailed`, `LastAdmin`.
    """
    admins = lock_admins()
    user = lock_user_for_update(caller, user_id)
    require_step_up(caller)
    precondition.check(full_user(user).etag, without_variant)
    if admins == [user.id]:
        raise LastAdmin
    if caller.id == user.id and settings().account_deletion_days > 0:
        return _schedule(user)
    _delete(user)
    return None


def cancel_deletion(caller: Identity, user_id: int) -> User:
    """Keep an account that was to be deleted; any other is kept anyway. Raise `NotFound`, `NotYourAccount`."""
    user = lock_user_for_update(caller, user_id)
    if user.deletion_at is not None:
        user.deletion_at = None
        db.session.flush()
        emit("user.updated", user_id=user.id)
        record("user.deletion_cancelled", user.id)
    return full_user(user)


def delete_due_account() -> int:
    """Delete the account whose time came first, and mail its owner; return how many, 1 or 0.

    The last active administrator is left until there is another one.
    """
    admins = lock_admins()
    due = select(UserRow).where(UserRow.deletion_at <= utcnow())
    if len(admins) == 1:
        due = due.where(UserRow.id != admins[0])
    user = db.session.scalar(
        # Locked: a cancellation at this moment is seen.
        due.order_by(UserRow.deletion_at).limit(1).with_for_update().execution_options(populate_existing=True)
    )
    if user is None:
        return 0
    if user.email is not None and user.is_active:
        send_mail(account_deleted_mail, to=user.email, username=user.username)
    _delete(user)
    return 1


def _schedule(user: UserRow) -> User:
    if user.deletion_at is None:
        user.deletion_at = utcnow() + timedelta(days=settings().account_deletion_days)
        db.session.flush()
        send_mail(deletion_scheduled_mail, to=user.id, user_id=user.id)
        emit("user.updated", user_id=user.id)
        record("user.deletion_scheduled", user.id, deletion_at=user.deletion_at)
    return full_user(user)


def _delete(user: UserRow) -> None:
    """Delete an account with its sessions. Its posts and comments lose their author. The id is never reused."""
    # Before the row goes: ON DELETE SET NULL would clear the author too, but leave the versions of the posts, and
    # with them their ETags, as they were.
    _unschedule_posts(user)
    bump_post_versions(user, author_id=None)
    revoke_links_created_by(user.id)
    emit("user.deleted", user_id=user.id)
    db.session.delete(user)
    db.session.flush()
    if user.avatar_id is not None:
        delete_if_unused(user.avatar_id)


def _unschedule_posts(user: UserRow) -> None:
    """Make the account's scheduled posts drafts: nobody is left who has asked for their publication."""
    scheduled = (
        update(Post)
        .where(Post.author_id == user.id, Post.status == PostStatus.SCHEDULED)
        .values(
            status=PostStatus.DRAFT,
            scheduled_at=None,
            listed_at=func.coalesce(Post.published_at, Post.created_at),
            publication_failure=PublicationFailure.AUTHOR_DELETED,
            updated_at=utcnow(),
        )
        .returning(Post.id)
    )
    reason = FAILURE_REASONS[PublicationFailure.AUTHOR_DELETED]
    for post_id in db.session.scalars(scheduled, execution_options={"synchronize_session": False}).all():
        emit("post.publication_failed", post_id=post_id, author_id=None, reason=reason)
