"""What a health check answers."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace

ns = Namespace("health", description="Is the service alive, and ready?", path="/health")

health_output = ns.model(
    "Health",
    {
        "status": fields.String(
            required=True, enum=["ok"], description="Always `ok`: anything else is a problem.", example="ok"
        ),
    },
)
