"""`make web` and `make dev`, run in a copy of the checkout with ports and data of their own."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.servers import INHERITED, ROOT, free_port, needed
from tests.waiting import wait_until

COPIED = (
    "Makefile",
    "alembic",
    "gunicorn.conf.py",
    "openapi",
    "pyproject.toml",
    "requirements.txt",
    "service",
)
LEFT_OUT = shutil.ignore_patterns("node_modules", ".next*", "test-results", "*.tsbuildinfo", "__pycache__")
BUILT_WITHIN_S = 900
SEEN_WITHIN_S = 180
READY = "Ctrl-C ends both."
GREETING = ("The greeting.", "What is said to whoever came.")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what `make web` needs; the installed packages are the same files, not installed again."""
    needed("make")
    needed("node")
    for stamp in (ROOT / ".venv" / ".runtime", ROOT / "web" / "node_modules" / ".installed"):
        if not stamp.exists():
            reason = f"NOT TESTED: run 'make {stamp.relative_to(ROOT)}' first"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    copy = tmp_path_factory.mktemp("together") / "checkout"
    copy.mkdir()
    for name in (*COPIED, "wsgi.py", "web"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=LEFT_OUT, symlinks=True)
        else:
            shutil.copy2(source, copy / name)
    packages = Path("web", "node_modules")
    shutil.copytree(ROOT / packages, copy / packages, copy_function=linked, symlinks=True)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


def linked(source: str, target: str) -> None:
    """Give a file a second name; copy it where that is on another disk."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


@functools.cache
def ports() -> dict[str, str]:
    """Return where both are to listen, each time: a build keeps the address of its site."""
    return {"PORT": str(free_port()), "WEB_PORT": str(free_port())}


class Made:
    """A `make` that runs, as from a terminal: Ctrl-C reaches all of its group."""

    def __init__(self, checkout: Path, target: str, log: Path, **settings: str) -> None:
        self.checkout, self.log = checkout, log
        self.ports = ports() | settings
        known = {name: os.environ[name] for name in INHERITED if name in os.environ}
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                ["make", target],
                cwd=checkout,
                env=known | {"NO_COLOR": "1", "WEB_CONCURRENCY": "1"} | self.ports,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.ports['WEB_PORT']}"

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports['PORT']}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, seen: Callable[[], bool], within_s: float = SEEN_WITHIN_S) -> None:
        def checked() -> bool:
            if seen():
                return True
            assert self.process.poll() is None, self.said()
            return False

        try:
            wait_until(checked, within_s)
        except TimeoutError:
            raise AssertionError(self.said()) from None

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def process_of(self, word: str) -> int:
        """Return the id of a process in the checkout: of a server and its workers, the server's."""
        return min(
            pid for pid, name, folder in processes() if folder.is_relative_to(self.checkout) and word in name
        )


