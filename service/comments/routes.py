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
    Link,
    Resource,
    authenticated,
    conditional,
    example_answer,
    honours_if_match,
    if_match,
    leads_to,
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
_THE_POST = {"post_id": "$response.body#/post_id"}
_THE_COMMENT = {**_THE_POST, "comment_id": "$response.body#/id"}
_GET = Link("getComment", "Read the comment.", _THE_COMMENT)
_CHANGE = (
    Link("updateComment", "Edit it.", _THE_COMMENT),
    Link("deleteComment", "Delete it.", _THE_COMMENT),
)
_ANSWER = Link("createComment", "Answer it.", _THE_POST, body={"parent_id": "$response.body#/id"})
_ALL = Link("listComments", "All comments on the post.", _THE_POST)
_FIRST = {"post_id": "$response.body#/0/post_id", "comment_id": "$response.body#/0/id"}


@ns.route("")
@ns.doc(params=OF_POST)
class Comments(Resource):
    """The comments on one post."""

    @ns.doc(id="listComments")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(thread_output, description="One part of the comments")
    @leads_to(
        Link("getComment", "Read the first.", _FIRST),
        Link(
            "createComment",
            "Answer the first.",
            {"post_id": "$request.path.post_id"},
            body={"parent_id": "$response.body#/0/id"},
        ),
        Link(
            "listComments",
            "What follows the first.",
            {"post_id": "$request.path.post_id", "after": "$response.body#/0/cursor"},
        ),
    )
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
    @leads_to(_GET, *_CHANGE, _ANSWER, _ALL)
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
    @leads_to(*_CHANGE, _ANSWER, Link("getPost", "The post that it is about.", _THE_POST))
    @conditional
    @optional
    def get(self, post_id: UUID, comment_id: int) -> Any:
        """Show a comment; a deleted one is gone."""
        return queries.get_comment(current_user_or_none(), post_id, comment_id)

    @ns.doc(id="updateComment")
    @ns.expect(changes_input)
    @ns.marshal_with(comment_output, description="The comment as it is now")
    @example_answer(
        body="Very well *said*.",
        body_html="<p>Very well <em>said</em>.</p>\n",
        edited_at="2026-11-21T09:34:00Z",
    )
    @leads_to(_GET, *_CHANGE, _ALL)
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
