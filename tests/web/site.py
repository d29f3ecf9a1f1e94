"""The service with its worker, and the built web app in front of it: for tests of the web app and benchmarks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.servers import ROOT, Server, free_port, require_command, running, stop
from tests.web.node import WEB, run

ISSUER = "https://colophon.test"
DIST = ".next-test"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the example in the specification
BUILD_TIMEOUT_S = 900
ADMINISTRATOR = re.compile(r"^Administrator: (\S+), password (\S+) ", re.MULTILINE)

RECEIVER_PORT = free_port()

API = {
    "JWT_ISSUER": ISSUER,
    # No token runs out while the tests run, however long they take; session.spec.ts moves the clock of some.
    "ACCESS_TOKEN_S": "86400",
    # Nor does the log-in of the administrator become too long ago; specs let that of others be.
    "STEP_UP_S": "86400",
    # A busy machine may take long to send the second of two requests with one refresh token.
    "REFRESH_LEEWAY_S": "60",
    # Both are counted for each client, and all that happens here is one client; they are tested by themselves.
    "RATE_LIMIT_LOGIN": "1000000 per minute",
    "RATE_LIMIT_REGISTER": "1000000 per minute",
    "LOGIN_FAILURES": "1000000",
    # Where webhooks.spec.ts receives what is sent.
    "OUTBOUND_NETWORKS": "127.0.0.1/32",
    "OUTBOUND_PORTS": str(RECEIVER_PORT),
}


def telling(*web_ports: int) -> dict[str, str]:
    """Return the settings of a service that tells web servers on these ports of changes."""
    urls = ",".join(f"http://127.0.0.1:{port}/webhooks/revalidate" for port in web_ports)
    return {**API, "REVALIDATE_URLS": urls, "REVALIDATE_SECRET": SECRET}


def bootstrap(folder: Path, env: Mapping[str, str] = API) -> tuple[str, str]:
    """Set up a service in `folder`; return e-mail address and password of its administrator."""
    found = ADMINISTRATOR.search(flask(folder, "bootstrap", env=env))
    assert found
    return found[1], found[2]


def flask(folder: Path, *arguments: str, env: Mapping[str, str] = API) -> str:
    """Run a command of the service on the database of `folder`."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    environment = _environment(folder, env)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def worker(folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """Run background jobs on the database of `folder`, as `make web` does; yield the id of its process group."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(folder, env), stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        stop(process)


def _environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "VAR_DIR": str(folder / "var"), **env}


def build(api_url: str) -> Path:
    """Build the web app on a running service; return the folder that can be served."""
    environment = {
        "API_BASE_URL": api_url,
        "NEXT_DIST_DIR": DIST,
        "NEXT_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production",
    }
    done = run(WEB, "next", "build", env=environment, timeout_s=BUILD_TIMEOUT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    built = WEB / DIST / "standalone"
    shutil.copytree(WEB / DIST / "static", built / DIST / "static", dirs_exist_ok=True)
    shutil.copytree(WEB / "public", built / "public", dirs_exist_ok=True)
    return built


@contextmanager
def served(
    application: Path, folder: Path, api_url: str, *, port: int | None = None, **settings: str
) -> Iterator[Server]:
    """Serve a copy of the built application: what one server keeps of its pages, no other one sees.

    A folder that is there already is served as its last server has left it.
    """
    if not folder.exists():
        shutil.copytree(application, folder, symlinks=True)
    port = port or free_port()
    environment = {
        "API_BASE_URL": api_url,
        "HOSTNAME": "127.0.0.1",
        "JWT_ISSUER": ISSUER,
        "NEXT_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production",
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        **settings,
    }
    with running(
        [require_command("node"), "server.js"], port, folder / "log", env=environment, cwd=folder
    ) as server:
        # It listens before it is ready: a request that comes in between is not what is to be tested.
        urlopen(f"{server.url}/robots.txt", timeout=60).close()
        yield server
