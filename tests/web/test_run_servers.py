"""`make run`, `make web` and `make dev`, run in a copy of the checkout on free ports, and the script behind them."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from service.config import load_settings
from tests.servers import INHERITED, ROOT, free_port, require_command
from tests.waiting import wait_until
from tests.web.scripts import import_script

COPIED = (
    "Makefile",
    "alembic",
    "gunicorn.conf.py",
    "openapi",
    "pyproject.toml",
    "requirements-installer.txt",
    "requirements.txt",
    "service",
)
# Compared by make with the stamps of what is installed already.
LOCKS = ("requirements-installer.txt", "requirements.txt", "web/package-lock.json")
LEFT_OUT = shutil.ignore_patterns("node_modules", ".next*", "test-results", "*.tsbuildinfo", "__pycache__")
BUILD_DEADLINE_S = 1800
DEADLINE_S = 600
SUMMARY_END = "  Stop     press Ctrl+C\n"
GREETING = ("The greeting.", "The text of the greeting.")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what `make web` needs; the installed packages are the same files, not installed again."""
    require_command("make")
    require_command("node")
    for stamp in (ROOT / ".venv" / ".runtime", ROOT / "web" / "node_modules" / ".installed"):
        if not stamp.exists():
            reason = f"NOT TESTED: run 'make {stamp.relative_to(ROOT)}' first"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    copy = tmp_path_factory.mktemp("run_servers") / "checkout"
    copy.mkdir()
    for name in (*COPIED, "wsgi.py", "web"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=LEFT_OUT, symlinks=True)
        else:
            shutil.copy2(source, copy / name)
    packages = Path("web", "node_modules")
    shutil.copytree(ROOT / packages, copy / packages, copy_function=link_or_copy, symlinks=True)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for name in LOCKS:
        os.utime(copy / name, (0, 0))
    return copy


