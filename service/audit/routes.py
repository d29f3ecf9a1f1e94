"""Routes /api/audit*; logic is in queries and exporting."""

from __future__ import annotations

from typing import Any

from flask import Response

from service.audit.exporting import export_log
from service.audit.queries import Filters, list_entries
from service.audit.schemas import FILTERS, ExportFormat, entry_output, export_arguments, list_arguments, ns
from service.contract import Resource, authenticated, parameters, produces, response_headers
from service.core.cursor_pagination import pagination_headers
from service.core.pagination import PAGE_HEADERS
from service.core.permissions import can_read_audit_log

_LINK = {
    "Link": {
        **PAGE_HEADERS["Link"],
        "description": "Links to other pages (RFC 8288): `first`, and `next` if it exists.",
    }
}
_DISPOSITION = {
    "Content-Disposition": {
        "description": "The name under which to save the export.",
        "required": True,
        "schema": {"type": "string", "maxLength": 200, "pattern": "^attachment; filename="},
        "example": "attachment; filename=audit-2026-11-30.csv",
    }
}


@ns.route("")
class AuditLog(Resource):
    """The audit log."""

    @ns.doc(id="listAuditEntries")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(entry_output, description="A page of entries")
    @response_headers(_LINK)
    @authenticated(permission=can_read_audit_log, scope="audit:read")
    def get(self) -> Any:
        """List who did what, newest first (admins). Entries are kept for `AUDIT_RETENTION_DAYS`.

        They name people and objects by ids, and can be neither changed nor deleted. The names are those of now.
        """
        page = list_entries(_filters(), parameters().after, parameters().per_page)
        return page.items, 200, pagination_headers(page)


@ns.route("/export")
class AuditExport(Resource):
    """The audit log as a file."""

    @ns.doc(id="exportAuditEntries")
    @ns.expect(export_arguments)
    @ns.response(200, "The entries")
    @produces("text/csv", "application/x-ndjson")
    @response_headers(_DISPOSITION)
    @authenticated(permission=can_read_audit_log, scope="audit:read")
    def get(self) -> Response:
        """Export the audit log, newest first, as CSV or as JSON lines (admins); 100,000 entries at most.

        For older ones, export again `after` the cursor of the last line.
        """
        return export_log(_filters(), parameters().after, ExportFormat(parameters().format))


def _filters() -> Filters:
    return Filters(**{name: parameters()[name] for name in FILTERS})
