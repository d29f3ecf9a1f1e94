"""The names of devices: enough to recognize one's own."""

from __future__ import annotations

import pytest
from flask import Flask

from service.core.devices import current_device, device_name
from service.models.sessions import DEVICE_MAX

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/142.0 Safari/537.36", "Chrome on Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/141.0 Safari/537.36 OPR/124.0", "Opera on Windows"),
        (
            f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
                "Safari/605.1.15"
            ),
            "Safari on macOS",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/26.1 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 "
                "Mobile/15E148 Safari/604.1"
            ),
            "Chrome on iPad",
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.5", "python-requests"),
        ("node", "node"),
        ("Mozilla/5.0 (compatible; Something)", None),
        ("Mozilla/5.0 (Linux; U)", "Linux"),
        ("<script>alert(1)</script>", None),
        ("x" * 5_000, None),
        ("", None),
    ],
)
def test_names_browser_and_system(user_agent: str, name: str | None) -> None:
    assert device_name(user_agent) == name
    assert len(name or "") <= DEVICE_MAX


@pytest.mark.parametrize(
    ("address", "family"),
    [("192.0.2.1", "IPv4"), ("2001:db8::1", "IPv6"), ("::ffff:192.0.2.1", "IPv4"), ("", None), (None, None)],
)
def test_keeps_the_family_of_the_address_alone(address: str | None, family: str | None) -> None:
    app = Flask("small")
    with app.test_request_context(environ_base={"REMOTE_ADDR": address, "HTTP_USER_AGENT": "curl/8"}):
        device = current_device()
    assert (device.name, device.address_family) == ("curl", family)
