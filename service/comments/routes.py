"""The operations on comments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.comments import actions, queries
from service.comments.schemas import (
    COMMENT_EXAMPLE,
    POST_EXAMPLE,
    changes_input,
    comment_input,
    comment_output,
    list_arguments,
    ns,
    thread_output,
)
from service.contract import (
    Resource,
    authenticated,
    conditional,
    honours_if_match,
    if_match,
    links,
    optional,
    parameters,
    payload,
    raises,
    response_headers,
)
from service.contract.types import INT64_MAX
from service.core.cursors import LIST_HEADERS, list_headers, part_asked_for
from service.core.identity import current_user, current_user_or_none

OF_POST = {"post_id": {"description": "The id of the post.", "example": POST_EXAMPLE}}
OF_COMMENT = {**OF_POST, "comment_id": {"description": "The comment's number.", "example": COMMENT_EXAMPLE}}
_THE_COMMENT = {"post_id": "$request.path.post_id", "comment_id": "$response.body#/id"}


@ns.route("")
@ns.doc(params=OF_POST)
class Comments(Resource):
    """The comments on one post."""

    @ns.doc(id="listComments")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(thread_output, description="One part of the comments")
    @response_headers(LIST_HEADERS)
    @optional
    def get(self, post_id: UUID) -> Any:
        """List what was said under a post, oldest first.

        An answer comes after the comment it answers, so that one pass makes the tree of `parent_id`s. A deleted
        comment is listed, emptied, while there are answers below it.
        """
        part = part_asked_for(parameters(), largest=INT64_MAX)
        found = queries.list_comments(current_user_or_none(), post_id, part)
        return found.items, 200, list_headers(found)

    @ns.doc(id="createComment")
    @ns.expect(comment_input)
    @ns.marshal_with(comment_output, code=201, description="The comment was written")
    @raises(actions.CommentsClosed, actions.ParentNotFound, actions.TooDeep)
    @links(
        GetComment={"operationId": "getComment", "parameters": _THE_COMMENT},
        UpdateComment={"operationId": "updateComment", "parameters": _THE_COMMENT},
        DeleteComment={"operationId": "deleteComment", "parameters": _THE_COMMENT},
    )
    @authenticated()
    def post(self, post_id: UUID) -> Any:
        """Comment on a published post, or answer a comment there; every account may."""
        made = actions.create_comment(current_user(), post_id, **payload())
        return made, 201, {"Location": f"/api/posts/{post_id}/comments/{made.id}"}


@ns.route("/<int(min=1):comment_id>")
@ns.doc(params=OF_COMMENT)
class Comment(Resource):
    """One comment."""

    @ns.doc(id="getComment")
    @ns.marshal_with(comment_output, description="The comment")
    @conditional
    @optional
    def get(self, post_id: UUID, comment_id: int) -> Any:
        """Show a comment; a deleted one is gone."""
        return queries.get_comment(current_user_or_none(), post_id, comment_id)

    @ns.doc(id="updateComment")
    @ns.expect(changes_input)
    @ns.marshal_with(comment_output, description="The comment as it is now")
    @honours_if_match
    @raises(actions.NotYourComment, actions.EditWindowClosed)
    @authenticated()
    def patch(self, post_id: UUID, comment_id: int) -> Any:
        """Edit one's own comment, within 15 minutes after it was written."""
        return actions.update_comment(current_user(), post_id, comment_id, if_match(), **payload())

    @ns.doc(id="deleteComment")
    @ns.response(204, "The comment is deleted")
    @honours_if_match
    @raises(actions.NotYourComment)
    @authenticated()
    def delete(self, post_id: UUID, comment_id: int) -> Any:
        """Delete a comment: one's own, any under one's own post, any at all as an editor."""
        actions.delete_comment(current_user(), post_id, comment_id, if_match())
        return None, 204
