"""Parsers of environment variables, with error messages that name the expected format."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from email.utils import formataddr, getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse_many

Parser = Callable[[str], Any]
IPNetwork = IPv4Network | IPv6Network

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_ORIGIN = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?", re.ASCII)

_MAIL_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_HOST}", re.ASCII)

_NO_FILE = {
    "sqlite:///",
    "sqlite:///:memory:",
}  # in-memory databases cannot be shared by threads and processes

# SQLAlchemy's default driver for `postgresql` is psycopg2, which is not installed. Hosting platforms write `postgres`.
_POSTGRESQL = re.compile(r"postgres(?:ql)?://")


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable: its name, parser and description.

    A parser raises `ValueError` with the expected format ("a whole number from 1 to 65535"). `default_text` describes
    a default that depends on other variables.
    """

    name: str
    parse: Parser
    text: str
    unit: str = ""
    default_text: str = ""
    is_secret: bool = False

    @property
    def unit_or_choices(self) -> str:
        """Return the unit, or the allowed values."""
        return self.unit or getattr(self.parse, "hint", "")

    def error_message(self, value: str, expected: str) -> str:
        """Return the error message for an invalid value; secrets are not shown."""
        problem = "has an invalid value" if self.is_secret else f"is {value!r}"
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.name} {problem}; it must be {expected}{unit}."


def env_field(default: Any, variable: Variable) -> Any:
    """Declare a field of the settings that is read from an environment variable."""
    return field(default=default, repr=not variable.is_secret, metadata={"variable": variable})


def one_of(*choices: str) -> Parser:
    """Parse one of the allowed values."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    parse.hint = ", ".join(choices)  # type: ignore[attr-defined]
    return parse


def some_of(*choices: str) -> Parser:
    """Parse comma-separated values, each an allowed one; `none` is no value."""

    def parse(text: str) -> tuple[str, ...]:
        values = () if text.strip() == "none" else tuple(value.strip() for value in text.split(","))
        if not set(values) <= set(choices):
            raise ValueError(f"some of {', '.join(choices)}, separated by commas, or none")
        return values

    parse.hint = f"{', '.join(choices)}, or none"  # type: ignore[attr-defined]
    return parse


def integer(minimum: int, maximum: int) -> Parser:
    """Parse an integer within bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text, re.ASCII) or not minimum <= int(text) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(text)

    return parse


def seconds(text: str) -> float:
    """Parse a duration from 0.01 seconds to an hour."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text, re.ASCII) or not 0.01 <= float(text) <= 3600:
        raise ValueError("a number from 0.01 to 3600")
    return float(text)


def printable_text(max_length: int) -> Parser:
    """Parse printable ASCII without spaces."""

    def parse(text: str) -> str:
        if len(text) > max_length or not re.fullmatch(r"[!-~]+", text, re.ASCII):
            raise ValueError(f"1 to {max_length} printable ASCII characters without spaces")
        return text

    return parse


def secret(min_length: int) -> Parser:
    """Parse a secret of a minimum length."""

    def parse(text: str) -> str:
        if len(text) < min_length:
            raise ValueError(f"at least {min_length} characters long")
        return text

    return parse


def folder(text: str) -> Path:
    """Parse a path; `~` is the home directory."""
    return Path(text).expanduser()


def absolute_url(text: str) -> str:
    """Parse an http(s) URL with or without a path; a trailing slash is removed."""
    url = text.rstrip("/")
    parts = urlsplit(url)
    if not _ORIGIN.fullmatch(f"{parts.scheme}://{parts.netloc}") or parts.query or parts.fragment:
        raise ValueError("a URL such as https://blog.example.org")
    return url


def absolute_urls(text: str) -> tuple[str, ...]:
    """Parse comma-separated http(s) URLs with or without a path."""
    return tuple(absolute_url(url.strip()) for url in text.split(",") if url.strip())


def webhook_secret(text: str) -> bytes:
    """Parse the secret of signed requests as Standard Webhooks writes it: base64, with `whsec_` before it or not."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < 24:
        raise ValueError("24 or more bytes in base64, such as the output of `openssl rand -base64 32`")
    return key


