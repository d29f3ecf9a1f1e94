"""How many calls has a client left? The limits are named in the settings, and declared where they apply.

Counted by Flask-Limiter's strategy, in memory (per process) or in Redis (together). When Redis cannot be asked, each
process counts for itself until it can.
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

    The limit is per account, for anonymous callers per address (an IPv6 network of 64 bits counts as one). Raises
    `TooManyRequests`, with `Retry-After`, when it is used up.
    """
    limit = _parse_limit(settings().rate_limits[name])
    key = (
        name,
        f"user:{identity.id}" if identity else f"address:{rate_limit_client_key(request.remote_addr)}",
    )
    try:
        return _hit(limiter.limiter, name, limit, key)
    except StorageError:
        log.warning("rate limits are counted in this process: their storage does not answer", limit=name)
        return _hit(_fallback, name, limit, key)


def rate_limit_client_key(address: str | None) -> str:
    """Return what stands for one client: an IPv4 address, or the /64 that an IPv6 address belongs to."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


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
