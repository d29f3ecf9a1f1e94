"""Route /api/dashboard; the selects are in queries."""

from __future__ import annotations

from typing import Any

from service.contract import Link, Resource, authenticated, conditional_get, openapi_links
from service.core.authorization import owner_or
from service.core.identity import current_user
from service.core.permissions import can_edit_all_posts, can_write_posts
from service.dashboard import queries
from service.dashboard.schemas import dashboard_output, ns


@ns.route("")
class Dashboard(Resource):
    """The statistics of the dashboard."""

    @ns.doc(id="getDashboard")
    @ns.marshal_with(dashboard_output, description="The statistics")
    @openapi_links(
        Link("getTag", "Get the most used tag.", {"tag_id": "$response.body#/top_tags/0/id"}),
        Link(
            "getPost",
            "Get the post with the most comments.",
            {"post_id": "$response.body#/most_commented/0/id"},
        ),
    )
    @conditional_get
    @authenticated(permission=can_write_posts, scope="posts:read")
    @owner_or(can_edit_all_posts)
    def get(self) -> Any:
        """Get statistics of your posts; editors and admins get statistics of all posts."""
        return queries.get_dashboard(current_user())
