"""Registers all feature namespaces on the `Api`; `FEATURES` is the tag order and the allowed import order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask import Flask

import service
from service.contract import Api, Namespace, SecurityScheme, Unauthorized
from service.contract.pages import register_pages
from service.core.api_key_identity import API_KEY_PROBLEMS, check_scopes, verify_api_key
from service.core.api_keys import ApiKeyNotAccepted
from service.core.authorization import authorization_extension
from service.core.database import transaction
from service.core.database_errors import problem_from_database_error
from service.core.idempotency.store import IDEMPOTENCY_STORE
from service.core.identity import AUTH_PROBLEMS, Identity, verify_access_token, verify_refresh_token
from service.core.logs import log_deprecated_use
from service.core.rate_limits import check_rate_limit
from service.core.scopes import SCOPES
from service.core.second_factor_policy import SecondFactorSetupRequired, require_second_factor
from service.core.uploads.receiving import FILE_RECEIVER

# The results of the contract tests for the page /contract; a container image may lack them.
EVIDENCE = Path(service.__file__).parents[1] / "openapi"

# What the form of an upload has besides the file: the texts, in UTF-8, and what separates the parts.
FORM_MAX_BYTES = 64 * 1024

# Each feature declares its namespaces in `schemas.py` and their routes in `routes.py`; `events` has only webhooks.
FEATURES: tuple[str, ...] = (
    "hello",
    "health",
    "items",
    "media",
    "users",
    "auth",
    "api_keys",
    "second_factors",
    "passkeys",
    "password_resets",
    "sign_ups",
    "email_changes",
    "invitations",
    "jobs",
    "media_library",
    "mail",
    "tags",
    "posts",
    "comments",
    "dashboard",
    "events",
    "webhooks",
    "imports",
    "exports",
    "account_exports",
    "audit",
)

REQUEST_ID_HEADER = {
    "description": "Request ID: the one sent by the client if it matches the pattern, otherwise a generated one.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "maxLength": 64},
}


def build_api(app: Flask) -> Api:
    """Register every feature on `app` and compile the API; raise `ContractError` for an invalid declaration."""
    settings = app.extensions["settings"]
    api = Api(
        title="Colophon",
        version=service.__version__,
        description="Publishing API for posts, comments, tags, users and media. "
        "Every request and response conforms to this document.",
        license="MIT",
        security_schemes=_security_schemes(),
        transaction=transaction,
        translate_error=problem_from_database_error,
        check_rate_limit=check_rate_limit,
        report_deprecated=log_deprecated_use,
        common_headers={"X-Request-ID": REQUEST_ID_HEADER},
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.upload_max_bytes,
        body_limits={"media": settings.media_max_bytes + FORM_MAX_BYTES},
        file_receiver=FILE_RECEIVER,
        idempotency=IDEMPOTENCY_STORE,
        operation_extensions=authorization_extension,
    )
    for feature in FEATURES:
        for namespace in namespaces_of(feature):
            api.add_namespace(namespace)
    api.init_app(app, add_specs=False)  # the pages below serve the document, compressed
    api.compile()
    register_pages(app, api, EVIDENCE)
    app.extensions["api"] = api
    return api


def namespaces_of(feature: str) -> list[Namespace]:
    """Import the routes of a feature and return the namespaces that its schemas declare."""
    if find_spec(f"service.{feature}.routes"):
        import_module(f"service.{feature}.routes")
    members = vars(import_module(f"service.{feature}.schemas")).values()
    return [member for member in members if isinstance(member, Namespace)]


def _security_schemes() -> dict[str, SecurityScheme]:
    def bearer(
        description: str, verify: Callable[[bool], Identity | None], form: str = "JWT"
    ) -> dict[str, Any]:
        openapi = {"type": "http", "scheme": "bearer", "bearerFormat": form, "description": description}
        return {"openapi": openapi, "verify": verify, "if_missing": Unauthorized}

    access = bearer("Access token, sent as `Authorization: Bearer <token>`.", verify_access_token)
    refresh = bearer("Refresh token, sent as `Authorization: Bearer <token>`.", verify_refresh_token)
    api_key = bearer(_API_KEYS + _described(SCOPES), verify_api_key, "colophon_<id>_<secret><checksum>")
    restricted: dict[str, Any] = {
        "restrict": require_second_factor,
        "restrictions": (SecondFactorSetupRequired,),
    }
    alone: dict[str, Any] = {"problems": AUTH_PROBLEMS, "if_alone": (ApiKeyNotAccepted,)}
    return {
        "bearerAuth": SecurityScheme(**access, **alone, **restricted),
        "refreshAuth": SecurityScheme(**refresh, **alone),
        "apiKeyAuth": SecurityScheme(
            **api_key, **restricted, problems=API_KEY_PROBLEMS, scopes=SCOPES, check_scopes=check_scopes
        ),
    }


_API_KEYS = """\
API key of a service, sent as `Authorization: Bearer colophon_...`. It acts as its owner: an operation needs the role of
the owner, and the scope that is listed with it. Operations that list no scope accept no keys. The scopes:

"""


def _described(scopes: Mapping[str, str]) -> str:
    return "\n".join(f"- `{name}`: {description}" for name, description in scopes.items())
