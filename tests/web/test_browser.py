"""Browser tests: Playwright on the built web app and the real service."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.servers import ROOT, Server, free_port, gunicorn, require_command, running, stop
from tests.web.legacy import FLAGS, legacy_site, moved_posts
from tests.web.node import WEB, run
from tests.web.unclean_post import insert_unclean_post

SPECS = sorted(file.name.removesuffix(".spec.ts") for file in (WEB / "tests" / "browser").glob("*.spec.ts"))
CORPUS = ROOT.parent / "shared" / "corpus" / "rust-blog" / "content"
ISSUER = "https://colophon.test"
DIST = ".next-test"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the example in the specification
BUILD_TIMEOUT_S = 900
SPECS_TIMEOUT_S = 7200
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


@dataclass(frozen=True, slots=True)
class Publication:
    """A service that is filled and runs, and how one administrates it."""

    folder: Path
    api: Server
    environment: dict[str, str]


def flask(folder: Path, *arguments: str) -> str:
    """Run a command of the service on the database of `folder`."""
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(folder / "var"), **API}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def worker(folder: Path, web_app: Server) -> Iterator[None]:
    """Run background jobs on the database of `folder`, as `make web` does; changes are told to `web_app`."""
    revalidation = {"REVALIDATE_URLS": f"{web_app.url}/webhooks/revalidate", "REVALIDATE_SECRET": SECRET}
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(folder / "var"), **API, **revalidation}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        stop(process)


@pytest.fixture(scope="session")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    """Serve posts: a real blog where there is one beside the checkout, and the demo."""
    require_command("chromium")
    require_command("npm")
    folder = tmp_path_factory.mktemp("publication")
    found = ADMINISTRATOR.search(flask(folder, "bootstrap"))
    assert found
    if CORPUS.is_dir():
        flask(folder, "import-posts", str(CORPUS))
    with ExitStack() as stack:
        api = stack.enter_context(gunicorn(folder, env=API))
        unclean = insert_unclean_post(folder / "var" / "colophon.sqlite3")
        who = {"ADMIN_EMAIL": found[1], "ADMIN_PASSWORD": found[2], "UNCLEAN_POST": unclean}
        yield Publication(folder, api, {"API_BASE_URL": api.url, **who})


@pytest.fixture(scope="session")
def application(publication: Publication) -> Path:
    """Build the application on the running service, once; return the folder that can be served."""
    environment = {
        "API_BASE_URL": publication.api.url,
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


def test_a_build_without_the_service_fails_at_once_and_says_so() -> None:
    environment = {
        "API_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "NEXT_DIST_DIR": ".next-nothing",
        "NEXT_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production",
    }
    done = run(WEB, "next", "build", env=environment, timeout_s=60)
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert f"The web app was not built: the API does not respond at {environment['API_BASE_URL']}" in said
    assert not (WEB / ".next-nothing").exists()


@contextmanager
def served(application: Path, folder: Path, api_url: str, **settings: str) -> Iterator[Server]:
    """Serve a copy of the built application: what one server keeps of its pages, no other one sees."""
    shutil.copytree(application, folder, symlinks=True)
    port = free_port()
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
        yield server


@pytest.fixture(scope="session")
def environment(publication: Publication, application: Path) -> Iterator[dict[str, str]]:
    """Serve the application: on the service, twice on a port for faults before it, twice before an old site."""
    with ExitStack() as stack:
        faults = free_port()
        servers = [
            stack.enter_context(served(application, publication.folder / name, api_url, **settings))
            for name, api_url, settings in (
                # What is shown there is fresh because of what the app or the worker does, not because of time.
                ("web", publication.api.url, {"PAGE_MAX_AGE_S": "3600", "REVALIDATE_SECRET": SECRET}),
                # cache.spec.ts counts what a change makes fresh, and waits for what time makes fresh.
                ("first", f"http://127.0.0.1:{faults}", {"PAGE_MAX_AGE_S": "3600"}),
                ("second", f"http://127.0.0.1:{faults}", {"PAGE_MAX_AGE_S": "3"}),
            )
        ]
        stack.enter_context(worker(publication.folder, servers[0]))
        flask(publication.folder, "import-posts", str(moved_posts(publication.folder / "moved")))
        old_site = stack.enter_context(legacy_site(publication.folder / "old-site"))
        servers += [
            stack.enter_context(served(application, publication.folder / name, publication.api.url, **legacy))
            for name, legacy in (
                ("strangler", {"LEGACY_ORIGIN": old_site.url, "LEGACY_ROUTES": FLAGS}),
                ("stranded", {"LEGACY_ORIGIN": f"http://127.0.0.1:{faults}"}),
            )
        ]
        yield {
            **publication.environment,
            "BASE_URL": servers[0].url,
            "LEGACY_BASE_URL": servers[3].url,
            "STRANDED_BASE_URL": servers[4].url,
            "FAULTY_BASE_URLS": " ".join(server.url for server in servers[1:3]),
            "FAULTS_PORT": str(faults),
            "RECEIVER_PORT": str(RECEIVER_PORT),
            "FAULTS_TARGET": publication.api.url,
            "DATABASE_FILE": str(publication.folder / "var" / "colophon.sqlite3"),
            "PYTHON": sys.executable,
            "SIGNING_KEYS": str(publication.folder / "var" / "keys"),
            "SERVER_LOGS": " ".join(str(server.log) for server in servers),
        }


@pytest.fixture(scope="module")
def limited_api(publication: Publication) -> Iterator[Server]:
    """Serve the posts once more, to clients that may try to log in twice."""
    env = {
        **API,
        "RATE_LIMIT_LOGIN": "2 per hour",
        "RATELIMIT_STORAGE_URL": f"sqlite:///{publication.folder}/two-per-hour.sqlite3",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    with gunicorn(publication.folder, env=env) as server:
        yield server


class LogInPage:
    """The log-in form of a web server, sent as by a browser without scripts."""

    FIELD = re.compile(r'<input type="hidden" name="(\$ACTION_[^"]+)"(?: value="([^"]*)")?')

    def __init__(self, server: Server) -> None:
        self._url = f"{server.url}/login"
        with urlopen(self._url, timeout=60) as response:
            fields = self.FIELD.findall(response.read().decode())
        self._hidden = {name: html.unescape(value) for name, value in fields}

    def try_password(self, email: str, **headers: str) -> bool:
        """Send a wrong password; return whether it was tried, rather than refused as one too many."""
        fields = {**self._hidden, "email": email, "password": "wrong"}
        body = "".join(
            f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        sent = {"Content-Type": "multipart/form-data; boundary=part", **headers}
        request = Request(self._url, f"{body}--part--\r\n".encode(), sent)
        with urlopen(request, timeout=60) as response:
            page = response.read().decode()
        refused = "Too many attempts" in page
        assert refused or "Incorrect e-mail address or password." in page, page
        return not refused


def test_visitors_of_one_web_server_are_limited_one_by_one(
    publication: Publication, application: Path, limited_api: Server
) -> None:
    """The test is the proxy in front. Each guess is of another account, whose own limit does not count."""
    emails = (f"account-{number}@example.org" for number in count())
    believed = {"TRUSTED_PROXIES": "127.0.0.1"}
    with served(application, publication.folder / "believing", limited_api.url, **believed) as server:
        page = LogInPage(server)
        first, second = {"X-Forwarded-For": "6.6.6.6, 203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
        assert [page.try_password(next(emails), **first) for _ in range(3)] == [True, True, False]
        assert not page.try_password(next(emails), **first, X_Forwarded_For="203.0.113.3")
        assert [page.try_password(next(emails), **second) for _ in range(3)] == [True, True, False]
    with served(application, publication.folder / "unbelieving", limited_api.url) as server:
        page = LogInPage(server)
        pretended = ({"X-Forwarded-For": f"203.0.113.{number}"} for number in range(10, 20))
        assert [page.try_password(next(emails), **next(pretended)) for _ in range(3)] == [True, True, False]


@dataclass(frozen=True, slots=True)
class SpecResults:
    """The JSON report of a Playwright run, and its output with that of the servers."""

    report: Mapping[str, Any]
    output: str

    def outcomes_of(self, spec: str) -> list[str]:
        """Return the status of each test of a spec: `expected`, `unexpected`, `flaky` or `skipped`."""
        suites = [suite for suite in self.report["suites"] if suite["file"] == f"{spec}.spec.ts"]
        return [test["status"] for suite in suites for test in _tests_in(suite)]


def _tests_in(suite: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for spec in suite.get("specs", ()):
        yield from spec["tests"]
    for inner in suite.get("suites", ()):
        yield from _tests_in(inner)


@pytest.fixture(scope="session")
def spec_results(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> SpecResults:
    """Run all selected specs in one Playwright process, which starts its browser once."""
    folder = tmp_path_factory.mktemp("spec_results")
    chosen = {
        item.callspec.params["spec"] for item in request.session.items if "spec_results" in item.fixturenames
    }
    output = {
        "PLAYWRIGHT_JSON_OUTPUT_FILE": str(folder / "report.json"),
        "TEST_RESULTS": str(folder / "results"),
    }
    files = [f"/{spec}.spec.ts" for spec in sorted(chosen)]
    command = ("playwright", "test", "--reporter=list,json", *files)
    done = run(WEB, *command, env=environment | output, timeout_s=SPECS_TIMEOUT_S)
    printed = done.stdout + done.stderr + logs(environment)
    assert (folder / "report.json").exists(), printed
    return SpecResults(json.loads((folder / "report.json").read_text()), printed)


@pytest.mark.parametrize("spec", SPECS)
def test_in_the_browser(spec: str, spec_results: SpecResults) -> None:
    outcomes = spec_results.outcomes_of(spec)
    assert outcomes, spec_results.output
    assert set(outcomes) == {"expected"}, spec_results.output
    assert spec_results.report["errors"] == [], spec_results.output


def logs(environment: dict[str, str]) -> str:
    """Return the end of what each server of the application said."""
    files = [Path(name) for name in environment["SERVER_LOGS"].split()]
    return "".join(f"\n--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)
