"""The Dockerfile's own steps, run in an empty folder as an unprivileged user, and the service that they make."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.servers import ROOT, free_port, running

SCRIPT = ROOT / "deploy" / "run_dockerfile.py"
SETTINGS = {"DATABASE_URL": "sqlite:////data/colophon.sqlite3", "PUBLIC_URL": "https://blog.example.org"}
USER = 100_000 + 10_001  # the image's 10001, as this machine sees it

spec = importlib.util.spec_from_file_location("run_dockerfile", SCRIPT)
assert spec is not None
assert spec.loader is not None
run_dockerfile = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = run_dockerfile
spec.loader.exec_module(run_dockerfile)


def namespaces_allowed() -> bool:
    """Whether this machine lets a test be root of a namespace of its own."""
    probe = ["unshare", "--mount", "--user", "--map-root-user", "mount", "--bind", "/tmp", "/tmp"]
    return os.geteuid() == 0 and subprocess.run(probe, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    if not namespaces_allowed():
        reason = "NOT TESTED: the image needs root and namespaces (in a container: --privileged)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    folder = tmp_path_factory.mktemp("image")
    result = subprocess.run(
        [sys.executable, SCRIPT, "build", folder], capture_output=True, text=True, timeout=600
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-4000:]
    return folder


def command(action: str, image: Path, *arguments: str, env: dict[str, str] | None = None) -> list[str]:
    given = [f"--env={name}={value}" for name, value in (env or {}).items()]
    return [sys.executable, str(SCRIPT), action, *given, str(image), *arguments]


def run(image: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("run", image, *arguments, env=env), capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def prepared(image) -> Path:
    """The image after the one-shot command of deploy/compose.yaml, run twice as an update does."""
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    migrate = [part.replace("$$", "$") for part in compose["services"]["migrate"]["command"]]
    for _ in range(2):
        result = run(image, *migrate, env=SETTINGS)
        assert result.returncode == 0, result.stderr
    assert len(list((image / "image" / "data" / "keys").glob("*.pem"))) == 1
    return image


@pytest.fixture(scope="module")
def container(prepared, tmp_path_factory):
    port = free_port()
    env = SETTINGS | {"HOST": "127.0.0.1", "PORT": str(port)}
    with running(command("run", prepared, env=env), port, tmp_path_factory.mktemp("container")) as server:
        yield server


def get(url: str) -> tuple[int, str, bytes]:
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.status, response.headers["Content-Type"], response.read()


class TestService:
    def test_is_alive_and_ready(self, container):
        for check in ("live", "ready"):
            status, _, body = get(f"{container.url}/health/{check}")
            assert (status, json.loads(body)["status"]) == (200, "ok")

    def test_serves_its_document(self, container):
        status, kind, body = get(f"{container.url}/openapi.json")
        assert (status, kind) == (200, "application/json")
        assert json.loads(body)["openapi"].startswith("3.1.")

    def test_logs_json(self, container):
        get(f"{container.url}/health/live")
        lines = [json.loads(line) for line in container.output().splitlines() if line.startswith("{")]
        assert [line for line in lines if line.get("path") == "/health/live"]

    def test_runs_without_rights(self, container):
        status = Path(f"/proc/{container.process.pid}/status").read_text()
        assert re.search(rf"^Uid:(\s{USER}){{4}}$", status, re.MULTILINE)
        assert re.search(rf"^Gid:(\s{USER}){{4}}$", status, re.MULTILINE)
        assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)

    def test_health_check_says_what_readiness_says(self, container, prepared):
        healthy = command("health", prepared, env={"PORT": str(container.port)})
        assert subprocess.run(healthy, capture_output=True, timeout=30).returncode == 0
        nobody_there = command("health", prepared, env={"PORT": str(free_port())})
        assert subprocess.run(nobody_there, capture_output=True, timeout=30).returncode != 0

    def test_is_unhealthy_without_its_database(self, prepared, tmp_path):
        port = free_port()
        lost = f"postgresql://nobody:nothing@127.0.0.1:{free_port()}/lost"
        env = SETTINGS | {"HOST": "127.0.0.1", "PORT": str(port), "DATABASE_URL": lost}
        with running(command("run", prepared, env=env), port, tmp_path):
            unhealthy = command("health", prepared, env={"PORT": str(port)})
            assert subprocess.run(unhealthy, capture_output=True, timeout=30).returncode == 1

    def test_stops_when_told_to(self, prepared, tmp_path):
        port = free_port()
        env = SETTINGS | {"HOST": "127.0.0.1", "PORT": str(port)}
        with running(command("run", prepared, env=env), port, tmp_path) as server:
            server.process.terminate()
            assert server.process.wait(30) == 0


class TestImage:
    @pytest.mark.parametrize("path", ["/app/new", "/app/service/new", "/opt/venv/new", "/new", "/usr/new"])
    def test_nothing_but_data_can_be_written(self, image, path):
        assert run(image, "touch", path).returncode != 0
        assert run(image, "touch", "/data/new").returncode == 0

    def test_holds_what_serves_and_nothing_else(self, image):
        app = image / "image" / "app"
        assert {path.name for path in app.iterdir()} - {"__pycache__"} == {
            "LICENSE",
            "alembic",
            "celery_app.py",
            "gunicorn.conf.py",
            "openapi",
            "pyproject.toml",
            "service",
            "wsgi.py",
        }
        names = {path.name for path in app.rglob("*")}
        assert not names & {".env", ".git", "tests", "var", ".dockerignore"}

    def test_has_the_locked_packages_and_no_installer(self, image):
        listed = run(
            image,
            "python",
            "-c",
            "import importlib.metadata as m; print(*(d.name for d in m.distributions()))",
        )
        installed = {name.lower().replace("_", "-") for name in listed.stdout.split()}
        locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
        assert installed <= locked
        assert {"flask", "flask-restx", "gunicorn", "psycopg"} <= installed
        assert "pip" not in installed

    def test_a_package_that_is_not_the_locked_one_is_refused(self, image, tmp_path, monkeypatch, capfd):
        context = tmp_path / "context"
        context.mkdir()
        for name in ("Dockerfile", ".dockerignore", "requirements-installer.txt"):
            (context / name).write_text((ROOT / name).read_text())
        (locked,) = re.findall(r"^blinker==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
        (context / "requirements.txt").write_text(f"{locked} --hash=sha256:{'0' * 64}\n")
        monkeypatch.setattr(run_dockerfile, "CONTEXT", context)
        with pytest.raises(subprocess.CalledProcessError):
            run_dockerfile.build(tmp_path / "image")
        assert "Hash mismatch" in capfd.readouterr().err

    @pytest.mark.parametrize("missing", ["DATABASE_URL", "PUBLIC_URL"])
    def test_says_what_it_needs_in_place_of_starting(self, image, missing):
        given = {name: value for name, value in SETTINGS.items() if name != missing}
        result = run(image, env={**given, "PORT": str(free_port())})
        assert result.returncode == 4
        assert f"{missing} is not set" in result.stderr
        assert "Traceback" not in result.stderr


class TestScript:
    def test_joins_lines_and_drops_comments(self):
        text = "# one\nFROM a AS b\n\nRUN x \\\n# two\n && y\n"
        assert list(run_dockerfile.instructions(text)) == [("FROM", "a AS b"), ("RUN", "x && y")]

    def test_refuses_what_it_does_not_understand(self, tmp_path):
        image = run_dockerfile.Image(str(tmp_path))
        for name, text in (
            ("ONBUILD", "RUN x"),
            ("HEALTHCHECK", "--magic=1 CMD x"),
            ("COPY", "absent.txt ./"),
        ):
            with pytest.raises(SystemExit):
                run_dockerfile.carry_out(image, name, text, {}, lambda _: False)

    def test_leaves_out_what_dockerignore_says(self):
        left_out = run_dockerfile.ignored([".env*", "!.env.example", "**/__pycache__", "**/*.py[cod]", "var"])
        assert [path for path in PATHS if left_out(path)] == [
            ".env",
            ".env.local",
            "service/a/__pycache__",
            "a.pyc",
            "var/x",
        ]

    def test_never_writes_outside_its_folder(self, tmp_path):
        image = run_dockerfile.Image(str(tmp_path))
        assert image.outside("../../etc/passwd") == tmp_path / "etc" / "passwd"

    def test_wants_an_empty_folder(self, tmp_path):
        (tmp_path / "full").touch()
        with pytest.raises(SystemExit, match="not empty"):
            run_dockerfile.build(tmp_path)


PATHS = [
    ".env",
    ".env.example",
    ".env.local",
    "service/a/__pycache__",
    "service/a/b.py",
    "a.pyc",
    "var/x",
    "variable",
]
