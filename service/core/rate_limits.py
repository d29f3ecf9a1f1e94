"""Rate limiting per account or client network, with RateLimit headers and an in-memory fallback.

Limits are configured in the settings and declared with `@rate_limited`. They are counted in a file, exactly over all
workers of a host (`rate_limit_storage`), or in Redis. While that is unavailable each process counts for itself.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import structlog
from flask import Flask, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from service.config import Settings, settings
from service.contract import TooManyRequests
from service.core import rate_limit_storage  # noqa: F401 - registers the storage of sqlite:// addresses
from service.core.identity import Identity
from service.extensions import limiter

T = TypeVar("T")

UNKNOWN_CLIENT = "unknown"  # of a Unix socket without a trusted proxy

REDIS_TIMEOUT_S = 1.0

log = structlog.get_logger(__name__)
_fallback = MovingWindowRateLimiter(MemoryStorage())


def init_rate_limits(app: Flask, settings: Settings) -> None:
    """Configure the storage of rate limits; nothing connects yet."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.ratelimit_storage_url,
        RATELIMIT_STORAGE_OPTIONS={"wrap_exceptions": True, **_options(settings.ratelimit_storage_url)},
        RATELIMIT_STRATEGY="moving-window",
    )
    # Only its storage and strategy are used, by `count_with_fallback`. Listed as initialized, Flask-Limiter registers
    # no request hooks of its own: these would look for decorated limits, find none, and take 10 % of a short response.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)


def check_rate_limit(name: str, identity: Identity | None) -> Mapping[str, str]:
    """Count this request against the limit `name` and return the `RateLimit` headers.

    The key is the account, for anonymous callers the IPv4 address or IPv6 /64 network. Raise `TooManyRequests` with
    `Retry-After` if the limit is exceeded.
    """
    limit = _parse_limit(settings().rate_limits[name])
    key = (
        name,
        f"user:{identity.id}" if identity else f"address:{rate_limit_client_key(request.remote_addr)}",
    )
    return count_with_fallback(name, lambda strategy: _hit(strategy, name, limit, key))


def count_with_fallback(name: str, count: Callable[[RateLimiter], T]) -> T:
    """Call `count` with the strategy of the application; while its storage is unavailable, with one of this process."""
    try:
        return count(limiter.limiter)
    except StorageError:
        log.warning("rate limit storage unavailable, counting in this process", limit=name)
        return count(_fallback)


def rate_limit_client_key(address: str | None) -> str:
    """Return the rate limit key of a client: its IPv4 address, or the /64 network of its IPv6 address."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return UNKNOWN_CLIENT
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _options(storage_url: str) -> Mapping[str, Any]:
    """Return the options of the storage: each login asks it, so it must answer soon or not at all."""
    if not storage_url.startswith("redis"):
        return {}
    # Imported late: few installations have a Redis server.
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    return {
        "socket_timeout": REDIS_TIMEOUT_S,
        "socket_connect_timeout": REDIS_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
    }


def _hit(strategy: RateLimiter, name: str, limit: RateLimitItem, key: tuple[str, str]) -> Mapping[str, str]:
    admitted = strategy.hit(limit, *key)
    stats = strategy.get_window_stats(limit, *key)
    wait_s = seconds_until(stats.reset_time)
    headers = {
        "RateLimit": f'"{name}";r={max(0, stats.remaining)};t={wait_s}',
        "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
    }
    if not admitted:
        raise TooManyRequests(headers={**headers, "Retry-After": str(wait_s)})
    return headers


def seconds_until(instant: float) -> int:
    """Return the whole seconds until a Unix time, at least 1: a client that waits them is not too early."""
    return max(1, math.ceil(instant - time.time()))


@cache
def _parse_limit(limit: str) -> RateLimitItem:
    return parse(limit)
