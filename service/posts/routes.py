"""The operations on posts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.contract import (
    NotFound,
    Resource,
    Unauthorized,
    authenticated,
    conditional_on,
    example_answer,
    honours_if_match,
    if_match,
    leads_to,
    optional,
    parameters,
    payload,
    public,
    raises,
    requires_if_match,
    response_headers,
)
from service.core.cursors import LIST_HEADERS, list_headers, part_asked_for
from service.core.identity import current_user, current_user_or_none
from service.core.paging import PAGE_HEADERS, Page, page_arguments, page_headers
from service.core.permissions import may_write
from service.posts import actions, links, listing, publishing, queries
from service.posts.addresses import SlugTaken
from service.posts.arguments import FILTERS, list_arguments, redirect_arguments, user_list_arguments
from service.posts.schemas import (
    changes_input,
    month_output,
    ns,
    post_input,
    post_output,
    redirect_output,
    replacement_defaults,
    replacement_input,
    summary_output,
    trashed_output,
)

POST_ID = {"post_id": {"description": "The post's id.", "example": "019aa44d-c27d-7e3e-bc8b-db37c2131658"}}


def _wanted(**more: Any) -> listing.Wanted:
    """Return which posts the request's filters ask for."""
    return listing.Wanted(**{name: parameters()[name] for name in FILTERS}, **more)


def tag_of_post(post_id: UUID) -> str | None:
    """Return the entity tag of the post, for 304; None if the caller may not read it."""
    return queries.current_tag(current_user_or_none(), post_id=post_id)


def tag_of_slug(slug: str) -> str | None:
    """Return the entity tag of the post at this slug, for 304; None if there is none, or none for the caller."""
    return queries.current_tag(current_user_or_none(), slug=slug)


def moved(location: str) -> Response:
    """Return the redirection to where a thing is now, without a body."""
    response = Response(status=308, headers={"Location": location})
    del response.headers["Content-Type"]
    return response


@ns.route("/posts")
class Posts(Resource):
    """All posts."""

    @ns.doc(id="listPosts")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(summary_output, description="A part of the list")
    @leads_to(*links.LIST)
    @response_headers(LIST_HEADERS)
    @raises(Unauthorized)
    @optional
    def get(self) -> Any:
        """List posts, newest publication first.

        Without a token only what is published; `status` asks for others, which needs one.
        """
        wanted = _wanted(author=parameters().author)
        found = listing.list_posts(current_user_or_none(), wanted, part_asked_for(parameters()))
        return found.items, 200, list_headers(found)

    @ns.doc(id="createPost")
    @ns.expect(post_input)
    @ns.marshal_with(post_output, code=201, description="The draft")
    @leads_to(*links.DRAFT)
    @example_answer(status="draft", published_at=None)
    @raises(SlugTaken)
    @authenticated(may=may_write)
    def post(self) -> Any:
        """Write a draft. Publishing it is a step of its own."""
        made = actions.create_post(current_user(), **payload())
        return made, 201, {"Location": f"/api/posts/{made.id}"}


@ns.route("/posts/<uuid:post_id>")
@ns.doc(params=POST_ID)
class OnePost(Resource):
    """One post."""

    @ns.doc(id="getPost")
    @ns.marshal_with(post_output, description="The post")
    @leads_to(*links.IN_ANY_STATE)
    @conditional_on(tag_of_post)
    @optional
    def get(self, post_id: UUID) -> Any:
        """Show a post: published and archived ones to anyone, a draft to its author and editors."""
        return queries.get_post(current_user_or_none(), post_id)

    @ns.doc(id="replacePost")
    @ns.expect(replacement_input)
    @ns.marshal_with(post_output, description="The post as it is now")
    @leads_to(*links.IN_ANY_STATE)
    @requires_if_match
    @raises(actions.NotYourPost, SlugTaken)
    @authenticated(may=may_write)
    def put(self, post_id: UUID) -> Any:
        """Replace what a post says. What is left out is taken away, except the slug; the state stays."""
        fields = {**replacement_defaults, **payload()}
        return actions.replace_post(current_user(), post_id, if_match(), **fields)

    @ns.doc(id="updatePost")
    @ns.expect(changes_input)
    @ns.marshal_with(post_output, description="The post as it is now")
    @leads_to(*links.IN_ANY_STATE)
    @requires_if_match
    @raises(actions.NotYourPost, SlugTaken)
    @authenticated(may=may_write)
    def patch(self, post_id: UUID) -> Any:
        """Change some of what a post says; the state stays."""
        return actions.update_post(current_user(), post_id, if_match(), **payload())

    @ns.doc(id="deletePost")
    @ns.response(204, "The post is in the trash")
    @leads_to(*links.IN_TRASH)
    @honours_if_match
    @raises(actions.NotYourPost)
    @authenticated(may=may_write)
    def delete(self, post_id: UUID) -> Any:
        """Put a post into the trash, from which it can be restored."""
        actions.trash_post(current_user(), post_id, if_match())
        return None, 204


