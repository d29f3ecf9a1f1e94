"""Routes /api/exports*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    conditional_get_by,
    openapi_links,
    parameters,
    produces,
    raises,
    response_example,
    response_headers,
)
from service.core.identity import current_user
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers, pagination_arguments
from service.core.permissions import can_export_posts
from service.exports import actions, queries
from service.exports.downloads import DISPOSITION, ZIP, send_archive
from service.exports.schemas import EXPORT_EXAMPLE, WAITING_EXAMPLE, export_output, ns

OF_EXPORT = {"export_id": {"description": "ID of the export.", "example": EXPORT_EXAMPLE}}
_THE_EXPORT = {"export_id": "$response.body#/id"}
_GET = Link("getExport", "Get the export.", _THE_EXPORT)
_DOWNLOAD = Link("downloadExport", "Download the archive.", _THE_EXPORT)
_DELETE = Link("deleteExport", "Delete the export and its archive.", _THE_EXPORT)
_JOB = {"job_id": "$response.body#/job_id"}


@ns.route("")
class Exports(Resource):
    """The collection of exports."""

    @ns.doc(id="listExports")
    @ns.expect(pagination_arguments)
    @ns.marshal_list_with(export_output, description="A page of exports")
    @openapi_links(Link("getExport", "Get the newest export.", {"export_id": "$response.body#/0/id"}))
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_export_posts, scope="exports:read")
    def get(self) -> Any:
        """List exports, newest first (admins). They are deleted `EXPORT_RETENTION_DAYS` after they were asked for."""
        exports = queries.list_exports(PageRequest(parameters().page, parameters().per_page))
        return exports.items, 200, page_headers(exports)

    @ns.doc(id="createExport")
    @ns.marshal_with(export_output, code=202, description="The export, whose archive a job writes")
    @response_example(**WAITING_EXAMPLE)
    @openapi_links(
        _GET,
        _DELETE,
        Link("getJob", "See how far the work has come.", _JOB),
        Link("streamJob", "Follow the work.", _JOB),
        Link("cancelJob", "Cancel the work.", _JOB),
    )
    @authenticated(permission=can_export_posts, scope="exports:write")
    def post(self) -> Any:
        """Export all posts, except those in the trash, and their images to a zip archive of Markdown files (admins).

        It is what `flask export-posts` writes: importing it gives an equal publication.
        """
        export = actions.create_export(current_user())
        return export, 202, {"Location": f"/api/jobs/{export.job_id}"}


@ns.route("/<uuid:export_id>")
@ns.doc(params=OF_EXPORT)
class OneExport(Resource):
    """An export."""

    @ns.doc(id="getExport")
    @ns.marshal_with(export_output, description="The export")
    @openapi_links(_DOWNLOAD, _DELETE)
    @conditional_get
    @authenticated(permission=can_export_posts, scope="exports:read")
    def get(self, export_id: UUID) -> Any:
        """Get an export (admins)."""
        return queries.get_export(export_id)

    @ns.doc(id="deleteExport")
    @ns.response(204, "The export and its archive were deleted")
    @authenticated(permission=can_export_posts, scope="exports:write")
    def delete(self, export_id: UUID) -> Any:
        """Delete an export and its archive (admins). If it is under way, it is cancelled."""
        actions.delete_export(export_id)
        return None, 204


@ns.route("/<uuid:export_id>/archive")
@ns.doc(params=OF_EXPORT)
class Archive(Resource):
    """The archive of an export."""

    @ns.doc(id="downloadExport")
    @ns.response(200, "The zip archive")
    @produces(ZIP)
    @response_headers(DISPOSITION)
    @raises(actions.ExportNotReady)
    @conditional_get_by(queries.archive_etag)
    @authenticated(permission=can_export_posts, scope="exports:read")
    def get(self, export_id: UUID) -> Response:
        """Download the archive of an export (admins)."""
        export, path = actions.find_archive(export_id)
        response = send_archive(path, f"posts-{export.created_at:%Y-%m-%d}.zip")
        response.headers["ETag"] = f'"{export.sha256}"'
        return response
