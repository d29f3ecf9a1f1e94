"""Routes /api/media*; logic is in actions and queries. The files themselves are served by `media.routes`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.contract import (
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    body_limit,
    conditional_get,
    if_match,
    openapi_links,
    parameters,
    payload,
    raises,
    request_example,
    response_example,
    response_headers,
)
from service.core.authorization import owner_or
from service.core.cursor_pagination import PAGINATION_HEADERS, pagination_headers, requested_page
from service.core.identity import current_user
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers, pagination_arguments
from service.core.permissions import can_edit_all_posts, can_write_posts
from service.core.storage import StorageUnavailable
from service.jobs.responses import JOB_LINKS, accepted
from service.jobs.schemas import job_output
from service.media.files import FILE_PROBLEMS
from service.media.schemas import MEDIA_EXAMPLE
from service.media_library import actions, queries
from service.media_library.schemas import (
    FORM_EXAMPLE,
    PROCESSING_EXAMPLE,
    changes_input,
    deletion_input,
    deletion_output,
    list_arguments,
    media_output,
    ns,
    replacement_form,
    upload_form,
    url_input,
    use_output,
)

# As large as `MEDIA_MAX_BYTES` can be; it lowers it.
MAX_FORM_BYTES = 2**30
OF_MEDIA = {"media_id": {"description": "ID of the media.", "example": MEDIA_EXAMPLE}}
_THE_MEDIA = {"media_id": "$response.body#/id"}
_GET = Link("getMediaDetails", "Get the media.", _THE_MEDIA)
_USES = Link("listMediaUses", "List where it is used.", _THE_MEDIA)
_CHANGE = (
    Link("updateMedia", "Describe it, or set its focal point.", _THE_MEDIA),
    Link("replaceMediaFile", "Replace the file.", _THE_MEDIA),
    Link("deleteMedia", "Delete it.", _THE_MEDIA),
)
_FETCHING_EXAMPLE: dict[str, Any] = {
    "task": "media.fetch",
    "state": "waiting",
    "attempts": 0,
    "error": None,
    "progress": None,
    "result": None,
    "started_at": None,
    "finished_at": None,
}


@ns.route("")
class MediaLibrary(Resource):
    """The collection of media."""

    @ns.doc(id="listMedia")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(media_output, description="A page of media")
    @openapi_links(Link("getMediaDetails", "Get the first media.", {"media_id": "$response.body#/0/id"}))
    @response_headers(PAGINATION_HEADERS)
    @authenticated(permission=can_write_posts, scope="media:read")
    @owner_or(can_edit_all_posts)
    def get(self) -> Any:
        """List images and other files (authors, editors and admins).

        Authors see their own uploads, and what is used in posts that they can read; editors see all.
        """
        arguments = parameters()
        names = ("search", "kind", "media_type", "state", "used", "missing_alt_text", "uploader_id", "sort")
        filters = queries.MediaFilters(**{name: arguments[name] for name in names})
        page = queries.list_media(current_user(), filters, requested_page(arguments))
        return page.items, 200, pagination_headers(page)

    @ns.doc(id="uploadMedia")
    @ns.expect(upload_form)
    @ns.marshal_with(media_output, code=201, description="The media; renditions of an image follow")
    @request_example(FORM_EXAMPLE)
    @response_example(**PROCESSING_EXAMPLE)
    @openapi_links(_GET, _USES, *_CHANGE)
    @raises(*FILE_PROBLEMS, StorageUnavailable)
    @body_limit(MAX_FORM_BYTES, "media")
    @authenticated(permission=can_write_posts, scope="media:write")
    def post(self) -> Any:
        """Upload an image or another file (authors, editors and admins).

        The content decides what it is, not the name. It gets a random URL, which only those can read who may see a post
        that uses it. A job makes an image's renditions; its original can be shown at once.
        """
        media = actions.upload_media(current_user(), **parameters())
        return media, 201, {"Location": f"/api/media/{media.id}"}


@ns.route("/from-url")
class MediaFromUrl(Resource):
    """Upload from another server."""

    @ns.doc(id="uploadMediaFromUrl")
    @ns.expect(url_input)
    @ns.marshal_with(job_output, code=202, description="The job that fetches the file")
    @response_example(**_FETCHING_EXAMPLE)
    @openapi_links(*JOB_LINKS)
    @raises(actions.MediaUrlRefused)
    @authenticated(permission=can_write_posts, scope="media:write")
    def post(self) -> Any:
        """Upload a file from a URL (authors, editors and admins).

        A job fetches it and checks it like an upload. Its `result` has `media_id`, or in `error` why there is none.
        """
        return accepted(actions.upload_from_url(current_user(), **payload()))


@ns.route("/delete-unused")
class UnusedMedia(Resource):
    """Media that nothing uses."""

    @ns.doc(id="deleteUnusedMedia")
    @ns.expect(deletion_input)
    @ns.marshal_with(deletion_output, description="What was deleted, and what was not")
    @authenticated(permission=can_write_posts, scope="media:write")
    @owner_or(can_edit_all_posts)
    def post(self) -> Any:
        """Delete media that nothing uses, up to 100 at a time (their uploaders, editors and admins).

        What is used is left alone and named in the response.
        """
        ids = [UUID(media_id) for media_id in payload()["ids"]]
        return actions.delete_unused_media(current_user(), ids)


@ns.route("/<uuid:media_id>")
@ns.doc(params=OF_MEDIA)
class OneMedia(Resource):
    """A media."""

    @ns.doc(id="getMediaDetails")
    @ns.marshal_with(media_output, description="The media")
    @openapi_links(_USES, *_CHANGE)
    @conditional_get
    @authenticated(permission=can_write_posts, scope="media:read")
    @owner_or(can_edit_all_posts)
    def get(self, media_id: UUID) -> Any:
        """Get an image or another file: its texts, its state and its URLs (authors, editors and admins)."""
        return queries.get_media(current_user(), media_id)

    @ns.doc(id="updateMedia")
    @ns.expect(changes_input)
    @ns.marshal_with(media_output, description="The changed media")
    @openapi_links(_GET, _USES, *_CHANGE)
    @accepts_if_match
    @raises(actions.NotYourMedia)
    @authenticated(permission=can_write_posts, scope="media:write")
    @owner_or(can_edit_all_posts)
    def patch(self, media_id: UUID) -> Any:
        """Change the texts or the focal point (its uploader, editors and admins). Omitted fields do not change.

        Posts that show it have the new texts at once. Renditions that become ready meanwhile are no conflict.
        """
        return actions.update_media(current_user(), media_id, if_match(), **payload())

    @ns.doc(id="deleteMedia")
    @ns.response(204, "The media and its files were deleted")
    @accepts_if_match
    @raises(actions.NotYourMedia, actions.MediaInUse)
    @authenticated(permission=can_write_posts, scope="media:write")
    @owner_or(can_edit_all_posts)
    def delete(self, media_id: UUID) -> Any:
        """Delete an image or another file that nothing uses (its uploader, editors and admins)."""
        actions.delete_media(current_user(), media_id, if_match())
        return None, 204


@ns.route("/<uuid:media_id>/file")
@ns.doc(params=OF_MEDIA)
class MediaFile(Resource):
    """The file of a media."""

    @ns.doc(id="replaceMediaFile")
    @ns.expect(replacement_form)
    @ns.marshal_with(media_output, description="The media, with the URL of the new file")
    @request_example({"file": "the bytes of loom-2.jpg"})
    @response_example(**{**PROCESSING_EXAMPLE, "file_name": "loom-2.jpg"})
    @openapi_links(_GET, _USES, *_CHANGE)
    @accepts_if_match
    @raises(actions.NotYourMedia, actions.MediaKindDiffers, *FILE_PROBLEMS, StorageUnavailable)
    @body_limit(MAX_FORM_BYTES, "media")
    @authenticated(permission=can_write_posts, scope="media:write")
    @owner_or(can_edit_all_posts)
    def post(self, media_id: UUID) -> Any:
        """Replace the file (its uploader, editors and admins). Texts and focal point stay.

        The new file has another URL, so that no cache shows the old one; a job changes the posts that name it. The
        former URL works until none does.
        """
        return actions.replace_file(current_user(), media_id, if_match(), **parameters())


@ns.route("/<uuid:media_id>/uses")
@ns.doc(params=OF_MEDIA)
class MediaUses(Resource):
    """The uses of a media."""

    @ns.doc(id="listMediaUses")
    @ns.expect(pagination_arguments)
    @ns.marshal_list_with(use_output, description="A page of uses")
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_write_posts, scope="media:read")
    @owner_or(can_edit_all_posts)
    def get(self, media_id: UUID) -> Any:
        """List where an image or another file is used, oldest use first (authors, editors and admins)."""
        arguments = parameters()
        uses = queries.list_uses(current_user(), media_id, PageRequest(arguments.page, arguments.per_page))
        return uses.items, 200, page_headers(uses)
