"""All settings, with type, unit, default and description. They are read from environment variables in `loading`."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from flask import current_app

from service.config.variables import (
    IPNetwork,
    Variable,
    absolute_url,
    database_address,
    folder,
    integer,
    one_of,
    origins,
    printable_text,
    proxies,
    rate_limit,
    rate_limit_storage,
    seconds,
    secret,
)

ENVIRONMENTS = ("development", "testing", "production")

ENVIRONMENT_DEFAULTS: dict[str, dict[str, Any]] = {
    "development": {},
    # High, so that only the tests of rate limits, which set their own, reach a limit.
    "testing": {
        "rate_limit_login": "1000000 per minute",
        "rate_limit_register": "1000000 per minute",
        "login_failures": 1_000_000,
    },
    "production": {"log_format": "json"},
}


def _env_field(default: Any, variable: Variable) -> Any:
    """Declare a field of `Settings` that is read from an environment variable."""
    return field(default=default, repr=not variable.is_secret, metadata={"variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an application. After creation paths are absolute and URLs normalized."""

    environment: str = _env_field(
        "development",
        Variable(
            "FLASK_ENV",
            one_of(*ENVIRONMENTS),
            "Environment, which selects defaults; production also checks for required settings.",
        ),
    )
    host: str = _env_field(
        "127.0.0.1", Variable("HOST", printable_text(255), "IP address on which the server listens.")
    )
    port: int = _env_field(
        8000, Variable("PORT", integer(1, 65535), "Port on which the server listens.", unit="TCP port")
    )
    web_concurrency: int = _env_field(
        2,
        Variable("WEB_CONCURRENCY", integer(1, 256), "Number of worker processes.", unit="processes"),
    )
    web_threads: int = _env_field(
        8,
        Variable(
            "WEB_THREADS",
            integer(1, 256),
            "Number of threads per worker that can wait for the database; two more keep health checks responsive.",
            unit="threads",
        ),
    )
    var_dir: Path = _env_field(  # noqa: RUF009 - it calls dataclasses.field
        Path("var"),
        Variable("VAR_DIR", folder, "Directory for data: SQLite database, signing keys, media."),
    )
    public_url: str = _env_field(
        "http://127.0.0.1:8000",
        Variable(
            "PUBLIC_URL",
            absolute_url,
            "Public URL of the service; absolute links are built from it.",
        ),
    )
    secret_key: str | None = _env_field(
        None,
        Variable(
            "SECRET_KEY",
            secret(32),
            "Flask's `SECRET_KEY`, for extensions that need it; the API itself uses no cookies and does not need it.",
            unit="32 or more characters",
            is_secret=True,
        ),
    )
    cors_origins: tuple[str, ...] = _env_field(
        (),
        Variable(
            "CORS_ORIGINS",
            origins,
            "Origins that are allowed to call the API from browsers (CORS).",
            unit="comma-separated origins",
        ),
    )
    trusted_proxies: int | tuple[IPNetwork, ...] = _env_field(
        0,
        Variable(
            "TRUSTED_PROXIES",
            proxies,
            "Reverse proxies, the web app's server among them, whose X-Forwarded-For and X-Forwarded-Proto headers are "
            "trusted: how many a request passes, or their addresses and networks.",
            unit="proxies, or comma-separated addresses",
        ),
    )
    max_body_bytes: int = _env_field(
        1536 * 1024,
        Variable("MAX_BODY_BYTES", integer(1024, 2**31), "Maximum size of a request body.", unit="bytes"),
    )

    database_url: str = _env_field(
        "",
        Variable(
            "DATABASE_URL",
            database_address,
            "Database URL: sqlite:////absolute/path or postgresql://user:password@host/name.",
            default_text="an SQLite file in VAR_DIR",
            is_secret=True,
        ),
    )
    database_pool_size: int = _env_field(
        10,
        Variable(
            "DATABASE_POOL_SIZE",
            integer(1, 500),
            "Size of the connection pool of each worker.",
            unit="connections",
        ),
    )
    database_max_overflow: int = _env_field(
        10,
        Variable(
            "DATABASE_MAX_OVERFLOW",
            integer(0, 500),
            "Additional connections of each worker beyond the pool size.",
            unit="connections",
        ),
    )
    database_pool_timeout_s: float = _env_field(
        3.0,
        Variable(
            "DATABASE_POOL_TIMEOUT_S",
            seconds,
            "Maximum wait for a connection from the pool.",
            unit="seconds",
        ),
    )
    database_connect_timeout_s: int = _env_field(
        3,
        Variable(
            "DATABASE_CONNECT_TIMEOUT_S",
            integer(2, 60),
            "Time-out for connecting to PostgreSQL.",
            unit="seconds",
        ),
    )
    database_statement_timeout_s: float = _env_field(
        3.0,
        Variable(
            "DATABASE_STATEMENT_TIMEOUT_S", seconds, "Statement time-out on PostgreSQL.", unit="seconds"
        ),
    )
    database_lock_timeout_s: float = _env_field(
        1.0,
        Variable("DATABASE_LOCK_TIMEOUT_S", seconds, "Lock time-out on PostgreSQL.", unit="seconds"),
    )
    database_idle_timeout_s: float = _env_field(
        10.0,
        Variable(
            "DATABASE_IDLE_TIMEOUT_S", seconds, "Idle-in-transaction time-out on PostgreSQL.", unit="seconds"
        ),
    )
    database_request_timeout_s: float = _env_field(
        4.0,
        Variable(
            "DATABASE_REQUEST_TIMEOUT_S",
            seconds,
            "Maximum time that a request waits for the database, over all its statements; then the response is 503.",
            unit="seconds",
        ),
    )
    database_busy_timeout_s: float = _env_field(
        5.0,
        Variable(
            "DATABASE_BUSY_TIMEOUT_S",
            seconds,
            "Busy time-out on SQLite: maximum wait for another write.",
            unit="seconds",
        ),
    )

    jwt_keys_dir: Path = _env_field(  # noqa: RUF009 - the same
        Path(),
        Variable(
            "JWT_KEYS_DIR",
            folder,
            "Directory of the token signing keys.",
            default_text="keys in VAR_DIR",
        ),
    )
    jwt_issuer: str = _env_field(
        "",
        Variable(
            "JWT_ISSUER",
            printable_text(255),
            "Issuer (`iss`) of the tokens.",
            default_text="same as PUBLIC_URL",
        ),
    )
    jwt_audience: str = _env_field(
        "colophon", Variable("JWT_AUDIENCE", printable_text(255), "Audience (`aud`) of the tokens.")
    )
    access_token_s: int = _env_field(
        900,
        Variable("ACCESS_TOKEN_S", integer(10, 86400), "Lifetime of an access token.", unit="seconds"),
    )
    refresh_token_days: int = _env_field(
        30,
        Variable(
            "REFRESH_TOKEN_DAYS",
            integer(1, 365),
            "Lifetime of a session since its last refresh.",
            unit="days",
        ),
    )
    refresh_leeway_s: int = _env_field(
        10,
        Variable(
            "REFRESH_LEEWAY_S",
            integer(0, 60),
            "Grace period in which a used refresh token returns the same new token, for tabs that refresh at the same "
            "time; with 0 any reuse revokes the session.",
            unit="seconds",
        ),
    )
    step_up_s: int = _env_field(
        600,
        Variable(
            "STEP_UP_S",
            integer(30, 86_400),
            "How long after a login accounts can be deleted, and addresses and access changed, without the password.",
            unit="seconds",
        ),
    )
    default_role: str = _env_field(
        "author",
        Variable("DEFAULT_ROLE", one_of("reader", "author", "editor"), "Role of newly registered users."),
    )

    rate_limit_login: str = _env_field(
        "10 per minute",
        Variable(
            "RATE_LIMIT_LOGIN",
            rate_limit,
            "Rate limit of login attempts per client.",
            unit="requests per time",
        ),
    )
    rate_limit_register: str = _env_field(
        "10 per hour",
        Variable(
            "RATE_LIMIT_REGISTER",
            rate_limit,
            "Rate limit of registrations per client.",
            unit="requests per time",
        ),
    )
    ratelimit_storage_url: str = _env_field(
        "",
        Variable(
            "RATELIMIT_STORAGE_URL",
            rate_limit_storage,
            "Storage of rate limits and failed logins: sqlite:////absolute/path counts across all workers of a host, "
            "redis://host:6379 across hosts, memory:// per worker.",
            default_text="an SQLite file in VAR_DIR",
            is_secret=True,
        ),
    )
    login_failures: int = _env_field(
        5,
        Variable(
            "LOGIN_FAILURES",
            integer(1, 1_000_000),
            "Failed logins to an account, from all addresses together, after which further ones have to wait.",
            unit="attempts per day",
        ),
    )
    login_wait_s: int = _env_field(
        60,
        Variable(
            "LOGIN_WAIT_S", integer(1, 86_400), "First wait; each further failure doubles it.", unit="seconds"
        ),
    )
    login_wait_max_s: int = _env_field(
        3600,
        Variable("LOGIN_WAIT_MAX_S", integer(1, 86_400), "Longest of these waits.", unit="seconds"),
    )
    known_address_days: int = _env_field(
        90,
        Variable(
            "KNOWN_ADDRESS_DAYS",
            integer(1, 3650),
            "How long attempts from the address of a login are counted apart: others cannot lock the owner out.",
            unit="days",
        ),
    )

    worker_processes: int = _env_field(
        2,
        Variable(
            "WORKER_PROCESSES",
            integer(1, 64),
            "Number of background jobs that `flask worker` runs at a time, each in a process.",
            unit="processes",
        ),
    )
    job_retention_days: int = _env_field(
        14,
        Variable(
            "JOB_RETENTION_DAYS",
            integer(1, 3650),
            "How long finished background jobs are kept.",
            unit="days",
        ),
    )

    log_format: str = _env_field(
        "console",
        Variable(
            "LOG_FORMAT",
            one_of("console", "json"),
            "Log format: readable lines, or JSON objects.",
        ),
    )
    log_level: str = _env_field(
        "INFO",
        Variable("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "Minimum log level."),
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
        self._set(
            "ratelimit_storage_url", self.ratelimit_storage_url or f"sqlite:///{var_dir}/rate-limits.sqlite3"
        )

    @property
    def media_dir(self) -> Path:
        """Return the directory of stored images."""
        return self.var_dir / "media"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def rate_limits(self) -> dict[str, str]:
        """Return the rate limits by name: `rate_limit_login` is `login`."""
        prefix = "rate_limit_"
        return {
            f.name.removeprefix(prefix): getattr(self, f.name)
            for f in fields(self)
            if f.name.startswith(prefix)
        }


def settings() -> Settings:
    """Return the settings of the current application."""
    return cast(Settings, current_app.extensions["settings"])


def variable_of(setting: Field[Any]) -> Variable:
    """Return the environment variable of a field of `Settings`."""
    return cast(Variable, setting.metadata["variable"])
