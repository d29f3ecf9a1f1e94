"""What the settings lack for production: the findings of `flask check`, each with the line that mends it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from service.config.settings import Settings

OTHERS = 0o077  # what the group and everybody else may do with a file


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that production lacks. An error is dangerous or breaks something; a warning may be meant so."""

    severity: Literal["error", "warning"]
    message: str
    remedy: str


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what the settings lack, area by area. Nothing is connected to."""
    yield from _server(settings)
    yield from _keys(settings)
    yield from _database(settings)
    yield from _mail(settings)
    yield from _log_in(settings)


def _server(settings: Settings) -> Iterator[Finding]:
    if settings.environment != "production":
        yield Finding(
            "error",
            f"FLASK_ENV is {settings.environment}: required settings are not asked for.",
            "FLASK_ENV=production",
        )
    addresses = {settings.site_url: "SITE_URL", settings.public_url: "PUBLIC_URL"}
    for address, name in addresses.items():
        url = urlsplit(address)
        if is_loopback(url.hostname or ""):
            message = f"{name} is {url.geturl()}: links in mails and feeds lead to the reader's own computer."
            yield Finding("error", message, f"{name}=https://blog.example.org")
        elif url.scheme != "https":
            message = f"{name} is {url.geturl()}: passwords and tokens would be sent unencrypted."
            yield Finding("error", message, f"{name}={url._replace(scheme='https').geturl()}")
    if not settings.trusted_proxies:
        message = "TRUSTED_PROXIES is 0: behind a proxy all visitors share one address, and its limits."
        yield Finding("warning", message, "TRUSTED_PROXIES=1")
    if settings.log_level == "DEBUG":
        yield Finding("warning", "LOG_LEVEL is DEBUG: logs grow fast.", "LOG_LEVEL=INFO")
    private = [str(network) for network in settings.outbound_networks]
    if private:
        message = f"OUTBOUND_NETWORKS lets webhooks reach {', '.join(private)}, which only you can reach."
        yield Finding("warning", message, "OUTBOUND_NETWORKS=")


def _keys(settings: Settings) -> Iterator[Finding]:
    readable = [
        file
        for file in sorted(settings.jwt_keys_dir.glob("*"))
        if file.is_file() and file.stat().st_mode & OTHERS
    ]
    for file in readable:
        message = f"{file} can be read by other users of this machine: whoever reads it is any account."
        yield Finding("error", message, f"chmod 600 {file}")


def _database(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.database_url)
    if url.scheme.startswith("sqlite"):
        message = "DATABASE_URL is an SQLite file: writes wait for one another, and only one host can serve."
        yield Finding("warning", message, "DATABASE_URL=postgresql://user:password@host/name")
    elif url.hostname and not is_private(url.hostname) and "sslmode=verify-full" not in url.query:
        message = f"The connection to the database on {url.hostname} does not verify whose server it is."
        yield Finding("warning", message, "add ?sslmode=verify-full to DATABASE_URL")


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.mail_host:
        message = "MAIL_HOST is not set: mail is written to files, and nobody can reset a password."
        yield Finding("warning", message, "MAIL_HOST=smtp.example.org")
    elif settings.mail_tls == "none" and not is_private(settings.mail_host):
        message = f"MAIL_TLS is none: mail to {settings.mail_host} is sent unencrypted, with its links."
        yield Finding("error", message, "MAIL_TLS=starttls")


def _log_in(settings: Settings) -> Iterator[Finding]:
    if settings.ratelimit_storage_url.startswith("memory:"):
        message = "RATELIMIT_STORAGE_URL is memory: each worker counts for itself, and forgets at a restart."
        yield Finding("warning", message, "RATELIMIT_STORAGE_URL=")
    if not settings.require_second_factor:
        message = "REQUIRE_SECOND_FACTOR is none: the password of an administrator is enough."
        yield Finding("warning", message, "REQUIRE_SECOND_FACTOR=admin")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address."""
    address = _address(host)
    return address.is_loopback if address else host == "localhost"


def is_private(host: str) -> bool:
    """Tell whether a host is in a network of one's own: a private address, or a name without a domain."""
    address = _address(host)
    return address.is_private if address else "." not in host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is written as; None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
