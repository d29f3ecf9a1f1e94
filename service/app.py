"""Application factory: `create_app()` wires settings, extensions, CORS, JWT, security headers, API and CLI."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from flask import Flask, Response, request

from service.api import build_api
from service.cli import add_commands
from service.config import Settings, load_settings
from service.core.database import init_database
from service.core.events import init_events
from service.core.identity import init_jwt
from service.core.logs import init_logs
from service.core.rate_limits import init_rate_limits
from service.core.request_ids import init_request_ids
from service.core.signing_keys import KeyDirectory, KeyRing, create_key, ephemeral_key_ring
from service.core.trusted_proxies import trust_proxies
from service.extensions import cors, db, migrate
from service.reactions import AUDITED, REACTIONS, RECORDER
from service.worker import import_tasks

EXPOSED_HEADERS = (
    "Deprecation",
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Request-ID",
    "X-Total-Count",
)
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
)
ALLOWED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

# Defaults: a view that needs another policy, such as an HTML page, sets its own header.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = f"max-age={timedelta(days=365).total_seconds():.0f}"


def create_app(config: str | Settings | None = None) -> Flask:
    """Create the application.

    `config` is a `Settings` object or the name of an environment ("development", "testing", "production"; by default
    the value of `FLASK_ENV`), for which the settings are read from the environment variables. Raise `ConfigError`
    with all missing and invalid settings.
    """
    settings = config if isinstance(config, Settings) else load_settings(config, os.environ)
    app = Flask("service", static_folder=None)
    _configure(app, settings)
    # Flask runs after-request functions in reverse order: registered first, the log sees the response as it is sent.
    init_logs(app, settings)
    init_request_ids(app)
    app.after_request(_add_security_headers)
    _init_extensions(app, settings)
    import_tasks()
    build_api(app)
    add_commands(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    # Set by the server when it stops: what would go on for long, such as a stream of events, ends then.
    app.extensions["stopping"] = threading.Event()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.environment == "testing",
        # Otherwise Flask re-raises unhandled errors in tests, which then would not see the 500 of production.
        PROPAGATE_EXCEPTIONS=False,
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        # Defaults of Flask-RESTX: field masks violate the declared schema, and its 404 lists other routes.
        RESTX_MASK_SWAGGER=False,
        RESTX_MASK_HEADER="",
        RESTX_ERROR_404_HELP=False,
    )
    # A trailing slash is accepted without a redirect: browsers reject one in a CORS preflight, and not every client
    # sends the body of a POST again.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.wsgi_app = trust_proxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign, assignment]


def _init_extensions(app: Flask, settings: Settings) -> None:
    init_database(app, settings)
    init_events(app, REACTIONS, RECORDER, AUDITED)
    migrate.init_app(app, db, directory=str(Path(app.root_path).parent / "alembic"))
    init_rate_limits(app, settings)
    if settings.job_engine == "celery":
        # By name, so that no other application loads Celery.
        import_module("service.core.jobs.broker").init_broker(app, settings)
    if settings.cors_origins:
        _init_cors(app, settings)
    init_jwt(
        app,
        keys=_signing_keys(settings),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        access_lifetime=timedelta(seconds=settings.access_token_s),
        refresh_lifetime=timedelta(days=settings.refresh_token_days),
    )


def _init_cors(app: Flask, settings: Settings) -> None:
    cors.init_app(
        app,
        origins=list(settings.cors_origins),
        methods=list(ALLOWED_METHODS),
        allow_headers=list(ALLOWED_HEADERS),
        expose_headers=list(EXPOSED_HEADERS),
        supports_credentials=False,
        max_age=timedelta(hours=2),
        # No CORS headers without an Origin; error responses pass through after_request anyway.
        always_send=False,
        intercept_exceptions=False,
    )
    app.after_request(_vary_by_origin)


def _signing_keys(settings: Settings) -> Callable[[], KeyRing]:
    """Return the provider of the signing keys: the key directory.

    If it is empty, development creates a key in it; other environments get an ephemeral one, kept in memory.
    """
    if not any(settings.jwt_keys_dir.glob("*.pem")):
        # In production only `flask` commands get here, which sign nothing: the settings refuse to serve without a key.
        if settings.environment != "development":
            ring = ephemeral_key_ring()
            return lambda: ring
        create_key(settings.jwt_keys_dir)
    return KeyDirectory(settings.jwt_keys_dir)


def _vary_by_origin(response: Response) -> Response:
    """Add `Vary: Origin`: a shared cache must not send the CORS headers of one origin to another.

    Flask-CORS adds it only to responses of requests with an allowed origin.
    """
    response.vary.add("Origin")
    return response


def _add_security_headers(response: Response) -> Response:
    headers = response.headers
    sent = set(headers.keys(lower=True))
    for name, value in SECURITY_HEADERS.items():
        if name.lower() not in sent:
            headers.add(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
