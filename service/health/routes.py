"""The two health checks."""

from __future__ import annotations

from service.contract import Resource, public, without_sql
from service.health import queries
from service.health.schemas import health_output, ns


@ns.route("/live")
class Live(Resource):
    """The process."""

    @public
    @without_sql
    @ns.doc(id="getLiveness")
    @ns.marshal_with(health_output, description="The process answers")
    def get(self) -> dict[str, str]:
        """Tell whether the process answers.

        Uses nothing but the process itself: a failing check means that it should be restarted.
        """
        return {"status": "ok"}


@ns.route("/ready")
class Ready(Resource):
    """The process and what it needs."""

    @public
    @ns.doc(id="getReadiness")
    @ns.marshal_with(health_output, description="Requests can be served")
    def get(self) -> dict[str, str]:
        """Tell whether requests can be served.

        Asks the database; 503 while it does not answer.
        """
        queries.ask_database()
        return {"status": "ok"}
