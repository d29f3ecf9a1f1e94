"""Which features does the API have? The order of the docs is the allowed order of imports among them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from flask import Flask

import service
from service.contract import Api, Namespace, SecurityScheme, Unauthorized
from service.contract.pages import register_pages
from service.core.database import transaction
from service.core.database_errors import translate
from service.core.identity import REFUSALS, Identity, verify_access, verify_refresh
from service.core.logs import log_deprecated_use
from service.core.rate_limits import count_call

# What the suite writes of the contract, for a page; an image may come without it.
EVIDENCE = Path(service.__file__).parents[1] / "openapi"

# Each declares its namespaces in `schemas.py` and routes them in `routes.py`.
FEATURES: tuple[str, ...] = (
    "hello",
    "health",
    "items",
    "users",
    "auth",
    "media",
    "tags",
    "posts",
    "comments",
    "dashboard",
)

REQUEST_ID_HEADER = {
    "description": "The request's id: the one that was sent, if it has the right form, else a new one.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "maxLength": 64},
}


def build_api(app: Flask) -> Api:
    """Bind every feature to `app`. Raises `ContractError` for a declaration that cannot be kept."""
    settings = app.extensions["settings"]
    api = Api(
        title="Colophon",
        version=service.__version__,
        description="A self-documenting publishing service: what this document says is what it does.",
        license="MIT",
        security_schemes=_security_schemes(),
        transaction=transaction,
        translate=translate,
        count_call=count_call,
        report_deprecated=log_deprecated_use,
        common_headers={"X-Request-ID": REQUEST_ID_HEADER},
        max_body_bytes=settings.max_body_bytes,
    )
    for feature in FEATURES:
        for namespace in namespaces_of(feature):
            api.add_namespace(namespace)
    api.init_app(app, add_specs=False)  # the pages serve the document, compressed
    api.compile()
    register_pages(app, api, EVIDENCE)
    app.extensions["api"] = api
    return api


def namespaces_of(feature: str) -> list[Namespace]:
    """Return the namespaces that a feature declares, with their routes."""
    import_module(f"service.{feature}.routes")
    declared = vars(import_module(f"service.{feature}.schemas")).values()
    return [found for found in declared if isinstance(found, Namespace)]


def _security_schemes() -> dict[str, SecurityScheme]:
    def bearer(description: str, verify: Callable[[bool], Identity | None]) -> SecurityScheme:
        scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
        return SecurityScheme(scheme, verify, REFUSALS, if_missing=Unauthorized)

    return {
        "bearerAuth": bearer("An access token.", verify_access),
        "refreshAuth": bearer("A refresh token.", verify_refresh),
    }
