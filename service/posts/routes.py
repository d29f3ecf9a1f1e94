"""Routes /api/posts*, /api/users/{id}/posts and /api/redirects; logic is in actions and queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from service.contract import (
    NotFound,
    Resource,
    Unauthorized,
    accepts_if_match,
    authenticated,
    body_optional,
    conditional_get_by,
    if_match,
    openapi_links,
    parameters,
    payload,
    public,
    raises,
    requires_if_match,
    response_example,
    response_headers,
)
from service.contract.types import timestamp
from service.core.cursor_pagination import PAGINATION_HEADERS, pagination_headers, requested_page
from service.core.identity import current_user, current_user_or_none
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers, pagination_arguments
from service.core.permissions import can_write_posts
from service.posts import actions, links, listing, publishing, queries, scheduling
from service.posts.arguments import FILTERS, list_arguments, redirect_arguments, user_list_arguments
from service.posts.authorization import edits_a_post, reads_posts, reads_trash
from service.posts.images import IMAGE_PROBLEMS
from service.posts.schemas import (
    SCHEDULE_EXAMPLE,
    changes_input,
    month_output,
    ns,
    post_input,
    post_output,
    publication_input,
    redirect_output,
    replacement_defaults,
    replacement_input,
    schedule_input,
    summary_output,
    trashed_output,
)
from service.posts.slugs import SlugTaken

POST_ID = {"post_id": {"description": "ID of the post.", "example": "019aa44d-c27d-7e3e-bc8b-db37c2131658"}}


def _post_filters(**more: Any) -> listing.PostFilters:
    """Return the filters of the request, with `more` from elsewhere."""
    return listing.PostFilters(**{name: parameters()[name] for name in FILTERS}, **more)


def _instant_or_none(name: str) -> datetime | None:
    """Return an instant in the body; None if it is not sent."""
    text = payload().get(name)
    return None if text is None else timestamp(text)


def post_etag(post_id: UUID) -> str | None:
    """Return the ETag of the post for `If-None-Match`; None if the caller cannot read it."""
    return queries.current_etag(current_user_or_none(), post_id=post_id)


def post_etag_by_slug(slug: str) -> str | None:
    """Return the ETag of the post with this slug for `If-None-Match`; None if the caller can read none."""
    return queries.current_etag(current_user_or_none(), slug=slug)


def permanent_redirect(location: str) -> Response:
    """Return a 308 response without a body, and so without a Content-Type."""
    response = Response(status=308, headers={"Location": location})
    del response.headers["Content-Type"]
    return response


@ns.route("/posts")
class Posts(Resource):
    """The collection of posts."""

    @ns.doc(id="listPosts")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(summary_output, description="A page of posts")
    @openapi_links(*links.LIST)
    @response_headers(PAGINATION_HEADERS)
    @raises(Unauthorized)
    @reads_posts
    def get(self) -> Any:
        """List posts, newest first.

        Without a token only published posts are returned. Listing posts of another `status` requires a token.
        """
        filters = _post_filters(author=parameters().author)
        page = listing.list_posts(current_user_or_none(), filters, requested_page(parameters()))
        return page.items, 200, pagination_headers(page)

    @ns.doc(id="createPost")
    @ns.expect(post_input)
    @ns.marshal_with(post_output, code=201, description="The created draft")
    @openapi_links(*links.DRAFT)
    @response_example(status="draft", published_at=None)
    @raises(SlugTaken, *IMAGE_PROBLEMS)
    @authenticated(permission=can_write_posts, scope="posts:write")
    def post(self) -> Any:
        """Create a draft post. Publish it with a separate request."""
        post = actions.create_post(current_user(), **payload())
        return post, 201, {"Location": f"/api/posts/{post.id}"}


@ns.route("/posts/<uuid:post_id>")
@ns.doc(params=POST_ID)
class OnePost(Resource):
    """A post."""

    @ns.doc(id="getPost")
    @ns.marshal_with(post_output, description="The post")
    @openapi_links(*links.IN_ANY_STATE)
    @conditional_get_by(post_etag)
    @reads_posts
    def get(self, post_id: UUID) -> Any:
        """Get a post. Drafts and scheduled posts are visible to their author and to editors only."""
        return queries.get_post(current_user_or_none(), post_id)

    @ns.doc(id="replacePost")
    @ns.expect(replacement_input)
    @ns.marshal_with(post_output, description="The updated post")
    @openapi_links(*links.IN_ANY_STATE)
    @requires_if_match
    @raises(actions.NotYourPost, SlugTaken, *IMAGE_PROBLEMS)
    @edits_a_post
    def put(self, post_id: UUID) -> Any:
        """Replace a post. Omitted fields are cleared, except the slug; the status does not change."""
        fields = {**replacement_defaults, **payload()}
        return actions.replace_post(current_user(), post_id, if_match(), **fields)

    @ns.doc(id="updatePost")
    @ns.expect(changes_input)
    @ns.marshal_with(post_output, description="The updated post")
    @openapi_links(*links.IN_ANY_STATE)
    @requires_if_match
    @raises(actions.NotYourPost, SlugTaken, *IMAGE_PROBLEMS)
    @edits_a_post
    def patch(self, post_id: UUID) -> Any:
        """Update a post. Omitted fields and the status do not change."""
        return actions.update_post(current_user(), post_id, if_match(), **payload())

    @ns.doc(id="deletePost")
    @ns.response(204, "The post was moved to the trash")
    @openapi_links(*links.IN_TRASH)
    @accepts_if_match
    @raises(actions.NotYourPost)
    @edits_a_post
    def delete(self, post_id: UUID) -> Any:
        """Move a post to the trash (soft delete). It can be restored; a scheduled post becomes a draft."""
        actions.trash_post(current_user(), post_id, if_match())
        return None, 204


@ns.route("/posts/slug/<string(maxlength=120):slug>")
@ns.doc(
    params={
        "slug": {
            "description": "Slug of the post, or one of its previous slugs.",
            "example": "the-analytical-engine",
        }
    }
)
class PostBySlug(Resource):
    """A post by its slug."""

    @ns.doc(id="getPostBySlug")
    @ns.marshal_with(post_output, description="The post")
    @openapi_links(*links.IN_ANY_STATE)
    @ns.response(308, "The post has a new slug, see `Location`")
    @conditional_get_by(post_etag_by_slug)
    @reads_posts
    def get(self, slug: str) -> Any:
        """Get a post by slug. A previous slug redirects to the current one."""
        post = queries.get_post_by_slug(current_user_or_none(), slug)
        if isinstance(post, queries.PostReference):
            return permanent_redirect(f"/api/posts/slug/{post.slug}")
        return post


@ns.route("/posts/<uuid:post_id>/publish")
@ns.doc(params=POST_ID)
class Publish(Resource):
    """Publishing of a post."""

    @ns.doc(id="publishPost")
    @ns.expect(publication_input)
    @body_optional
    @ns.marshal_with(post_output, description="The published post")
    @openapi_links(*links.PUBLISHED)
    @accepts_if_match
    @raises(
        actions.NotYourPost,
        publishing.AlreadyPublished,
        publishing.EditorOnly,
        publishing.PublishedAtInFuture,
    )
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Publish a draft, a scheduled or an archived post at once.

        `published_at` keeps the time of the first publication. Editors and admins can send another time to back-date
        the post, also if it is already published.
        """
        return publishing.publish_post(
            current_user(), post_id, if_match(), published_at=_instant_or_none("published_at")
        )