def link_or_copy(source: str, target: str) -> None:
    """Make a hard link to a file; copy it where that is on another disk."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


@functools.cache
def ports() -> dict[str, str]:
    """Return the ports of every start: a build keeps the URL of its site."""
    return {"PORT": str(free_port()), "WEB_PORT": str(free_port())}


class MakeRun:
    """A running `make`, as from a terminal: Ctrl+C reaches its whole process group."""

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

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_ready(self) -> bool:
        return SUMMARY_END in self.output()

    def wait_until(self, condition: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
        def checked() -> bool:
            if condition():
                return True
            assert self.process.poll() is None, self.output()
            return False

        try:
            wait_until(checked, within_s)
        except TimeoutError:
            raise AssertionError(self.output()) from None

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
def running_make(checkout: Path, target: str, log: Path, **settings: str) -> Iterator[MakeRun]:
    """Run `make target` until the block ends; no process may be left behind."""
    run = MakeRun(checkout, target, log, **settings)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt()
            run.process.wait(DEADLINE_S)
        assert [found for found in processes() if found[2].is_relative_to(checkout)] == []


def read(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as response:
        return response.status, response.read().decode()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return import_script("run_servers")


class TestApi:
    def test_make_run_serves_the_api_alone_until_it_is_interrupted(
        self, checkout: Path, tmp_path: Path
    ) -> None:
        with running_make(checkout, "run", tmp_path / "log", VAR_DIR=str(tmp_path / "var")) as run:
            run.wait_until(run.is_ready)
            assert read(f"{run.api}/health/ready")[0] == 200
            password = tmp_path / "var" / "administrator.txt"
            assert password.exists()
            run.wait_until(lambda: "task=jobs.purge_finished" in run.output())  # the worker works
            run.interrupt()
            assert run.process.wait(DEADLINE_S) is not None
        before, after = run.output().split(SUMMARY_END)
        assert before.endswith(
            f"\n  API      {run.api}/swagger\n"
            "  Log in   admin@colophon.example, the password is in "
            f"{os.path.relpath(password, checkout)}\n"
        )
        # The address is announced once it answers, and by the server's own line too.
        assert f"Listening at: {run.api}\n" in before
        assert all(line.startswith(("api | ", "worker | ", "make: ")) for line in after.splitlines() if line)


class TestServe:
    def test_builds_and_serves_both_until_it_is_interrupted(self, checkout: Path, tmp_path: Path) -> None:
        with running_make(checkout, "web", tmp_path / "log") as run:
            run.wait_until(run.is_ready, BUILD_DEADLINE_S)
            # The summary comes when both respond: neither is waited for here.
            assert read(f"{run.api}/health/ready")[0] == 200
            status, page = read(run.site)
            assert status == 200
            # Rendered in the build, and from what the server reads while it runs.
            newest = json.loads(read(f"{run.api}/api/posts?per_page=1")[1])[0]
            assert newest["title"] in page
            assert read(f"{run.site}/api/hello?name=Ada") == (200, '{"message":"Hello, Ada!"}')
            run.interrupt()
            assert run.process.wait(DEADLINE_S) is not None
        output = run.output()
        steps = re.findall(r"^([A-Z][^|\n]*) \.\.\. done \(\d+ s\)$", output, re.MULTILINE)
        assert steps == [
            "Setting up the database",
            "Starting the API",
            "Building the web app (no build is kept)",
            "Starting the web app",
        ]
        before, after = output.split(SUMMARY_END)
        assert before.endswith(
            f"\n  Site     {run.site}\n"
            f"  Studio   {run.site}/studio\n"
            f"  API      {run.api}/swagger\n"
            "  Log in   admin@colophon.example, the password is in var/administrator.txt\n"
            f"           or create an account at {run.site}/sign-up\n"
        )
        assert "\nweb | " in before
        # All that follows are the servers' own lines, to the last one.
        assert "\napi | " in after
        assert all(
            line.startswith(("api | ", "web | ", "worker | ", "make: "))
            for line in after.splitlines()
            if line
        )
        assert "Traceback" not in output

    @pytest.mark.parametrize(
        ("word", "name"),
        [("next-server", "The web app"), ("gunicorn", "The API"), ("wsgi worker", "The worker")],
        ids=["web app", "API", "worker"],
    )
    def test_later_starts_serve_the_kept_build_and_stop_both_when_one_ends(
        self, checkout: Path, tmp_path: Path, word: str, name: str
    ) -> None:
        for file in (checkout / "web" / "src").rglob("*.ts"):
            os.utime(file)  # as a checkout of another branch and back does
        with running_make(checkout, "web", tmp_path / "log") as run:
            run.wait_until(run.is_ready)
            assert "Building" not in run.output()
            os.kill(run.process_of(word), signal.SIGKILL)
            assert run.process.wait(DEADLINE_S) != 0
        assert (
            f"\n{name} ended by SIGKILL; its last messages are above. No server is left running.\n"
            in run.output()
        )

    @pytest.mark.parametrize("variable", ["PORT", "WEB_PORT"])
    def test_names_a_port_in_use(self, checkout: Path, tmp_path: Path, variable: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with running_make(checkout, "web", tmp_path / "log", **{variable: str(port)}) as run:
                assert run.process.wait(DEADLINE_S) != 0
        assert f"http://127.0.0.1:{port} is in use. " in run.output()
        assert f"choose another port: {variable}={port + 1}\n" in run.output()
        assert "Traceback" not in run.output()

    def test_shows_why_the_database_could_not_be_set_up(self, checkout: Path, tmp_path: Path) -> None:
        database = {"DATABASE_URL": "sqlite:////dev/null/database"}  # not even root makes a folder there
        with running_make(checkout, "web", tmp_path / "log", **database) as run:
            assert run.process.wait(DEADLINE_S) != 0
        assert "Setting up the database ... failed" in run.output()
        assert (
            "The database could not be set up; the reason is above. No server was started.\n" in run.output()
        )
        assert run.output().index("/dev/null") < run.output().index("The database could not be set up")

    def test_names_a_wrong_setting(self, checkout: Path, tmp_path: Path) -> None:
        with running_make(checkout, "web", tmp_path / "log", ACCESS_TOKEN_S="soon") as run:
            assert run.process.wait(DEADLINE_S) != 0
        assert "ACCESS_TOKEN_S" in run.output()
        assert "Traceback" not in run.output()

    def test_shows_why_a_build_failed(self, checkout: Path, tmp_path: Path) -> None:
        config = checkout / "web" / "next.config.ts"
        original = config.read_text()
        config.write_text(f"{original}\nthrow new Error('broken on purpose');\n")
        try:
            with running_make(checkout, "web", tmp_path / "log") as run:
                assert run.process.wait(BUILD_DEADLINE_S) != 0
        finally:
            config.write_text(original)
        assert re.search(r"Building the web app \(.+\) ... failed", run.output())
        assert "broken on purpose" in run.output()
        assert (
            "The web app could not be built; the reason is above. No server is left running." in run.output()
        )


class TestServerOutput:
    def test_every_line_has_the_prefix_down_to_the_last_one(self, script: ModuleType) -> None:
        program = "import sys; print('first'); sys.stdout.flush(); raise ValueError('second\\nthird')"
        written = io.StringIO()
        server = script.start_process(
            script.Console(written), "api", "The API", [sys.executable, "-c", program], ROOT, {}
        )
        assert server.process.wait(DEADLINE_S) == 1
        script.stop_servers({"api": server})
        lines = written.getvalue().splitlines()
        assert lines[:2] == ["api | first", "api | Traceback (most recent call last):"]
        assert lines[-2:] == ["api | ValueError: second", "api | third"]
        assert all(line.startswith("api | ") for line in lines)

    def test_prefixes_are_coloured_on_a_terminal_only(self, script: ModuleType) -> None:
        def output(environment: dict[str, str]) -> str:
            command = [sys.executable, "-c", "print('line')"]
            written = Terminal()
            console = script.Console(written)
            server = script.start_process(console, "web", "The web app", command, ROOT, environment)
            server.process.wait(DEADLINE_S)
            script.stop_servers({"web": server})
            return written.getvalue()

        assert output({}) == "\x1b[35mweb | \x1b[0mline\n"
        assert output({"NO_COLOR": "1"}) == "web | line\n"

    def test_a_server_that_ends_while_it_starts_is_named(self, script: ModuleType) -> None:
        command = [sys.executable, "-c", "raise SystemExit(3)"]
        server = script.start_process(script.Console(io.StringIO()), "api", "The API", command, ROOT, {})
        with pytest.raises(
            script.RunError, match=r"^The API ended with status 3; its last messages are above"
        ):
            script.wait_until_ready("The API", f"http://127.0.0.1:{free_port()}", {"api": server})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_both_servers_know_the_public_url_of_the_site(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_PORT", "3100")
    assert [each["SITE_URL"] for each in script.environments()] == ["http://127.0.0.1:3100"] * 2
    monkeypatch.setenv("SITE_URL", "https://blog.example.org")
    assert [each["SITE_URL"] for each in script.environments()] == ["https://blog.example.org"] * 2


def test_both_servers_share_a_secret_by_which_pages_become_fresh(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_PORT", "3100")
    api, web = script.with_revalidation(*script.environments())
    assert api["REVALIDATE_URLS"] == "http://127.0.0.1:3100/webhooks/revalidate"
    assert api["REVALIDATE_SECRET"] == web["REVALIDATE_SECRET"]
    assert load_settings("development", api).revalidate_secret
    assert (
        script.with_revalidation(*script.environments())[0]["REVALIDATE_SECRET"] != web["REVALIDATE_SECRET"]
    )
    own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    monkeypatch.setenv("REVALIDATE_SECRET", own)
    monkeypatch.setenv("REVALIDATE_URLS", "https://blog.example.org/webhooks/revalidate")
    api, web = script.with_revalidation(*script.environments())
    assert (api["REVALIDATE_SECRET"], web["REVALIDATE_SECRET"]) == (own, own)
    assert api["REVALIDATE_URLS"] == "https://blog.example.org/webhooks/revalidate"


def test_the_summary_without_a_password_file(script: ModuleType, tmp_path: Path) -> None:
    assert (
        script.administrator({"VAR_DIR": str(tmp_path)}) == "with an administrator account of this database"
    )


def test_dev_writes_document_and_client_again(checkout: Path, tmp_path: Path) -> None:
    """Change a description, then make a declaration that is refused, then correct it."""
    schemas, routes = (checkout / "service" / "hello" / name for name in ("schemas.py", "routes.py"))
    document = checkout / "openapi" / "openapi.json"
    types = checkout / "web" / "src" / "client" / "types.gen.ts"
    with running_make(checkout, "dev", tmp_path / "log") as run:
        run.wait_until(run.is_ready)
        before = document.read_text()
        schemas.write_text(schemas.read_text().replace(*GREETING))
        run.wait_until(lambda: "Generating the client from the changed document ... done" in run.output())
        assert document.read_text() == before.replace(*GREETING) != before
        assert GREETING[1] in types.read_text()
        run.wait_until(lambda: GREETING[1] in read(f"{run.api}/openapi.json")[1])
        allowed = routes.read_text()
        routes.write_text(allowed.replace("    @public\n", ""))
        run.wait_until(lambda: "It is started again after the next change in service/." in run.output())
        run.wait_until(lambda: "openapi/openapi.json was not changed" in run.output())
        assert read(f"{run.site}/login")[0] == 200
        routes.write_text(allowed)
        run.wait_until(lambda: responds(f"{run.api}/api/hello"))
        os.kill(run.process_of("next-server"), signal.SIGKILL)
        assert run.process.wait(DEADLINE_S) != 0
    assert "The web app ended" in run.output()


def responds(url: str) -> bool:
    try:
        return read(url)[0] == 200
    except OSError:
        return False
