"""How is the application put together? The only composition root: settings in, a Flask application out."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from service.api import build_api
from service.cli import add_commands
from service.config import Settings, load
from service.core.database import init_database
from service.core.identity import init_identity
from service.core.keys import KeyFolder, KeyRing, create_key, new_ring
from service.core.logs import init_logs
from service.core.request_ids import init_request_ids
from service.extensions import cors, db, limiter, migrate

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

# A view that needs another policy (a page) sets its own; these fill in what is missing.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = f"max-age={timedelta(days=365).total_seconds():.0f}"


def create_app(config: str | Settings | None = None) -> Flask:
    """Return the application.

    `config` names an environment ("development", "testing", "production") whose variables are read from
    the process, or is the settings themselves; None is the environment that `FLASK_ENV` names. Raises
    `ConfigError` with everything that is wrong or missing.
    """
    settings = config if isinstance(config, Settings) else load(config, os.environ)
    app = Flask("service", static_folder=None)
    _configure(app, settings)
    # Flask runs what is registered first last: the line in the log tells what is really sent.
    init_logs(app, settings)
    init_request_ids(app)
    app.after_request(_add_security_headers)
    _init_extensions(app, settings)
    build_api(app)
    add_commands(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.environment == "testing",
        # Errors are answered, and answered alike, in tests and in production.
        PROPAGATE_EXCEPTIONS=False,
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        RATELIMIT_STORAGE_URI=settings.ratelimit_storage_url,
        # Stock RESTX: field masks break the declared schema, and its 404 proposes other routes.
        RESTX_MASK_SWAGGER=False,
        RESTX_MASK_HEADER="",
        RESTX_ERROR_404_HELP=False,
    )
    # A trailing slash is answered, not redirected: a redirect would lose the body of a POST.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    if hops := settings.trusted_proxies:
        # The host is not taken from a proxy: links are built from PUBLIC_URL only.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _init_extensions(app: Flask, settings: Settings) -> None:
    init_database(app, settings)
    migrate.init_app(app, db, directory=str(Path(app.root_path).parent / "alembic"))
    # Only its strategy is used, by `count_call`. As one that is known already it asks to run neither before nor after
    # a request, where it would look for limits of its own and find none: a tenth of the time of a short answer.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    if settings.cors_origins:
        _init_cors(app, settings)
    init_identity(
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
        # Without an Origin there is nothing to answer; errors pass through after_request anyway.
        always_send=False,
        intercept_exceptions=False,
    )
    app.after_request(_vary_by_origin)


def _signing_keys(settings: Settings) -> Callable[[], KeyRing]:
    """Return where to ask for the keys: a folder; if it is empty, make one for development, else one kept nowhere."""
    if not any(settings.jwt_keys_dir.glob("*.pem")):
        # Production gets here only with a command of `flask`, which signs nothing.
        if settings.environment != "development":
            ring = new_ring()
            return lambda: ring
        create_key(settings.jwt_keys_dir)
    return KeyFolder(settings.jwt_keys_dir)


def _vary_by_origin(response: Response) -> Response:
    """Keep shared caches from giving one origin the answer to another, or to none."""
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