@ns.route("/posts/<uuid:post_id>/schedule")
@ns.doc(params=POST_ID)
class Schedule(Resource):
    """Scheduling of a post."""

    @ns.doc(id="schedulePost")
    @ns.expect(schedule_input)
    @ns.marshal_with(post_output, description="The scheduled post")
    @openapi_links(*links.SCHEDULED)
    @response_example(status="scheduled", scheduled_at=SCHEDULE_EXAMPLE, published_at=None)
    @accepts_if_match
    @raises(
        actions.NotYourPost,
        scheduling.NotDraft,
        scheduling.PublishAtInPast,
        scheduling.PublishAtTooFar,
        scheduling.AuthorCannotPublish,
    )
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Schedule a draft for publication, or reschedule a scheduled post.

        The newest text is published at `publish_at`, which becomes its `published_at`. If the author's account is
        deactivated or cannot publish posts by then, the post becomes a draft, see `publication_failure`.
        """
        publish_at = timestamp(payload()["publish_at"])
        return scheduling.schedule_post(current_user(), post_id, if_match(), publish_at=publish_at)


@ns.route("/posts/<uuid:post_id>/unschedule")
@ns.doc(params=POST_ID)
class Unschedule(Resource):
    """Cancellation of the schedule of a post."""

    @ns.doc(id="unschedulePost")
    @ns.marshal_with(post_output, description="The draft post")
    @openapi_links(*links.DRAFT)
    @response_example(status="draft", published_at=None)
    @accepts_if_match
    @raises(actions.NotYourPost, scheduling.NotScheduled)
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Cancel the schedule of a post. It becomes a draft again."""
        return scheduling.unschedule_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/unpublish")
