"""What is kept of the device that logs in: the names of its browser and system, and the family of its address.

Nothing finer: it is for people to recognize their own devices, not for the service to recognize people.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from flask import request

from service.models.sessions import DEVICE_MAX, AddressFamily

# The first that is found counts: Edge calls itself Chrome and Safari too, and Chrome Safari.
_BROWSERS = (
    (re.compile(r"\bEdg(?:e|A|iOS)?/"), "Edge"),
    (re.compile(r"\b(?:OPR|Opera)/"), "Opera"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\b(?:Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\b(?:Chrome|Chromium|CriOS|HeadlessChrome)/"), "Chrome"),
    (re.compile(r"\bVersion/\S+ (?:Mobile/\S+ )?Safari/"), "Safari"),
)
_SYSTEMS = (
    (re.compile(r"\biPhone\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bMac OS X\b|\bMacintosh\b"), "macOS"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)
# RFC 9110, 10.1.5: programs other than browsers begin with their own name.
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._+-]{0,39}(?=[/ ]|$)")


@dataclass(frozen=True, slots=True)
class Device:
    """A device: "Firefox on Windows", a program such as "curl", or None; and IPv4, IPv6 or None."""

    name: str | None
    address_family: AddressFamily | None


def current_device() -> Device:
    """Return the device that has sent the current request."""
    return Device(device_name(request.headers.get("User-Agent", "")), _family(request.remote_addr))


def device_name(user_agent: str) -> str | None:
    """Return the names of browser and system in a `User-Agent`, or that of another program; None without either."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    product = None if user_agent.startswith("Mozilla/") else _PRODUCT.match(user_agent)
    return browser or (product[0][:DEVICE_MAX] if product else system)


def _first(known: tuple[tuple[re.Pattern[str], str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in known if pattern.search(user_agent)), None)


def _family(address: str | None) -> AddressFamily | None:
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    is_ipv4 = ip.version == 4 or ip.ipv4_mapped is not None
    return AddressFamily.IPV4 if is_ipv4 else AddressFamily.IPV6
