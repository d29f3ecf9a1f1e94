"""Response model of the health checks."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace

ns = Namespace("health", description="Liveness and readiness checks.", path="/health")

health_output = ns.model(
    "Health",
    {
        "status": fields.String(
            required=True,
            enum=["ok"],
            description="Always `ok`. A failed check returns a problem document instead.",
            example="ok",
        ),
    },
)

readiness_output = ns.model(
    "Readiness",
    {
        "status": fields.String(
            required=True,
            enum=["ok", "degraded"],
            description="`degraded`: requests are handled, but what `degraded` names does not work. A failed check "
            "returns a problem document instead.",
            example="ok",
        ),
        "degraded": fields.List(
            fields.String(max_length=40, pattern="^[a-z_]+$", example="jobs"),
            required=True,
            max_items=20,
            description="What does not work. `jobs`: a background job that is due has waited longer than "
            "`JOB_LATE_AFTER_S`, so no worker runs, or there are too few. `broker`: what wakes the workers does not "
            "answer, so jobs wait until it does.",
            example=[],
        ),
    },
)
