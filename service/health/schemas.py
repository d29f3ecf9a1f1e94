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
