"""What may be done to a comment, by whom and for how long, and what becomes of the answers to it?

Locks are taken in one order everywhere: the account, the post, then comments from an answer up to what it answers.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from service.comments.queries import Comment, Guards, written_comment
from service.contract.calls import IfMatch
from service.contract.problems import Conflict, Forbidden, NotFound
from service.core.identity import Identity
from service.core.markdown import render_comment
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import DEPTH_MAX
from service.models.comments import Comment as CommentRow
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.permissions import may_edit, may_read

# Long enough to mend a slip, too short to change what others have answered to.
EDIT_WINDOW = timedelta(minutes=15)


class CommentsClosed(Conflict):
    """Only a published post takes comments; this one is archived or a draft."""

    code = "COMMENTS_CLOSED"


class ParentNotFound(Conflict):
    """The comment to be answered is deleted, or was never under this post."""

    code = "PARENT_NOT_FOUND"


class TooDeep(Conflict):
    """The thread is as deep as it gets; answer a comment further up."""

    code = "TOO_DEEP"


class NotYourComment(Forbidden):
    """Only its author may edit a comment; it may be deleted by its author, the post's author and editors."""

    code = "NOT_YOUR_COMMENT"


class EditWindowClosed(Forbidden):
    """A comment may be edited for 15 minutes after it was written."""

    code = "EDIT_WINDOW_CLOSED"


def create_comment(caller: Identity, post_id: UUID, *, body: str, parent_id: int | None = None) -> Comment:
    """Comment on a published post, or answer the comment `parent_id` there.

    Raise `NotFound` for a post that `caller` may not read, `CommentsClosed`, `ParentNotFound`, `TooDeep`.
    """
    body_html = render_comment(body)
    author = _hold_account(caller)
    if _hold_post(caller, post_id).status is not PostStatus.PUBLISHED:
        raise CommentsClosed
    made = CommentRow(
        post_id=post_id, author=author, body=body, body_html=body_html, created_at=utcnow(), depth=0
    )
    if parent_id is not None:
        _put_below(made, parent_id)
    db.session.add(made)
    db.session.flush()
    return written_comment(made)


def update_comment(
    caller: Identity, post_id: UUID, comment_id: int, condition: IfMatch, *, body: str
) -> Comment:
    """Change what a comment says. A change that changes nothing is no new version.

    Raise `NotFound`, `NotYourComment`, `EditWindowClosed`, `PreconditionFailed`.
    """
    body_html = render_comment(body)
    _hold_post(caller, post_id)
    comment = _hold_comment(post_id, comment_id)
    if caller.id != comment.author_id:
        raise NotYourComment
    now = utcnow()
    if now - comment.created_at > EDIT_WINDOW:
        raise EditWindowClosed
    condition.check(written_comment(comment).etag)
    if body != comment.body:
        comment.body, comment.body_html, comment.edited_at = body, body_html, now
        db.session.flush()
    return written_comment(comment)


def delete_comment(caller: Identity, post_id: UUID, comment_id: int, condition: IfMatch) -> None:
    """Delete a comment: its place stays while there are answers below, what it said does not.

    Raise `NotFound`, `NotYourComment`, `PreconditionFailed`.
    """
    post = _hold_post(caller, post_id)
    comment = _hold_comment(post_id, comment_id)
    if caller.id != comment.author_id and not may_edit(caller, post):
        raise NotYourComment
    condition.check(written_comment(comment).etag)
    if _has_answers(comment.id):
        comment.deleted_at = utcnow()
        comment.author, comment.body, comment.body_html, comment.edited_at = None, "", "", None
        db.session.flush()
    else:
        _remove(comment)


def _hold_account(caller: Identity) -> User:
    """Return the caller's account, kept from being deleted until the transaction ends."""
    lock = {"read": True, "key_share": True}
    account = db.session.get(User, caller.id, with_for_update=lock, populate_existing=True)
    if account is None:
        raise TokenRevoked
    return account


def _hold_post(caller: Identity, post_id: UUID) -> Guards:
    """Return who may do what to the post, which is kept from being purged; `NotFound` if `caller` may not read it."""
    found = select(Post.author_id, Post.status, Post.trashed_at).where(Post.id == post_id)
    row = db.session.execute(found.with_for_update(read=True, key_share=True)).one_or_none()
    if row is None or not may_read(caller, post := Guards(*row)):
        raise NotFound
    return post


def _hold_comment(post_id: UUID, comment_id: int) -> CommentRow:
    """Return a comment with its author, kept from changing and from being answered until the transaction ends."""
    found = select(CommentRow).where(CommentRow.id == comment_id, CommentRow.post_id == post_id)
    comment = db.session.scalar(
        found.options(joinedload(CommentRow.author))
        .with_for_update(of=CommentRow)
        .execution_options(populate_existing=True)
    )
    if comment is None or comment.deleted_at is not None:
        raise NotFound
    return comment


def _put_below(made: CommentRow, parent_id: int) -> None:
    """Make a new comment an answer to another one, which is kept from being deleted until the transaction ends."""
    parent = db.session.get(CommentRow, parent_id, with_for_update={"read": True}, populate_existing=True)
    if parent is None or parent.post_id != made.post_id or parent.deleted_at is not None:
        raise ParentNotFound
    if parent.depth >= DEPTH_MAX:
        raise TooDeep
    made.parent_id, made.depth = parent.id, parent.depth + 1
    # Whatever the clocks of two servers say, an answer is listed after what it answers.
    made.created_at = max(made.created_at, parent.created_at)


def _has_answers(comment_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(CommentRow.parent_id == comment_id))))


def _remove(comment: CommentRow) -> None:
    """Delete the row, and those of deleted comments above it to which nothing answers any more."""
    last: CommentRow | None = comment
    while last is not None:
        parent_id = last.parent_id
        db.session.delete(last)
        db.session.flush()
        last = None if parent_id is None else _unneeded(parent_id)


def _unneeded(comment_id: int) -> CommentRow | None:
    """Return the comment, kept from being answered, if it is deleted and only its answers kept it."""
    comment = db.session.get(CommentRow, comment_id, with_for_update=True, populate_existing=True)
    if comment is None or comment.deleted_at is None or _has_answers(comment_id):
        return None
    return comment