def time_zone(text: str) -> str:
    """Parse the IANA name of a time zone."""
    try:
        zone_of(text)
    # A folder of zones, such as `Europe`, is an OSError.
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise ValueError("the name of a time zone that this machine knows, such as Europe/Berlin") from None
    return text


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name; UTC also where no time zones are installed. Raise `ValueError`."""
    if name == "UTC":
        return UTC
    # Neither a path nor a name that browsers do not know, such as `localtime`.
    if not re.fullmatch(r"[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", name, re.ASCII):
        raise ValueError("no time zone is named like this")
    return ZoneInfo(name)


def origins(text: str) -> tuple[str, ...]:
    """Parse comma-separated web origins. `*` is rejected: each origin has to be listed."""
    values = tuple(origin.strip().rstrip("/").lower() for origin in text.split(",") if origin.strip())
    if not values or not all(_ORIGIN.fullmatch(origin) for origin in values):
        raise ValueError("origins such as https://blog.example.org, each named in full")
    return values


def mail_sender(text: str) -> str:
    """Parse a mail address with or without a name: `Colophon <mail@blog.example.org>`."""
    (name, address), *others = getaddresses([text])
    if others or not text.isprintable() or not _MAIL_ADDRESS.fullmatch(address) or len(address) > 254:
        raise ValueError("an address such as Colophon <mail@blog.example.org>")
    return formataddr((name, address)) if name.isascii() else f"{name} <{address}>"


def database_address(text: str) -> str:
    """Parse an SQLite or PostgreSQL URL; SQLite paths become absolute."""
    if text.startswith("sqlite:///") and text not in _NO_FILE:
        return f"sqlite:///{Path(text.removeprefix('sqlite:///')).absolute()}"
    url = _POSTGRESQL.sub("postgresql+psycopg://", text, count=1)
    if not url.startswith("postgresql+psycopg://"):
        raise ValueError("sqlite:////absolute/path or postgresql://user:password@host/name")
    return url


def proxies(text: str) -> int | tuple[IPNetwork, ...]:
    """Parse a number of proxies, or their comma-separated addresses and networks."""
    expected = "a number from 0 to 10, or addresses such as 127.0.0.1, 10.0.0.0/8"
    if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII):
        if int(text) > 10:
            raise ValueError(expected)
        return int(text)
    try:
        return tuple(ip_network(address.strip()) for address in text.split(","))
    except ValueError:
        raise ValueError(expected) from None


def networks(text: str) -> tuple[IPNetwork, ...]:
    """Parse comma-separated networks and addresses."""
    try:
        return tuple(ip_network(network.strip()) for network in text.split(","))
    except ValueError:
        raise ValueError("networks such as 10.0.0.0/8, fd00::/8") from None


def ports(text: str) -> tuple[int, ...]:
    """Parse comma-separated TCP ports."""
    try:
        return tuple(integer(1, 65535)(port.strip()) for port in text.split(","))
    except ValueError:
        raise ValueError("ports such as 80, 443") from None


def rate_limit(text: str) -> str:
    """Parse rate limits in the notation of Flask-Limiter, separated by semicolons."""
    try:
        parse_many(text)
    except ValueError:
        raise ValueError("limits such as `10 per minute` or `10 per minute; 100 per day`") from None
    return text


def rate_limit_storage(text: str) -> str:
    """Parse the address of a storage of rate limits."""
    if text.startswith("sqlite:///"):
        return f"sqlite:///{Path(text.removeprefix('sqlite:///')).absolute()}"
    if text != "memory://" and not re.fullmatch(
        r"rediss?://[!-~]{1,500}|redis\+unix://[!-~]{1,500}", text, re.ASCII
    ):
        raise ValueError("sqlite:////absolute/path, redis://host:6379 or memory://")
    return text


def broker_address(text: str) -> str:
    """Parse the address of a broker of wake-ups: Redis or RabbitMQ."""
    if not re.fullmatch(r"(?:rediss?|amqps?)://[!-~]{1,500}", text, re.ASCII):
        raise ValueError("redis://host:6379/0 or amqp://user:password@host/vhost")
    return text