@ns.route("/posts/slug/<string(maxlength=120):slug>")
@ns.doc(
    params={"slug": {"description": "The post's slug, or one it had.", "example": "the-analytical-engine"}}
)
class PostBySlug(Resource):
    """The post at a slug."""

    @ns.doc(id="getPostBySlug")
    @ns.marshal_with(post_output, description="The post")
    @leads_to(*links.IN_ANY_STATE)
    @ns.response(308, "The post has moved to another slug")
    @conditional_on(tag_of_slug)
    @optional
    def get(self, slug: str) -> Any:
        """Show the post at a slug; from a slug that it had, be sent to the one that it has."""
        found = queries.get_post_by_slug(current_user_or_none(), slug)
        if isinstance(found, queries.PostKey):
            return moved(f"/api/posts/slug/{found.slug}")
        return found


@ns.route("/posts/<uuid:post_id>/publish")
@ns.doc(params=POST_ID)
class Publish(Resource):
    """The publication of a post."""

    @ns.doc(id="publishPost")
    @ns.marshal_with(post_output, description="The published post")
    @leads_to(*links.PUBLISHED)
    @honours_if_match
    @raises(actions.NotYourPost, publishing.AlreadyPublished)
    @authenticated(may=may_write)
    def post(self, post_id: UUID) -> Any:
        """Publish a draft, or an archived post again. The instant of its first publication stays."""
        return publishing.publish_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/unpublish")
@ns.doc(params=POST_ID)
class Unpublish(Resource):
    """The withdrawal of a post."""

    @ns.doc(id="unpublishPost")
    @ns.marshal_with(post_output, description="The draft")
    @leads_to(*links.DRAFT)
    @example_answer(status="draft")
    @honours_if_match
    @raises(actions.NotYourPost, publishing.AlreadyDraft)
    @authenticated(may=may_write)
    def post(self, post_id: UUID) -> Any:
        """Make a published or archived post a draft again."""
        return publishing.unpublish_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/archive")
@ns.doc(params=POST_ID)
class Archive(Resource):
    """The archiving of a post."""

    @ns.doc(id="archivePost")
    @ns.marshal_with(post_output, description="The archived post")
    @leads_to(*links.ARCHIVED)
    @example_answer(status="archived")
    @honours_if_match
    @raises(actions.NotYourPost, publishing.NotPublished)
    @authenticated(may=may_write)
    def post(self, post_id: UUID) -> Any:
        """Take a published post out of all lists. It can still be read at its address."""
        return publishing.archive_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/restore")
@ns.doc(params=POST_ID)
class Restore(Resource):
    """The way back out of the trash."""

    @ns.doc(id="restorePost")
    @ns.marshal_with(post_output, description="The post, in the state that it had")
    @leads_to(*links.IN_ANY_STATE)
    @raises(actions.NotYourPost, actions.NotInTrash)
    @authenticated(may=may_write)
    def post(self, post_id: UUID) -> Any:
        """Take a post out of the trash, in the state that it had."""
        return actions.restore_post(current_user(), post_id)


@ns.route("/posts/trash")
class Trash(Resource):
    """What has been deleted."""

    @ns.doc(id="listTrash")
    @ns.expect(page_arguments)
    @ns.marshal_list_with(trashed_output, description="One page of the trash")
    @leads_to(*links.TRASH)
    @response_headers(PAGE_HEADERS)
    @authenticated()
    def get(self) -> Any:
        """List one's own posts in the trash, for editors everyone's, last deleted first."""
        found = listing.list_trash(current_user(), Page(parameters().page, parameters().per_page))
        return found.items, 200, page_headers(found)


@ns.route("/posts/trash/<uuid:post_id>")
@ns.doc(params=POST_ID)
class Trashed(Resource):
    """One post in the trash."""

    @ns.doc(id="purgePost")
    @ns.response(204, "The post is gone for ever")
    @authenticated(may=may_write)
    def delete(self, post_id: UUID) -> Any:
        """Delete a post in the trash for ever, with its comments and addresses."""
        actions.purge_post(current_user(), post_id)
        return None, 204


@ns.route("/posts/archive")
class PostArchive(Resource):
    """The months in which posts were published."""

    @ns.doc(id="getPostArchive")
    @ns.marshal_list_with(month_output, description="Every month with posts")
    @leads_to(*links.MONTHS)
    @public
    def get(self) -> Any:
        """Count the published posts of each month, newest first."""
        return queries.months_of_posts()


@ns.route("/users/<int(min=1):user_id>/posts")
@ns.doc(params={"user_id": {"description": "The id of the account.", "example": 1001}})
class UserPosts(Resource):
    """The posts of one account."""

    @ns.doc(id="listUserPosts")
    @ns.expect(user_list_arguments)
    @ns.marshal_list_with(summary_output, description="A part of the list")
    @leads_to(*links.LIST_OF_USER)
    @response_headers(LIST_HEADERS)
    @raises(Unauthorized)
    @optional
    def get(self, user_id: int) -> Any:
        """List the posts of an account, newest publication first; otherwise as the list of all posts."""
        wanted = _wanted(author_id=user_id)
        found = listing.list_user_posts(current_user_or_none(), user_id, wanted, part_asked_for(parameters()))
        return found.items, 200, list_headers(found)


@ns.route("/redirects")
class Redirects(Resource):
    """The addresses that posts had on earlier sites."""

    @ns.doc(id="lookUpRedirect")
    @ns.expect(redirect_arguments)
    @ns.marshal_with(redirect_output, description="The post that the path stands for")
    @leads_to(*links.FOUND)
    @raises(NotFound)
    @optional
    def get(self) -> Any:
        """Find the post that a path of an earlier site stands for."""
        return queries.look_up_redirect(current_user_or_none(), parameters().path)
