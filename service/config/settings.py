"""Which settings are there? Every variable with its type, unit, default and one sentence.

The three environments differ only in what `ENVIRONMENT_DEFAULTS` says, and in that production
refuses to start without what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import click
from flask import current_app

from service.config.variables import (
    Variable,
    absolute_url,
    database_address,
    folder,
    integer,
    one_of,
    origins,
    printable_text,
    rate_limit,
    seconds,
    secret,
)

ENVIRONMENTS = ("development", "testing", "production")

ENVIRONMENT_DEFAULTS: dict[str, dict[str, Any]] = {
    "development": {},
    # The limits are tested by name with settings of their own; no other test may run into one.
    "testing": {"rate_limit_login": "1000000 per minute", "rate_limit_register": "1000000 per minute"},
    "production": {"log_format": "json"},
}


class ConfigError(click.ClickException, ValueError):
    """The settings are wrong or incomplete; the message lists everything that is, and what to do."""


def _env_field(default: Any, variable: Variable) -> Any:
    """Declare a field of `Settings` that is read from the environment."""
    return field(default=default, repr=not variable.is_secret, metadata={"variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one application. Paths are absolute and addresses normalised after creation."""

    environment: str = _env_field(
        "development",
        Variable(
            "FLASK_ENV",
            one_of(*ENVIRONMENTS),
            "Which set of defaults applies; production checks that it is complete.",
        ),
    )
    host: str = _env_field(
        "127.0.0.1", Variable("HOST", printable_text(255), "The address the server listens on.")
    )
    port: int = _env_field(
        8000, Variable("PORT", integer(1, 65535), "The port the server listens on.", unit="TCP port")
    )
    web_concurrency: int = _env_field(
        2,
        Variable(
            "WEB_CONCURRENCY",
            integer(1, 256),
            "How many worker processes the server starts.",
            unit="processes",
        ),
    )
    web_threads: int = _env_field(
        8,
        Variable(
            "WEB_THREADS", integer(1, 256), "How many requests each worker answers at a time.", unit="threads"
        ),
    )
    var_dir: Path = _env_field(  # noqa: RUF009 - it calls dataclasses.field
        Path("var"),
        Variable(
            "VAR_DIR", folder, "Where the service keeps what it makes at run time: database, keys, media."
        ),
    )
    public_url: str = _env_field(
        "http://127.0.0.1:8000",
        Variable(
            "PUBLIC_URL",
            absolute_url,
            "The address at which clients reach the service; links are built from it only.",
        ),
    )
    secret_key: str | None = _env_field(
        None,
        Variable(
            "SECRET_KEY",
            secret(32),
            "Flask's own secret, for extensions that sign something; the API itself sets no cookie and needs none.",
            unit="32 or more characters",
            is_secret=True,
        ),
    )
    cors_origins: tuple[str, ...] = _env_field(
        (),
        Variable(
            "CORS_ORIGINS",
            origins,
            "The web origins whose pages may call the API.",
            unit="origins, separated by commas",
        ),
    )
    trusted_proxies: int = _env_field(
        0,
        Variable(
            "TRUSTED_PROXIES",
            integer(0, 10),
            "How many proxies stand in front; only their X-Forwarded-For and X-Forwarded-Proto are believed.",
            unit="proxies",
        ),
    )
    max_body_bytes: int = _env_field(
        1536 * 1024,
        Variable(
            "MAX_BODY_BYTES", integer(1024, 2**31), "The largest request body that is accepted.", unit="bytes"
        ),
    )

    database_url: str = _env_field(
        "",
        Variable(
            "DATABASE_URL",
            database_address,
            "The database: sqlite:////absolute/path or postgresql://user:password@host/name.",
            default_text="an SQLite file in VAR_DIR",
            is_secret=True,
        ),
    )
    database_pool_size: int = _env_field(
        10,
        Variable(
            "DATABASE_POOL_SIZE", integer(1, 500), "Connections each worker keeps open.", unit="connections"
        ),
    )
    database_max_overflow: int = _env_field(
        10,
        Variable(
            "DATABASE_MAX_OVERFLOW",
            integer(0, 500),
            "Connections each worker may open beyond those.",
            unit="connections",
        ),
    )
    database_pool_timeout_s: float = _env_field(
        3.0,
        Variable(
            "DATABASE_POOL_TIMEOUT_S",
            seconds,
            "How long a request waits for a free connection.",
            unit="seconds",
        ),
    )
    database_connect_timeout_s: int = _env_field(
        3,
        Variable(
            "DATABASE_CONNECT_TIMEOUT_S",
            integer(2, 60),
            "How long connecting to PostgreSQL may take.",
            unit="seconds",
        ),
    )
    database_statement_timeout_s: float = _env_field(
        3.0,
        Variable(
            "DATABASE_STATEMENT_TIMEOUT_S",
            seconds,
            "How long one statement may run on PostgreSQL.",
            unit="seconds",
        ),
    )
    database_lock_timeout_s: float = _env_field(
        1.0,
        Variable(
            "DATABASE_LOCK_TIMEOUT_S",
            seconds,
            "How long a statement waits for a lock on PostgreSQL.",
            unit="seconds",
        ),
    )
    database_idle_timeout_s: float = _env_field(
        10.0,
        Variable(
            "DATABASE_IDLE_TIMEOUT_S",
            seconds,
            "How long a transaction may idle before PostgreSQL ends it.",
            unit="seconds",
        ),
    )
    database_busy_timeout_s: float = _env_field(
        5.0,
        Variable(
            "DATABASE_BUSY_TIMEOUT_S",
            seconds,
            "How long a write waits for another one on SQLite.",
            unit="seconds",
        ),
    )

    jwt_keys_dir: Path = _env_field(  # noqa: RUF009 - the same
        Path(),
        Variable(
            "JWT_KEYS_DIR",
            folder,
            "Where the keys are that sign access tokens.",
            default_text="keys in VAR_DIR",
        ),
    )
    jwt_issuer: str = _env_field(
        "",
        Variable("JWT_ISSUER", printable_text(255), "The `iss` of the tokens.", default_text="as PUBLIC_URL"),
    )
    jwt_audience: str = _env_field(
        "colophon", Variable("JWT_AUDIENCE", printable_text(255), "The `aud` of the tokens.")
    )
    access_token_s: int = _env_field(
        900,
        Variable(
            "ACCESS_TOKEN_S", integer(10, 86400), "How long an access token is good for.", unit="seconds"
        ),
    )
    refresh_token_days: int = _env_field(
        30,
        Variable(
            "REFRESH_TOKEN_DAYS",
            integer(1, 365),
            "How long a session lasts without being refreshed.",
            unit="days",
        ),
    )
    refresh_leeway_s: int = _env_field(
        10,
        Variable(
            "REFRESH_LEEWAY_S",
            integer(0, 60),
            "How long a used refresh token still gets its one successor, for tabs that refresh at once; "
            "with 0 any second use ends the session.",
            unit="seconds",
        ),
    )
    default_role: str = _env_field(
        "author",
        Variable(
            "DEFAULT_ROLE", one_of("reader", "author", "editor"), "The role of a newly registered account."
        ),
    )

    rate_limit_login: str = _env_field(
        "10 per minute",
        Variable(
            "RATE_LIMIT_LOGIN", rate_limit, "How often a client may try to log in.", unit="requests per time"
        ),
    )
    rate_limit_register: str = _env_field(
        "10 per hour",
        Variable(
            "RATE_LIMIT_REGISTER",
            rate_limit,
            "How often a client may register an account.",
            unit="requests per time",
        ),
    )
    ratelimit_storage_url: str = _env_field(
        "memory://",
        Variable(
            "RATELIMIT_STORAGE_URL",
            printable_text(500),
            "Where requests are counted: memory:// counts in each worker, redis://host:6379 across all.",
            is_secret=True,
        ),
    )

    log_format: str = _env_field(
        "console",
        Variable(
            "LOG_FORMAT",
            one_of("console", "json"),
            "How log lines look: for a terminal, or one JSON object each.",
        ),
    )
    log_level: str = _env_field(
        "INFO",
        Variable(
            "LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "The least severe line that is logged."
        ),
    )

    def __post_init__(self) -> None:
        var_dir = self.var_dir.absolute()
        self._set("var_dir", var_dir)
        self._set(
            "database_url", database_address(self.database_url or f"sqlite:///{var_dir}/colophon.sqlite3")
        )
        self._set(
            "jwt_keys_dir",
            (var_dir / "keys" if self.jwt_keys_dir == Path() else self.jwt_keys_dir).absolute(),
        )
        self._set("jwt_issuer", self.jwt_issuer or self.public_url)

    @property
    def media_dir(self) -> Path:
        """Return the folder of stored images."""
        return self.var_dir / "media"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def rate_limits(self) -> dict[str, str]:
        """Return every limit by its name: `rate_limit_login` is `login`."""
        prefix = "rate_limit_"
        return {
            f.name.removeprefix(prefix): getattr(self, f.name)
            for f in fields(self)
            if f.name.startswith(prefix)
        }


