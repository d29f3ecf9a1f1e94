"""The operation of the dashboard."""

from __future__ import annotations

from typing import Any

from service.contract import Link, Resource, authenticated, conditional, leads_to
from service.core.identity import current_user
from service.core.permissions import may_write
from service.dashboard import queries
from service.dashboard.schemas import dashboard_output, ns


@ns.route("")
class Dashboard(Resource):
    """The counts of the caller's publication."""

    @ns.doc(id="getDashboard")
    @ns.marshal_with(dashboard_output, description="The counts")
    @leads_to(
        Link("getTag", "The tag that most posts carry.", {"tag_id": "$response.body#/top_tags/0/id"}),
        Link(
            "getPost", "The post with the most comments.", {"post_id": "$response.body#/most_commented/0/id"}
        ),
    )
    @conditional
    @authenticated(may=may_write)
    def get(self) -> Any:
        """Count one's own posts, and the comments and tags on them; for editors and admins everyone's."""
        return queries.get_dashboard(current_user())
