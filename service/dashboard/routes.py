"""The operation of the dashboard."""

from __future__ import annotations

from typing import Any

from service.contract import Resource, authenticated, conditional
from service.core.identity import current_user
from service.core.permissions import may_write
from service.dashboard import queries
from service.dashboard.schemas import dashboard_output, ns


@ns.route("")
class Dashboard(Resource):
    """The counts of the caller's publication."""

    @ns.doc(id="getDashboard")
    @ns.marshal_with(dashboard_output, description="The counts")
    @conditional
    @authenticated(may=may_write)
    def get(self) -> Any:
        """Count one's own posts, and the comments and tags on them; for editors and admins everyone's."""
        return queries.get_dashboard(current_user())