def settings() -> Settings:
    """Return the settings of the application whose context is active."""
    return cast(Settings, current_app.extensions["settings"])


def load_settings(name: str | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of environment `name` (`None`: the one `FLASK_ENV` names).

    A variable that is absent or empty has its default. Raises `ConfigError` with everything that is
    wrong, not only the first thing.
    """
    environment = name or environ.get("FLASK_ENV") or "development"
    if environment not in ENVIRONMENTS:
        raise ConfigError(f"FLASK_ENV is {environment!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
    values: dict[str, Any] = dict(ENVIRONMENT_DEFAULTS[environment])
    wrong: list[str] = []
    for setting in fields(Settings):
        variable = variable_of(setting)
        text = environ.get(variable.name, "").strip()
        if text:
            try:
                values[setting.name] = variable.parse(text)
            except ValueError as error:
                wrong.append(variable.error_message(text, str(error)))
    if environment == "production":
        wrong.extend(_missing(environ, Settings(**values).jwt_keys_dir))
    if wrong:
        raise ConfigError(_error_report(environment, wrong))
    return Settings(**{**values, "environment": environment})


def _missing(environ: Mapping[str, str], keys_dir: Path) -> list[str]:
    """Return what production lacks, each with how to give it."""
    missing = []
    if not environ.get("DATABASE_URL"):
        missing.append("DATABASE_URL is not set: give the database, as postgresql://user:password@host/name.")
    if not environ.get("PUBLIC_URL"):
        missing.append("PUBLIC_URL is not set: give the address clients use, as https://blog.example.org.")
    # Flask sets this variable while one of its commands runs: the command that makes the key must
    # not be stopped by its absence.
    running_a_command = environ.get("FLASK_RUN_FROM_CLI") == "true"
    if not running_a_command and not any(keys_dir.glob("*.pem")):
        missing.append(
            f"There is no signing key in {keys_dir}: make one with `flask keys create`, or set JWT_KEYS_DIR."
        )
    return missing


def _error_report(environment: str, wrong: list[str]) -> str:
    return "\n".join(
        [f"The {environment} settings are wrong or incomplete:", *(f"  - {line}" for line in wrong)]
    )


def variable_of(setting: Field[Any]) -> Variable:
    """Return the variable that a field of `Settings` is read from."""
    return cast(Variable, setting.metadata["variable"])
