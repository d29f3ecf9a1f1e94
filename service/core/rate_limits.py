"""Rate limiting per account or client network, with RateLimit headers and an in-memory fallback.

Limits are configured in the settings and declared with `@rate_limited`. Flask-Limiter counts in memory (per process)
or in Redis (shared). While Redis is unavailable each process counts for itself.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from functools import cache

import structlog
from flask import request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from service.config import settings
from service.contract import TooManyRequests
from service.core.identity import Identity
from service.extensions import limiter

log = structlog.get_logger(__name__)
_fallback = MovingWindowRateLimiter(MemoryStorage())


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
    try:
        return _hit(limiter.limiter, name, limit, key)
    except StorageError:
        log.warning("rate limit storage unavailable, counting in this process", limit=name)
        return _hit(_fallback, name, limit, key)


def rate_limit_client_key(address: str | None) -> str:
    """Return the rate limit key of a client: its IPv4 address, or the /64 network of its IPv6 address."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _hit(strategy: RateLimiter, name: str, limit: RateLimitItem, key: tuple[str, str]) -> Mapping[str, str]:
    admitted = strategy.hit(limit, *key)
    stats = strategy.get_window_stats(limit, *key)
    wait_s = max(1, round(stats.reset_time - time.time()))
    headers = {
        "RateLimit": f'"{name}";r={max(0, stats.remaining)};t={wait_s}',
        "RateLimit-Policy": f'"{name}";q={limit.amount};w={limit.get_expiry()}',
    }
    if not admitted:
        raise TooManyRequests(headers={**headers, "Retry-After": str(wait_s)})
    return headers


@cache
def _parse_limit(limit: str) -> RateLimitItem:
    return parse(limit)
