"""Settings of the database: its URL, pool and time-outs."""

from __future__ import annotations

from dataclasses import dataclass

from service.config.variables import (
    Variable,
    database_address,
    env_field,
    integer,
    seconds,
)


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where the data is, and how long to wait for it."""

    database_url: str = env_field(
        "",
        Variable(
            "DATABASE_URL",
            database_address,
            "Database URL: sqlite:////absolute/path or postgresql://user:password@host/name.",
            default_text="an SQLite file in VAR_DIR",
            is_secret=True,
        ),
    )
    database_pool_size: int = env_field(
        10,
        Variable(
            "DATABASE_POOL_SIZE",
            integer(1, 500),
            "Size of the connection pool of each worker.",
            unit="connections",
        ),
    )
    database_max_overflow: int = env_field(
        10,
        Variable(
            "DATABASE_MAX_OVERFLOW",
            integer(0, 500),
            "Additional connections of each worker beyond the pool size.",
            unit="connections",
        ),
    )
    database_pool_timeout_s: float = env_field(
        3.0,
        Variable(
            "DATABASE_POOL_TIMEOUT_S",
            seconds,
            "Maximum wait for a connection from the pool.",
            unit="seconds",
        ),
    )
    database_connect_timeout_s: int = env_field(
        3,
        Variable(
            "DATABASE_CONNECT_TIMEOUT_S",
            integer(2, 60),
            "Time-out for connecting to PostgreSQL.",
            unit="seconds",
        ),
    )
    database_statement_timeout_s: float = env_field(
        3.0,
        Variable(
            "DATABASE_STATEMENT_TIMEOUT_S", seconds, "Statement time-out on PostgreSQL.", unit="seconds"
        ),
    )
    database_lock_timeout_s: float = env_field(
        1.0,
        Variable("DATABASE_LOCK_TIMEOUT_S", seconds, "Lock time-out on PostgreSQL.", unit="seconds"),
    )
    database_idle_timeout_s: float = env_field(
        10.0,
        Variable(
            "DATABASE_IDLE_TIMEOUT_S", seconds, "Idle-in-transaction time-out on PostgreSQL.", unit="seconds"
        ),
    )
    database_request_timeout_s: float = env_field(
        4.0,
        Variable(
            "DATABASE_REQUEST_TIMEOUT_S",
            seconds,
            "Maximum time that a request waits for the database, over all its statements; then the response is 503.",
            unit="seconds",
        ),
    )
    database_busy_timeout_s: float = env_field(
        5.0,
        Variable(
            "DATABASE_BUSY_TIMEOUT_S",
            seconds,
            "Busy time-out on SQLite: maximum wait for another write.",
            unit="seconds",
        ),
    )
