"""The web app's Dockerfile: its own steps, run in an empty folder beside an API, and the server that they make."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.test_image import SCRIPT, USER, command, namespaces_allowed, run
from tests.servers import ROOT, Server, free_port, require_command, running, service

BUILT_WITHIN_S = 1200


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with service(tmp_path_factory.mktemp("api")) as server:
        yield server


@pytest.fixture(scope="module")
def image(api: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_command("node")
    require_command("npm")
    if not namespaces_allowed():
        reason = "NOT TESTED: the image needs root and namespaces (in a container: --privileged)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    folder = tmp_path_factory.mktemp("web")
    given = {"API_BASE_URL": api.url, "SITE_URL": "https://blog.example.org"}
    arguments = [f"--build-arg={name}={value}" for name, value in given.items()]
    done = subprocess.run(
        [sys.executable, SCRIPT, "build", "--context", ROOT / "web", *arguments, folder],
        capture_output=True,
        text=True,
        timeout=BUILT_WITHIN_S,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return folder


@pytest.fixture(scope="module")
def container(image: Path, api: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    env = {"API_BASE_URL": api.url, "HOSTNAME": "127.0.0.1", "PORT": str(port)}
    with running(command("run", image, env=env), port, tmp_path_factory.mktemp("container")) as server:
        yield server


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def test_serves_the_site_with_its_scripts_and_styles(container: Server) -> None:
    page = read(container.url)
    for pattern in (r'href="(/_next/static/[^"]+\.css)', r'"(/_next/static/[^"]+\.js)'):
        found = re.search(pattern, page)
        assert found, page
        assert read(f"{container.url}{found[1]}")
    assert read(f"{container.url}/api/hello?name=Ada") == '{"message":"Hello, Ada!"}'
    assert "https://blog.example.org/sitemap.xml" in read(f"{container.url}/robots.txt")


def test_runs_without_rights_and_writes_its_pages_alone(container: Server, image: Path) -> None:
    status = Path(f"/proc/{container.process.pid}/status").read_text()
    assert re.search(rf"^Uid:(\s{USER}){{4}}$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)
    for path in ("/app/new", "/app/node_modules/new", "/new", "/usr/new"):
        assert run(image, "touch", path).returncode != 0
    assert run(image, "touch", "/app/.next/server/app/new").returncode == 0


def test_holds_neither_sources_nor_tools(image: Path) -> None:
    app = image / "image" / "app"
    found = {path.name for path in app.iterdir()}
    assert {"server.js", "package.json", ".next", "node_modules", "public"} <= found
    assert not found & {
        ".env",
        ".git",
        ".npmrc",
        "Dockerfile",
        "next.config.ts",
        "package-lock.json",
        "tests",
        "tsconfig.json",
    }
    packages = {path.name for path in (app / "node_modules").iterdir()}
    assert "next" in packages
    assert not packages & {"@hey-api", "@playwright", "eslint", "tailwindcss", "typescript", "vitest"}
    assert not list(app.glob("src/**/*.ts*"))


def test_health_check_says_whether_it_answers(container: Server, image: Path) -> None:
    for port, healthy in ((container.port, True), (free_port(), False)):
        done = subprocess.run(
            command("health", image, env={"PORT": str(port)}), capture_output=True, timeout=30
        )
        assert (done.returncode == 0) is healthy


def test_stops_when_told_to(image: Path, api: Server, tmp_path: Path) -> None:
    port = free_port()
    env = {"API_BASE_URL": api.url, "HOSTNAME": "127.0.0.1", "PORT": str(port)}
    with running(command("run", image, env=env), port, tmp_path) as server:
        # It listens before it handles signals, and a namespace's first process ignores those that it does not handle.
        read(f"{server.url}/robots.txt")
        server.process.terminate()
        assert server.process.wait(30) in {0, 143}
