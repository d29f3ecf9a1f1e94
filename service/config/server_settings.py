"""Settings of the server: environment, address, size, public URL, proxies, logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from service.config.variables import (
    IPNetwork,
    Variable,
    absolute_url,
    absolute_urls,
    env_field,
    folder,
    integer,
    networks,
    one_of,
    origins,
    ports,
    printable_text,
    proxies,
    secret,
    time_zone,
    webhook_secret,
)

ENVIRONMENTS = ("development", "testing", "production")


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How the service is served and what it logs."""

    environment: str = env_field(
        "development",
        Variable(
            "FLASK_ENV",
            one_of(*ENVIRONMENTS),
            "Environment, which selects defaults; production also checks for required settings.",
        ),
    )
    host: str = env_field(
        "127.0.0.1", Variable("HOST", printable_text(255), "IP address on which the server listens.")
    )
    port: int = env_field(
        8000, Variable("PORT", integer(1, 65535), "Port on which the server listens.", unit="TCP port")
    )
    web_concurrency: int = env_field(
        2,
        Variable("WEB_CONCURRENCY", integer(1, 256), "Number of worker processes.", unit="processes"),
    )
    web_threads: int = env_field(
        8,
        Variable(
            "WEB_THREADS",
            integer(1, 256),
            "Number of threads per worker that can wait for the database; two more keep health checks responsive, "
            "two send events of jobs, and four receive uploads.",
            unit="threads",
        ),
    )
    var_dir: Path = env_field(  # noqa: RUF009 - it calls dataclasses.field
        Path("var"),
        Variable("VAR_DIR", folder, "Directory for data: SQLite database, signing keys, media."),
    )
    public_url: str = env_field(
        "http://127.0.0.1:8000",
        Variable(
            "PUBLIC_URL",
            absolute_url,
            "Public URL of the service; absolute links are built from it.",
        ),
    )
    site_url: str = env_field(
        "",
        Variable(
            "SITE_URL",
            absolute_url,
            "Public URL of the web app: of links in mails; passkeys are for its domain.",
            default_text="same as PUBLIC_URL",
        ),
    )
    site_time_zone: str = env_field(
        "UTC",
        Variable(
            "SITE_TIME_ZONE",
            time_zone,
            "Time zone of the publication: of months in the archive, of dates in mails, of imported dates without one. "
            "The web app has the same.",
            unit="IANA name, such as Europe/Berlin",
        ),
    )
    revalidate_urls: tuple[str, ...] = env_field(
        (),
        Variable(
            "REVALIDATE_URLS",
            absolute_urls,
            "URLs of the web app's route that makes pages fresh, /webhooks/revalidate, one for each of its processes. "
            "Without them changes that were not made in the web app are visible within a minute.",
            unit="comma-separated URLs",
        ),
    )
    revalidate_secret: bytes | None = env_field(
        None,
        Variable(
            "REVALIDATE_SECRET",
            webhook_secret,
            "Secret that signs the requests to `REVALIDATE_URLS`; the web app has the same.",
            unit="24 or more bytes in base64",
            is_secret=True,
        ),
    )
    secret_key: str | None = env_field(
        None,
        Variable(
            "SECRET_KEY",
            secret(32),
            "Key with which secrets in the database, such as those of webhooks, are encrypted, and API keys hashed. "
            "Set it, to the same value everywhere, if workers run on other machines; without it the key is in the file "
            "`secrets.key` of `JWT_KEYS_DIR`. Whoever changes it gives each webhook a new secret, creates new API "
            "keys, and runs `flask audit restart`.",
            unit="32 or more characters",
            is_secret=True,
        ),
    )
    cors_origins: tuple[str, ...] = env_field(
        (),
        Variable(
            "CORS_ORIGINS",
            origins,
            "Origins that are allowed to call the API from browsers (CORS).",
            unit="comma-separated origins",
        ),
    )
    trusted_proxies: int | tuple[IPNetwork, ...] = env_field(
        0,
        Variable(
            "TRUSTED_PROXIES",
            proxies,
            "Reverse proxies, the web app's server among them, whose X-Forwarded-For and X-Forwarded-Proto headers are "
            "trusted: how many a request passes, or their addresses and networks.",
            unit="proxies, or comma-separated addresses",
        ),
    )
    outbound_networks: tuple[IPNetwork, ...] = env_field(
        (),
        Variable(
            "OUTBOUND_NETWORKS",
            networks,
            "Private networks to which requests to URLs that users enter, such as webhooks, may connect; public "
            "addresses always are allowed.",
            unit="comma-separated networks",
        ),
    )
    outbound_ports: tuple[int, ...] = env_field(
        (80, 443),
        Variable(
            "OUTBOUND_PORTS",
            ports,
            "Ports to which these requests may connect.",
            unit="comma-separated ports",
        ),
    )
    max_body_bytes: int = env_field(
        1536 * 1024,
        Variable("MAX_BODY_BYTES", integer(1024, 2**31), "Maximum size of a request body.", unit="bytes"),
    )
    upload_dir: Path = env_field(  # noqa: RUF009 - it calls dataclasses.field
        Path(),
        Variable(
            "UPLOAD_DIR",
            folder,
            "Directory of uploaded files until they are processed; web servers and workers share it.",
            default_text="uploads in VAR_DIR",
        ),
    )
    upload_max_bytes: int = env_field(
        2**30,
        Variable(
            "UPLOAD_MAX_BYTES",
            integer(1024, 2**40),
            "Maximum size of a request with a file; it lowers the limits of operations that accept more.",
            unit="bytes",
        ),
    )

    log_format: str = env_field(
        "console",
        Variable(
            "LOG_FORMAT",
            one_of("console", "json"),
            "Log format: readable lines, or JSON objects.",
        ),
    )
    log_level: str = env_field(
        "INFO",
        Variable("LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "Minimum log level."),
    )
