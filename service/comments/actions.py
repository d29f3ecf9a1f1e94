"""Create, update and delete comments, with their edit window and the soft deletion of comments that have replies.

Row locks are taken in one order everywhere: the account, the post, then comments from a reply up to its ancestors.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from service.comments.queries import Comment, PostAccessRow, comment_from_row
from service.contract.problems import Conflict, Forbidden, NotFound
from service.contract.validated_request import IfMatch
from service.core.etags import without_variant
from service.core.events import emit
from service.core.identity import Identity
from service.core.markdown import render_comment
from service.core.tokens import TokenRevoked
from service.extensions import db
from service.models.base import utcnow
from service.models.comments import DEPTH_MAX
from service.models.comments import Comment as CommentRow
from service.models.posts import Post, PostStatus
from service.models.users import User
from service.posts.permissions import can_edit_post, can_read_post

# Long enough to correct a mistake, too short to change what others have replied to.
EDIT_WINDOW = timedelta(minutes=15)


class CommentsClosed(Conflict):
    """Comments are closed: only published posts accept comments, this one is a draft or archived."""

    code = "COMMENTS_CLOSED"


class ParentNotFound(Conflict):
    """The parent comment was deleted or does not belong to this post. Reply to another comment."""

    code = "PARENT_NOT_FOUND"


class TooDeep(Conflict):
    """The maximum reply depth is reached. Reply to a comment further up."""

    code = "TOO_DEEP"


class NotYourComment(Forbidden):
    """Only its author can edit a comment. Its author, the author of the post and editors can delete it."""

    code = "NOT_YOUR_COMMENT"


class EditWindowClosed(Forbidden):
    """A comment can be edited only within 15 minutes of its creation. Delete it and write a new one."""

    code = "EDIT_WINDOW_CLOSED"


def create_comment(caller: Identity, post_id: UUID, *, body: str, parent_id: int | None = None) -> Comment:
    """Create a comment on a published post, or a reply to its comment `parent_id`.

    Raise `NotFound` for a post that `caller` cannot read, `CommentsClosed`, `ParentNotFound`, `TooDeep`.
    """
    # Rendered before the first lock: no other request should wait for it.
    body_html = render_comment(body)
    author = _lock_account(caller)
    if _lock_post(caller, post_id).status is not PostStatus.PUBLISHED:
        raise CommentsClosed
    comment = CommentRow(
        post_id=post_id, author=author, body=body, body_html=body_html, created_at=utcnow(), depth=0
    )
    if parent_id is not None:
        _attach_to_parent(comment, parent_id)
    db.session.add(comment)
    db.session.flush()
    emit("comment.created", comment_id=comment.id, post_id=post_id, author_id=caller.id)
    return comment_from_row(comment)


def update_comment(
    caller: Identity, post_id: UUID, comment_id: int, precondition: IfMatch, *, body: str
) -> Comment:
    """Update the text of a comment. The same text makes no new version.

    Raise `NotFound`, `NotYourComment`, `EditWindowClosed`, `PreconditionFailed`.
    """
    body_html = render_comment(body)
    _lock_post(caller, post_id)
    comment = _lock_comment(post_id, comment_id)
    if caller.id != comment.author_id:
        raise NotYourComment
    now = utcnow()
    if now - comment.created_at > EDIT_WINDOW:
        raise EditWindowClosed
    precondition.check(comment_from_row(comment).etag, without_variant)
    if body != comment.body:
        comment.body, comment.body_html, comment.edited_at = body, body_html, now
        db.session.flush()
        emit("comment.updated", comment_id=comment_id, post_id=post_id, author_id=caller.id)
    return comment_from_row(comment)


def delete_comment(caller: Identity, post_id: UUID, comment_id: int, precondition: IfMatch) -> None:
    """Delete a comment. With replies it is soft-deleted: the row stays without author and text, as their parent.

    Raise `NotFound`, `NotYourComment`, `PreconditionFailed`.
    """
    post = _lock_post(caller, post_id)
    comment = _lock_comment(post_id, comment_id)
    if caller.id != comment.author_id and not can_edit_post(caller, post):
        raise NotYourComment
    precondition.check(comment_from_row(comment).etag, without_variant)
    emit("comment.deleted", comment_id=comment_id, post_id=post_id, author_id=comment.author_id)
    if _has_replies(comment.id):
        comment.deleted_at = utcnow()
        comment.author, comment.body, comment.body_html, comment.edited_at = None, "", "", None
        db.session.flush()
    else:
        _delete_with_empty_ancestors(comment)


def _lock_account(caller: Identity) -> User:
    """Lock the caller's account against deletion until the transaction ends; raise `TokenRevoked` if it is gone."""
    # FOR KEY SHARE, which the foreign key of the INSERT would take anyway: taken first, the order of locks is kept and
    # a deleted account is a 401 instead of a constraint violation.
    lock = {"read": True, "key_share": True}
    account = db.session.get(User, caller.id, with_for_update=lock, populate_existing=True)
    if account is None:
        raise TokenRevoked
    return account


def _lock_post(caller: Identity, post_id: UUID) -> PostAccessRow:
    """Lock the post against deletion; return its access columns. Raise `NotFound` if `caller` cannot read it."""
    access = select(Post.author_id, Post.status, Post.trashed_at).where(Post.id == post_id)
    row = db.session.execute(access.with_for_update(read=True, key_share=True)).one_or_none()
    if row is None or not can_read_post(caller, post := PostAccessRow(*row)):
        raise NotFound
    return post


def _lock_comment(post_id: UUID, comment_id: int) -> CommentRow:
    """Lock a comment, with its author loaded, against changes and replies until the transaction ends."""
    selected = select(CommentRow).where(CommentRow.id == comment_id, CommentRow.post_id == post_id)
    comment = db.session.scalar(
        selected.options(joinedload(CommentRow.author))
        # OF comments only: PostgreSQL cannot lock the nullable side of an outer join.
        .with_for_update(of=CommentRow)
        .execution_options(populate_existing=True)
    )
    if comment is None or comment.deleted_at is not None:
        raise NotFound
    return comment


def _attach_to_parent(reply: CommentRow, parent_id: int) -> None:
    """Make a new comment a reply. The parent is locked FOR SHARE, against deletion, until the transaction ends."""
    parent = db.session.get(CommentRow, parent_id, with_for_update={"read": True}, populate_existing=True)
    if parent is None or parent.post_id != reply.post_id or parent.deleted_at is not None:
        raise ParentNotFound
    if parent.depth >= DEPTH_MAX:
        raise TooDeep
    reply.parent_id, reply.depth = parent.id, parent.depth + 1
    # A reply must be listed after its parent, also if the clock of this server is behind that of another one.
    reply.created_at = max(reply.created_at, parent.created_at)


def _has_replies(comment_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(CommentRow.parent_id == comment_id))))


def _delete_with_empty_ancestors(comment: CommentRow) -> None:
    """Delete the row, and the rows of its soft-deleted ancestors that have no replies left."""
    current: CommentRow | None = comment
    while current is not None:
        parent_id = current.parent_id
        db.session.delete(current)
        db.session.flush()
        current = None if parent_id is None else _deleted_parent_without_replies(parent_id)


def _deleted_parent_without_replies(comment_id: int) -> CommentRow | None:
    """Lock and return the comment if it is soft-deleted and has no replies; otherwise return None."""
    comment = db.session.get(CommentRow, comment_id, with_for_update=True, populate_existing=True)
    if comment is None or comment.deleted_at is None or _has_replies(comment_id):
        return None
    return comment