@ns.doc(params=POST_ID)
class Unpublish(Resource):
    """Unpublishing of a post."""

    @ns.doc(id="unpublishPost")
    @ns.marshal_with(post_output, description="The draft post")
    @openapi_links(*links.DRAFT)
    @response_example(status="draft")
    @accepts_if_match
    @raises(actions.NotYourPost, publishing.AlreadyDraft, publishing.PostScheduled)
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Unpublish a post. A published or archived post becomes a draft again; `published_at` is kept."""
        return publishing.unpublish_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/archive")
@ns.doc(params=POST_ID)
class Archive(Resource):
    """Archiving of a post."""

    @ns.doc(id="archivePost")
    @ns.marshal_with(post_output, description="The archived post")
    @openapi_links(*links.ARCHIVED)
    @response_example(status="archived")
    @accepts_if_match
    @raises(actions.NotYourPost, publishing.NotPublished)
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Archive a published post. It is removed from lists but stays available at its URL."""
        return publishing.archive_post(current_user(), post_id, if_match())


@ns.route("/posts/<uuid:post_id>/restore")
@ns.doc(params=POST_ID)
class Restore(Resource):
    """Restoring of a post from the trash."""

    @ns.doc(id="restorePost")
    @ns.marshal_with(post_output, description="The restored post")
    @openapi_links(*links.IN_ANY_STATE)
    @raises(actions.NotYourPost, actions.NotInTrash)
    @edits_a_post
    def post(self, post_id: UUID) -> Any:
        """Restore a post from the trash. It has the same status as before, or is a draft if it was scheduled."""
        return actions.restore_post(current_user(), post_id)


@ns.route("/posts/trash")
class Trash(Resource):
    """The trash."""

    @ns.doc(id="listTrash")
    @ns.expect(pagination_arguments)
    @ns.marshal_list_with(trashed_output, description="A page of trashed posts")
    @openapi_links(*links.TRASH)
    @response_headers(PAGE_HEADERS)
    @reads_trash
    def get(self) -> Any:
        """List trashed posts, most recently deleted first. Authors see their own, editors see all."""
        posts = listing.list_trash(current_user(), PageRequest(parameters().page, parameters().per_page))
        return posts.items, 200, page_headers(posts)


@ns.route("/posts/trash/<uuid:post_id>")
@ns.doc(params=POST_ID)
class Trashed(Resource):
    """A post in the trash."""

    @ns.doc(id="purgePost")
    @ns.response(204, "The post was permanently deleted")
    @edits_a_post
    def delete(self, post_id: UUID) -> Any:
        """Permanently delete a trashed post with its comments and slugs."""
        actions.purge_post(current_user(), post_id)
        return None, 204


@ns.route("/posts/archive")
class PostArchive(Resource):
    """The monthly archive."""

    @ns.doc(id="getPostArchive")
    @ns.marshal_list_with(month_output, description="The months with published posts")
    @openapi_links(*links.MONTHS)
    @public
    def get(self) -> Any:
        """List the months with published posts, newest first, with the number of posts of each.

        A month is one of the publication's time zone (`SITE_TIME_ZONE`).
        """
        return queries.count_posts_by_month()


@ns.route("/users/<int(min=1):user_id>/posts")
@ns.doc(params={"user_id": {"description": "ID of the user.", "example": 1001}})
class UserPosts(Resource):
    """The posts of a user."""

    @ns.doc(id="listUserPosts")
    @ns.expect(user_list_arguments)
    @ns.marshal_list_with(summary_output, description="A page of posts")
    @openapi_links(*links.LIST_OF_USER)
    @response_headers(PAGINATION_HEADERS)
    @raises(Unauthorized)
    @reads_posts
    def get(self, user_id: int) -> Any:
        """List the posts of a user, newest first.

        Without a token only published posts are returned. Listing posts of another `status` requires a token.
        """
        filters = _post_filters(author_id=user_id)
        page_request = requested_page(parameters())
        page = listing.list_user_posts(current_user_or_none(), user_id, filters, page_request)
        return page.items, 200, pagination_headers(page)


@ns.route("/redirects")
class Redirects(Resource):
    """Redirects from URL paths of previous sites."""

    @ns.doc(id="lookUpRedirect")
    @ns.expect(redirect_arguments)
    @ns.marshal_with(redirect_output, description="The post for the path")
    @openapi_links(*links.FOUND)
    @raises(NotFound)
    @reads_posts
    def get(self) -> Any:
        """Look up the post for a URL path of a previous site."""
        return queries.look_up_redirect(current_user_or_none(), parameters().path)
