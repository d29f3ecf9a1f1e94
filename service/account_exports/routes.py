"""Routes /api/auth/me/export*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any

from flask import Response

from service.account_exports import actions, queries
from service.account_exports.schemas import WAITING_EXAMPLE, account_export_output, ns
from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    openapi_links,
    produces,
    raises,
    response_example,
    response_headers,
)
from service.core.authorization import owner_only
from service.core.identity import current_user
from service.core.step_up import StepUpRequired
from service.exports.actions import ExportNotReady
from service.exports.downloads import DISPOSITION, ZIP, send_archive

_GET = Link("getAccountExport", "Get the export.", {})
_DOWNLOAD = Link("downloadAccountExport", "Download the archive.", {})
_DELETE = Link("deleteAccountExport", "Delete the export and its archive.", {})
_JOB = {"job_id": "$response.body#/job_id"}


@ns.route("")
class OwnExport(Resource):
    """The export of the authenticated user's data."""

    @ns.doc(id="getAccountExport")
    @ns.marshal_with(account_export_output, description="The export")
    @openapi_links(_DOWNLOAD, _DELETE)
    @conditional_get
    @raises(queries.NoAccountExport)
    @owner_only
    @authenticated()
    def get(self) -> Any:
        """Get the export of your data. It is deleted `EXPORT_RETENTION_DAYS` after you asked for it."""
        return queries.get_account_export(current_user().id)

    @ns.doc(id="createAccountExport")
    @ns.marshal_with(account_export_output, code=202, description="The export, whose archive a job writes")
    @response_example(**WAITING_EXAMPLE)
    @openapi_links(
        _GET,
        _DELETE,
        Link("getJob", "See how far the work has come.", _JOB),
        Link("streamJob", "Follow the work.", _JOB),
        Link("cancelJob", "Cancel the work.", _JOB),
    )
    @raises(StepUpRequired)
    @authenticated()
    def post(self) -> Any:
        """Export your data to a zip archive: profile, sessions, API keys, posts, comments and uploaded files.

        It replaces an earlier export; while that one is being written, it is returned. It needs a login or step-up a
        short time ago.
        """
        export = actions.create_account_export(current_user())
        return export, 202, {"Location": f"/api/jobs/{export.job_id}"}

    @ns.doc(id="deleteAccountExport")
    @ns.response(204, "The export and its archive were deleted")
    @raises(queries.NoAccountExport)
    @owner_only
    @authenticated()
    def delete(self) -> Any:
        """Delete the export of your data and its archive. If it is under way, it is cancelled."""
        actions.delete_account_export(current_user())
        return None, 204


@ns.route("/archive")
class OwnArchive(Resource):
    """The archive of the authenticated user's data."""

    @ns.doc(id="downloadAccountExport")
    @ns.response(200, "The zip archive")
    @produces(ZIP)
    @response_headers(DISPOSITION)
    @raises(queries.NoAccountExport, ExportNotReady)
    @owner_only
    @authenticated()
    def get(self) -> Response:
        """Download the archive of your data."""
        export, path = actions.find_archive(current_user())
        return send_archive(path, f"account-{export.created_at:%Y-%m-%d}.zip")