def processes() -> Iterator[tuple[int, str, Path]]:
    """Yield the id of each process, its command line, and where it runs."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                name = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield int(entry.name), name, (entry / "cwd").readlink()


@contextlib.contextmanager
def made(checkout: Path, target: str, log: Path, **settings: str) -> Iterator[Made]:
    """Run `make target` until the block ends, and leave nothing behind."""
    run = Made(checkout, target, log, **settings)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt()
            run.process.wait(60)
        assert [found for found in processes() if found[2].is_relative_to(checkout)] == []


def read(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


def together(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("together", checkout / "web" / "scripts" / "together.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestWeb:
    def test_builds_and_serves_both_until_it_is_interrupted(self, checkout: Path, tmp_path: Path) -> None:
        with made(checkout, "web", tmp_path / "log") as run:
            run.wait_until(lambda: READY in run.said(), BUILT_WITHIN_S)
            assert f"{run.site}\n" in run.said()
            assert f"{run.api}/swagger\n" in run.said()
            assert "Building the web app" in run.said()
            assert read(f"{run.api}/health/ready")[0] == 200
            status, page = read(run.site)
            assert status == 200
            # Made while it was built, and by what it asks as it runs.
            newest = json.loads(read(f"{run.api}/api/posts?per_page=1")[1])[0]
            assert newest["title"] in page
            assert read(f"{run.site}/api/hello?name=Ada") == (200, '{"message":"Hello, Ada!"}')
            run.interrupt()
            run.process.wait(60)
        assert "Traceback" not in run.said()

    @pytest.mark.parametrize(
        ("word", "name"), [("next-server", "The web app"), ("gunicorn", "The API")], ids=["web app", "API"]
    )
    def test_what_ends_takes_the_other_one_with_it(
        self, checkout: Path, tmp_path: Path, word: str, name: str
    ) -> None:
        with made(checkout, "web", tmp_path / "log") as run:
            run.wait_until(lambda: READY in run.said(), BUILT_WITHIN_S)
            assert "Building" not in run.said()
            os.kill(run.process_of(word), signal.SIGKILL)
            assert run.process.wait(60) != 0
        assert f"{name} ended by SIGKILL" in run.said()

    @pytest.mark.parametrize("variable", ["PORT", "WEB_PORT"])
    def test_a_port_in_use_is_told(self, checkout: Path, tmp_path: Path, variable: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with made(checkout, "web", tmp_path / "log", **{variable: str(port)}) as run:
                assert run.process.wait(SEEN_WITHIN_S) != 0
        assert f"http://127.0.0.1:{port} is in use; " in run.said()
        assert f"choose another port: {variable}={port + 1}\n" in run.said()
        assert "Traceback" not in run.said()

    def test_a_build_that_fails_is_told(self, checkout: Path, tmp_path: Path) -> None:
        config = checkout / "web" / "next.config.ts"
        kept = config.read_text()
        config.write_text(f"{kept}\nthrow new Error('as it is now');\n")
        try:
            with made(checkout, "web", tmp_path / "log") as run:
                assert run.process.wait(BUILT_WITHIN_S) != 0
        finally:
            config.write_text(kept)
        assert "as it is now" in run.said()
        assert "The web app could not be built; the reason is above." in run.said()


def test_what_a_build_is_made_from_tells_it_from_another_one(checkout: Path) -> None:
    script = together(checkout)
    before = script.fingerprint({})
    assert script.fingerprint({"PATH": "/bin"}) == before
    assert script.fingerprint({"SITE_URL": "https://blog.example.org"}) != before
    for name, same in (
        ("src/new.ts", False),
        ("tests/new.ts", True),
        (".env.production", False),
        (".next/x", True),
    ):
        file = checkout / "web" / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
        assert (script.fingerprint({}) == before) is same, name
        file.unlink()


def test_dev_writes_document_and_client_anew(checkout: Path, tmp_path: Path) -> None:
    """Change a description, then declare what is refused, then mend it."""
    schemas, routes = (checkout / "service" / "hello" / name for name in ("schemas.py", "routes.py"))
    document = checkout / "openapi" / "openapi.json"
    clients = [checkout / "web" / "src" / name / "types.gen.ts" for name in ("client", "browser-client")]
    with made(checkout, "dev", tmp_path / "log") as run:
        run.wait_until(lambda: READY in run.said())
        before = document.read_text()
        schemas.write_text(schemas.read_text().replace(*GREETING))
        run.wait_until(lambda: "so did the client" in run.said())
        assert document.read_text() == before.replace(*GREETING) != before
        for client in clients:
            assert GREETING[1] in client.read_text()
        run.wait_until(lambda: GREETING[1] in read(f"{run.api}/openapi.json")[1])
        allowed = routes.read_text()
        routes.write_text(allowed.replace("    @public\n", ""))
        run.wait_until(lambda: "it starts again with the next change in service/." in run.said())
        assert "openapi/openapi.json stays as it was" in run.said()
        assert read(f"{run.site}/login")[0] == 200
        routes.write_text(allowed)
        run.wait_until(lambda: answers(f"{run.api}/api/hello"))
        os.kill(run.process_of("next-server"), signal.SIGKILL)
        assert run.process.wait(60) != 0
    assert "The web app ended" in run.said()


def answers(url: str) -> bool:
    try:
        return read(url)[0] == 200
    except OSError:
        return False
