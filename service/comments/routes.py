"""Routes /api/posts/{post_id}/comments* and /api/comments; logic is in actions, queries and moderation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.comments import actions, queries
from service.comments.moderation import CommentFilters, list_moderated_comments
from service.comments.schemas import (
    COMMENT_EXAMPLE,
    MODERATION_FILTERS,
    POST_EXAMPLE,
    changes_input,
    comment_input,
    comment_output,
    list_arguments,
    moderated_output,
    moderation_arguments,
    ns,
    thread_output,
)
from service.contract import (
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    conditional_get,
    if_match,
    openapi_links,
    optional_auth_or_api_key,
    parameters,
    payload,
    raises,
    response_example,
    response_headers,
)
from service.contract.types import INT64_MAX
from service.core.authorization import owner_only, owner_or
from service.core.cursor_pagination import PAGINATION_HEADERS, pagination_headers, requested_page
from service.core.identity import current_user, current_user_or_none
from service.core.permissions import can_edit_all_posts, can_write_posts

OF_POST = {"post_id": {"description": "ID of the post.", "example": POST_EXAMPLE}}
OF_COMMENT = {**OF_POST, "comment_id": {"description": "ID of the comment.", "example": COMMENT_EXAMPLE}}
_THE_POST = {"post_id": "$response.body#/post_id"}
_THE_COMMENT = {**_THE_POST, "comment_id": "$response.body#/id"}
_GET = Link("getComment", "Get the comment.", _THE_COMMENT)
_CHANGE = (
    Link("updateComment", "Update the comment.", _THE_COMMENT),
    Link("deleteComment", "Delete the comment.", _THE_COMMENT),
)
_REPLY = Link("createComment", "Reply to the comment.", _THE_POST, body={"parent_id": "$response.body#/id"})
_ALL = Link("listComments", "List the comments on the post.", _THE_POST)
_FIRST = {"post_id": "$response.body#/0/post_id", "comment_id": "$response.body#/0/id"}
_FIRST_MODERATED = {"post_id": "$response.body#/0/post/id", "comment_id": "$response.body#/0/id"}


@ns.route("/posts/<uuid:post_id>/comments")
@ns.doc(params=OF_POST)
class Comments(Resource):
    """The comments on a post."""

    @ns.doc(id="listComments")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(thread_output, description="A page of comments")
    @openapi_links(
        Link("getComment", "Get the first comment.", _FIRST),
        Link(
            "createComment",
            "Reply to the first comment.",
            {"post_id": "$request.path.post_id"},
            body={"parent_id": "$response.body#/0/id"},
        ),
        Link(
            "listComments",
            "List the comments after the first.",
            {"post_id": "$request.path.post_id", "after": "$response.body#/0/cursor"},
        ),
    )
    @response_headers(PAGINATION_HEADERS)
    @optional_auth_or_api_key("comments:read")
    @owner_or(can_edit_all_posts)
    def get(self, post_id: UUID) -> Any:
        """List the comments on a post, oldest first.

        A reply always comes after its parent, so that the tree of `parent_id`s can be built in one pass. Deleted
        comments are listed without author and text while they have replies.
        """
        page_request = requested_page(parameters(), max_id=INT64_MAX)
        page = queries.list_comments(current_user_or_none(), post_id, page_request)
        return page.items, 200, pagination_headers(page)

    @ns.doc(id="createComment")
    @ns.expect(comment_input)
    @ns.marshal_with(comment_output, code=201, description="The created comment")
    @raises(actions.CommentsClosed, actions.ParentNotFound, actions.TooDeep)
    @openapi_links(_GET, *_CHANGE, _REPLY, _ALL)
    @authenticated(scope="comments:write")
    @owner_or(can_edit_all_posts)
    def post(self, post_id: UUID) -> Any:
        """Create a comment or a reply on a published post. Any user can comment."""
        comment = actions.create_comment(current_user(), post_id, **payload())
        return comment, 201, {"Location": f"/api/posts/{post_id}/comments/{comment.id}"}


@ns.route("/posts/<uuid:post_id>/comments/<int(min=1):comment_id>")
@ns.doc(params=OF_COMMENT)
class Comment(Resource):
    """A comment."""

    @ns.doc(id="getComment")
    @ns.marshal_with(comment_output, description="The comment")
    @openapi_links(*_CHANGE, _REPLY, Link("getPost", "Get the post of the comment.", _THE_POST))
    @conditional_get
    @optional_auth_or_api_key("comments:read")
    @owner_or(can_edit_all_posts)
    def get(self, post_id: UUID, comment_id: int) -> Any:
        """Get a comment. Returns 404 for deleted comments."""
        return queries.get_comment(current_user_or_none(), post_id, comment_id)

    @ns.doc(id="updateComment")
    @ns.expect(changes_input)
    @ns.marshal_with(comment_output, description="The updated comment")
    @response_example(
        body="Very well *said*.",
        body_html="<p>Very well <em>said</em>.</p>\n",
        edited_at="2026-11-21T09:34:00Z",
    )
    @openapi_links(_GET, *_CHANGE, _ALL)
    @accepts_if_match
    @raises(actions.NotYourComment, actions.EditWindowClosed)
    @authenticated(scope="comments:write")
    @owner_only
    def patch(self, post_id: UUID, comment_id: int) -> Any:
        """Update a comment. Only its author can, within 15 minutes of its creation."""
        return actions.update_comment(current_user(), post_id, comment_id, if_match(), **payload())

    @ns.doc(id="deleteComment")
    @ns.response(204, "The comment was deleted")
    @accepts_if_match
    @raises(actions.NotYourComment)
    @authenticated(scope="comments:write")
    @owner_or(can_edit_all_posts)
    def delete(self, post_id: UUID, comment_id: int) -> Any:
        """Delete a comment. Its author, the author of the post, editors and admins can delete it."""
        actions.delete_comment(current_user(), post_id, comment_id, if_match())
        return None, 204


@ns.route("/comments")
class ModeratedComments(Resource):
    """The comments on all posts, for moderators."""

    @ns.doc(id="listModeratedComments")
    @ns.expect(moderation_arguments)
    @ns.marshal_list_with(moderated_output, description="A page of comments")
    @openapi_links(
        Link("getComment", "Get the first comment.", _FIRST_MODERATED),
        Link("deleteComment", "Delete the first comment.", _FIRST_MODERATED),
        Link("listComments", "List the comments on its post.", {"post_id": "$response.body#/0/post/id"}),
        Link(
            "listModeratedComments",
            "List the comments after the first.",
            {"after": "$response.body#/0/cursor"},
        ),
    )
    @response_headers(PAGINATION_HEADERS)
    @authenticated(permission=can_write_posts, scope="comments:read")
    @owner_or(can_edit_all_posts)
    def get(self) -> Any:
        """List the comments that you can moderate, across posts, newest first.

        Editors and admins get the comments on all posts, authors those on their own posts. Deleted comments and
        comments on posts in the trash are not listed.
        """
        arguments = parameters()
        filters = CommentFilters(**{name: arguments[name] for name in MODERATION_FILTERS})
        page_request = requested_page(arguments, max_id=INT64_MAX)
        page = list_moderated_comments(current_user(), filters, page_request)
        return page.items, 200, pagination_headers(page)
