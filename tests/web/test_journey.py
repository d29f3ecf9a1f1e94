"""The generated client against a running service, as Vitest journeys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.servers import gunicorn, migrate, nginx, require_command
from tests.web.node import vitest

# Both are counted for each client, and the journey is one client with many accounts; they are tested by themselves.
UNLIMITED = {"RATE_LIMIT_LOGIN": "1000000 per minute", "RATE_LIMIT_REGISTER": "1000000 per minute"}
LOOPBACK = "127.0.0.1"


def serving(database_url: str, folder: Path, *, behind_nginx: bool, running: ExitStack) -> dict[str, str]:
    """Serve a new database; return the environment in which Node finds, and trusts, the service."""
    migrate(database_url, folder)
    if not behind_nginx:
        server = running.enter_context(gunicorn(folder, database_url=database_url, env=UNLIMITED))
        return {"API_BASE_URL": server.url}
    proxied = {"PUBLIC_URL": f"https://{LOOPBACK}", "TRUSTED_PROXIES": "1"}
    server = running.enter_context(gunicorn(folder, database_url=database_url, env=UNLIMITED | proxied))
    _, secure = running.enter_context(nginx(folder / "nginx", server.port, name=LOOPBACK))
    certificate = folder / "nginx" / "fullchain.pem"
    return {"API_BASE_URL": secure.url, "NODE_EXTRA_CA_CERTS": str(certificate)}


@pytest.fixture(params=["sqlite", "postgresql behind nginx"])
def address(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path
) -> Iterator[dict[str, str]]:
    kind, _, proxy = request.param.partition(" behind ")
    with ExitStack() as running:
        yield serving(new_database(kind), tmp_path, behind_nginx=bool(proxy), running=running)


def test_the_journey(address: dict[str, str]) -> None:
    vitest("--project", "journey", env=address)


def test_the_units() -> None:
    vitest("--project", "unit", "--project", "components")


def test_the_cache_in_redis() -> None:
    require_command("redis-server")
    vitest("--project", "redis")
