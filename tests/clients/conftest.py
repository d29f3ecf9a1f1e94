"""The Python client that a stranger would generate, and the running service that it calls."""

from __future__ import annotations

import importlib
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import NewDatabase
from tests.servers import ROOT, gunicorn, migrate, nginx

DOCUMENT = ROOT / "openapi" / "openapi.json"
PACKAGE = "colophon_client"


@dataclass(frozen=True, slots=True)
class Package:
    """A generated package: where it lies, and what is in it."""

    folder: Path

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{name}")

    @property
    def models(self) -> ModuleType:
        return self.module("models")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """Generate the client from the document; a warning of the generator is a failure."""
    parent = tmp_path_factory.mktemp("python_client")
    settings = Path(__file__).parent / "python_client.yaml"
    done = generate(DOCUMENT, parent / PACKAGE, "--config", str(settings))
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(parent)
        yield Package(parent / PACKAGE)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def generate(document: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Generate a client in `folder` without an installable project around it."""
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), *options]
    command += ["--fail-on-warning", "--meta", "none", "--output-path", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens, and the certificate by which it is known there."""

    base_url: str
    certificate: Path | None = None

    def options(self) -> dict[str, Any]:
        """Return the options of a client; made anew for each, since a generated client writes its token in them."""
        checked = ssl.create_default_context(cafile=str(self.certificate)) if self.certificate else True
        return {"base_url": self.base_url, "verify_ssl": checked, "headers": {}}


@pytest.fixture(scope="module", params=["gunicorn", "nginx"])
def address(
    request: pytest.FixtureRequest,
    database_kind: str,
    new_database: NewDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Address]:
    """Run the service on a new database, alone or behind the nginx that is shipped."""
    folder = tmp_path_factory.mktemp("service")
    database_url = new_database(database_kind)
    migrate(database_url, folder)
    env = {"RATE_LIMIT_LOGIN": "1000 per minute", "RATE_LIMIT_REGISTER": "1000 per minute"}
    if request.param == "gunicorn":
        with gunicorn(folder, database_url=database_url, env=env) as server:
            yield Address(server.url)
        return
    env |= {"PUBLIC_URL": "https://127.0.0.1", "TRUSTED_PROXIES": "1"}
    with (
        gunicorn(folder, database_url=database_url, env=env) as server,
        nginx(tmp_path_factory.mktemp("nginx"), server.port, name="127.0.0.1") as (_, secure),
    ):
        yield Address(secure.url, secure.log.parent / "fullchain.pem")


Connect = Callable[..., Any]


@pytest.fixture
def connect(package: Package, address: Address) -> Iterator[Connect]:
    """Return a function that makes a client, with a token or anonymous; an undeclared status raises."""
    module = package.module("client")
    made = []

    def make(token: str | None = None) -> Any:
        options = {**address.options(), "raise_on_unexpected_status": True}
        client = module.AuthenticatedClient(token=token, **options) if token else module.Client(**options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.get_httpx_client().close()
