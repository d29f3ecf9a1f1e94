"""Routes /health/live and /health/ready: the health checks for load balancers and container orchestrators."""

from __future__ import annotations

from typing import Any

from service.contract import Resource, no_database, public
from service.health import queries
from service.health.schemas import health_output, ns, readiness_output


@ns.route("/live")
class Live(Resource):
    """The liveness check."""

    @public
    @no_database
    @ns.doc(id="getLiveness")
    @ns.marshal_with(health_output, description="The process is running")
    def get(self) -> dict[str, str]:
        """Get the liveness status.

        Returns 200 while the process handles requests. No dependency is checked, so a failing check means
        that the process should be restarted.
        """
        return {"status": "ok"}


@ns.route("/ready")
class Ready(Resource):
    """The readiness check."""

    @public
    @ns.doc(id="getReadiness")
    @ns.marshal_with(readiness_output, description="The service is ready to handle requests")
    def get(self) -> dict[str, Any]:
        """Get the readiness status.

        Returns 200 when the database is available, otherwise 503: do not route requests to this instance until then.
        With the status `degraded` something beside requests does not work: tell a person, and go on.
        """
        queries.ping_database()
        degraded = queries.degradation.names()
        return {"status": "degraded" if degraded else "ok", "degraded": degraded}
