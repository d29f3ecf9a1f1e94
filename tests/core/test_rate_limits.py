"""What a client has left is counted per account or network, and goes on being counted without its storage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from service.contract import TooManyRequests
from service.core import rate_limits
from service.core.rate_limits import check_rate_limit, init_rate_limits, rate_limit_client_key
from service.extensions import limiter
from tests.servers import free_port


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_what_stands_for_one_client(address: str | None, network: str) -> None:
    assert rate_limit_client_key(address) == network


@pytest.fixture
def three_a_minute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", _with_limit(settings, "3 per minute"))
    return app


def _with_limit(settings: object, limit: str) -> object:
    return replace(settings, rate_limit_login=limit)  # type: ignore[type-var]


def used_up(app: Flask, address: str) -> int:
    """Return how many calls from `address` are let through before one is refused."""
    admitted: list[str] = []

    def call_ten_times() -> None:
        admitted.extend(check_rate_limit("login", None)["RateLimit-Policy"] for _ in range(10))

    with (
        app.test_request_context(environ_base={"REMOTE_ADDR": address}),
        pytest.raises(TooManyRequests) as refused,
    ):
        call_ten_times()
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    assert refused.value.headers["RateLimit"].startswith('"login";r=0;t=')
    assert set(admitted) <= {'"login";q=3;w=60'}
    return len(admitted)


def test_each_network_has_its_own(three_a_minute: Flask) -> None:
    assert used_up(three_a_minute, "192.0.2.7") == 3
    assert used_up(three_a_minute, "192.0.2.8") == 3
    assert used_up(three_a_minute, "2001:db8::1") == 3
    assert used_up(three_a_minute, "2001:db8::2") == 0


def test_equal_limits_are_counted_apart(three_a_minute: Flask) -> None:
    settings = three_a_minute.extensions["settings"]
    three_a_minute.extensions["settings"] = replace(settings, rate_limit_register="3 per minute")
    assert used_up(three_a_minute, "192.0.2.7") == 3
    with three_a_minute.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.7"}):
        assert check_rate_limit("register", None)["RateLimit"].startswith('"register";r=2;')


@pytest.mark.parametrize("storage", ["redis://127.0.0.1:{port}", "sqlite:////dev/null/limits.sqlite3"])
def test_is_counted_in_the_process_when_the_storage_is_lost(
    three_a_minute: Flask, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    for name in ("_limiter", "_storage", "_storage_options"):
        monkeypatch.setattr(limiter, name, getattr(limiter, name))
    url = storage.format(port=free_port())
    init_rate_limits(
        three_a_minute, replace(three_a_minute.extensions["settings"], ratelimit_storage_url=url)
    )
    rate_limits._fallback.storage.reset()
    assert used_up(three_a_minute, "192.0.2.9") == 3
