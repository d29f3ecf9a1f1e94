"""Routes /api/imports*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.contract import (
    Link,
    Resource,
    authenticated,
    body_limit,
    conditional_get,
    openapi_links,
    parameters,
    raises,
    request_example,
    response_example,
    response_headers,
)
from service.core.identity import current_user
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_import_posts
from service.imports import actions, queries
from service.imports.schemas import (
    FORM_EXAMPLE,
    IMPORT_EXAMPLE,
    RESUMED_EXAMPLE,
    WAITING_EXAMPLE,
    import_form,
    import_output,
    item_arguments,
    item_output,
    list_arguments,
    ns,
)

MAX_ARCHIVE_BYTES = 2**30
OF_IMPORT = {"import_id": {"description": "ID of the import.", "example": IMPORT_EXAMPLE}}
_THE_IMPORT = {"import_id": "$response.body#/id"}
_THE_JOB = {"job_id": "$response.body#/job_id"}
_GET = Link("getImport", "Get the import.", _THE_IMPORT)
_ITEMS = Link("listImportItems", "List what became of the files.", _THE_IMPORT)
_RESUME = Link("resumeImport", "Go on with it after it has stopped.", _THE_IMPORT)
_DELETE = Link("deleteImport", "Delete the import and its report.", _THE_IMPORT)
_WORK = (
    Link("getJob", "See how far the work has come.", _THE_JOB),
    Link("streamJob", "Follow the work.", _THE_JOB),
    Link("cancelJob", "Stop behind the current batch.", _THE_JOB),
)


@ns.route("")
class Imports(Resource):
    """The collection of imports."""

    @ns.doc(id="listImports")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(import_output, description="A page of imports")
    @openapi_links(Link("getImport", "Get the newest import.", {"import_id": "$response.body#/0/id"}))
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_import_posts, scope="imports:read")
    def get(self) -> Any:
        """List imports, newest first (admins). They are kept for `IMPORT_RETENTION_DAYS`."""
        arguments = parameters()
        imports = queries.list_imports(arguments.state, PageRequest(arguments.page, arguments.per_page))
        return imports.items, 200, page_headers(imports)

    @ns.doc(id="createImport")
    @ns.expect(import_form)
    @ns.marshal_with(import_output, code=202, description="The import, whose work a job does")
    @request_example(FORM_EXAMPLE)
    @response_example(**WAITING_EXAMPLE)
    @openapi_links(_GET, _ITEMS, _DELETE, *_WORK)
    @raises(
        actions.ArchiveInvalid,
        actions.NoPostsInArchive,
        actions.ImportAuthorNotFound,
        actions.TooManySiteUrls,
    )
    @body_limit(MAX_ARCHIVE_BYTES)
    @authenticated(permission=can_import_posts, scope="imports:write")
    def post(self) -> Any:
        """Import a zip archive of Markdown posts and images (admins).

        A job imports them batch by batch; what a batch has done stays when the job is cancelled. To import again is
        safe: files are known by their paths, unchanged ones are left alone, and changed ones update their posts.
        """
        started = actions.create_import(current_user(), **parameters())
        return started, 202, {"Location": f"/api/jobs/{started.job_id}"}


@ns.route("/<uuid:import_id>")
@ns.doc(params=OF_IMPORT)
class OneImport(Resource):
    """An import."""

    @ns.doc(id="getImport")
    @ns.marshal_with(import_output, description="The import")
    @openapi_links(_ITEMS, _RESUME, _DELETE, *_WORK)
    @conditional_get
    @authenticated(permission=can_import_posts, scope="imports:read")
    def get(self, import_id: UUID) -> Any:
        """Get an import (admins)."""
        return queries.get_import(import_id)

    @ns.doc(id="deleteImport")
    @ns.response(204, "The import, its report and its archive were deleted")
    @authenticated(permission=can_import_posts, scope="imports:write")
    def delete(self, import_id: UUID) -> Any:
        """Delete an import, its report and its archive (admins). Posts stay. One that is under way is cancelled."""
        actions.delete_import(import_id)
        return None, 204


@ns.route("/<uuid:import_id>/items")
@ns.doc(params=OF_IMPORT)
class Items(Resource):
    """The report of an import."""

    @ns.doc(id="listImportItems")
    @ns.expect(item_arguments)
    @ns.marshal_list_with(item_output, description="A page of files")
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_import_posts, scope="imports:read")
    def get(self, import_id: UUID) -> Any:
        """List what became of each file of an import so far, in the order in which they were read (admins)."""
        arguments = parameters()
        filters = queries.ItemFilters(arguments.outcome, arguments.has_notes)
        items = queries.list_items(import_id, filters, PageRequest(arguments.page, arguments.per_page))
        return items.items, 200, page_headers(items)


@ns.route("/<uuid:import_id>/resume")
@ns.doc(params=OF_IMPORT)
class Resumption(Resource):
    """The resumption of an import."""

    @ns.doc(id="resumeImport")
    @ns.marshal_with(import_output, code=202, description="The import, with which a new job goes on")
    @response_example(**RESUMED_EXAMPLE)
    @openapi_links(_GET, _ITEMS, *_WORK)
    @raises(actions.ImportNotStopped, actions.ArchiveGone)
    @authenticated(permission=can_import_posts, scope="imports:write")
    def post(self, import_id: UUID) -> Any:
        """Go on with an import that has failed or was cancelled, or import what a dry run has checked (admins)."""
        resumed = actions.resume_import(current_user(), import_id)
        return resumed, 202, {"Location": f"/api/jobs/{resumed.job_id}"}
