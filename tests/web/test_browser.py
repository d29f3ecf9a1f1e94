"""Browser tests: Playwright on the built web app and the real service."""

from __future__ import annotations

import html
import json
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests import brokers
from tests.servers import Server, free_port, gunicorn, port_of, require_command, reserved_port
from tests.waiting import wait_until
from tests.web.blog_archive import CORPUS, write_blog, zip_folder
from tests.web.freshness import Changes, page, wait_until_fresh
from tests.web.legacy import FLAGS, legacy_site, moved_posts
from tests.web.node import WEB, run
from tests.web.site import API, RECEIVER_PORT, SECRET, bootstrap, build, flask, served, telling, worker
from tests.web.unclean_post import insert_unclean_post

SPECS = sorted(file.name.removesuffix(".spec.ts") for file in (WEB / "tests" / "browser").glob("*.spec.ts"))
SPECS_TIMEOUT_S = 7200


@dataclass(frozen=True, slots=True)
class Publication:
    """A service that is filled and runs, and how one administrates it."""

    folder: Path
    api: Server
    environment: dict[str, str]
    settings: dict[str, str]
    web_port: socket.socket
    # As the service was before anything was imported; a blog; and what an export has after its import by command.
    empty: Path
    blog: Path
    exported: Path


@pytest.fixture(scope="session")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    """Serve posts: a real blog where there is one beside the checkout, and the demo."""
    require_command("chromium-headless-shell")
    require_command("npm")
    folder = tmp_path_factory.mktemp("publication")
    web_port = reserved_port()
    # Passkeys are for a domain; passkeys.spec.ts opens the site there.
    settings = telling(port_of(web_port)) | {"SITE_URL": f"http://localhost:{port_of(web_port)}"}
    email, password = bootstrap(folder)
    empty = folder / "empty"
    shutil.copytree(folder / "var", empty / "var")
    blog = CORPUS if CORPUS.is_dir() else write_blog(folder / "blog")
    imported = folder if CORPUS.is_dir() else folder / "imported"
    if imported != folder:
        shutil.copytree(empty, imported)
    flask(imported, "import-posts", str(blog))
    exported = folder / "exported"
    flask(imported, "export-posts", str(exported))
    with ExitStack() as stack:
        api = stack.enter_context(gunicorn(folder, env=settings))
        unclean = insert_unclean_post(folder / "var" / "colophon.sqlite3")
        who = {"ADMIN_EMAIL": email, "ADMIN_PASSWORD": password, "UNCLEAN_POST": unclean}
        environment = {"API_BASE_URL": api.url, **who}
        yield Publication(folder, api, environment, settings, web_port, empty, blog, exported)


@pytest.fixture(scope="session")
def application(publication: Publication) -> Path:
    """Build the application on the running service, once; return the folder that can be served."""
    return build(publication.api.url)


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
def importing_site(publication: Publication, application: Path) -> Iterator[dict[str, str]]:
    """Serve the application on a service without the blog, with a worker of its own; tell imports.spec.ts."""
    folder = publication.empty
    with reserved_port() as web_port:
        port = port_of(web_port)
    settings = telling(port)
    told = {"PAGE_MAX_AGE_S": "3600", "REVALIDATE_SECRET": SECRET}
    with (
        gunicorn(folder, env=settings) as api,
        served(application, folder / "web", api.url, port=port, **told) as web,
        worker(folder, settings) as process_group,
    ):
        yield {
            "IMPORT_BASE_URL": web.url,
            "IMPORT_API_BASE_URL": api.url,
            "IMPORT_WORKER": str(process_group),
            "BLOG_ARCHIVE": str(zip_folder(publication.blog, folder / "blog.zip")),
            "BLOG_EXPORT": str(publication.exported),
        }


@pytest.fixture(scope="session")
def environment(publication: Publication, application: Path) -> Iterator[dict[str, str]]:
    """Serve the application: on the service, twice on a port for faults before it, twice before an old site."""
    with ExitStack() as stack:
        faults = free_port()
        # What the first one shows is fresh because of what the app or the worker does, not because of time.
        told = {"PAGE_MAX_AGE_S": "3600", "REVALIDATE_SECRET": SECRET}
        folder, api_url = publication.folder, publication.api.url
        port = port_of(publication.web_port)
        publication.web_port.close()
        servers = [stack.enter_context(served(application, folder / "web", api_url, port=port, **told))]
        servers += [
            stack.enter_context(
                served(application, folder / name, f"http://127.0.0.1:{faults}", PAGE_MAX_AGE_S=age)
            )
            # cache.spec.ts counts what a change makes fresh, and waits for what time makes fresh.
            for name, age in (("first", "3600"), ("second", "3"))
        ]
        stack.enter_context(worker(folder, publication.settings))
        flask(folder, "import-posts", str(moved_posts(folder / "moved")), env=publication.settings)
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
            **stack.enter_context(importing_site(publication, application)),
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


@dataclass(frozen=True, slots=True)
class SharingServers:
    """Two web servers that share a cache, of which the worker tells one, and how their posts are changed."""

    servers: tuple[Server, Server]
    redis: brokers.Redis
    changes: Changes

    @property
    def urls(self) -> tuple[str, str]:
        return self.servers[0].url, self.servers[1].url

    def share(self) -> bool:
        """Return whether a page that one of them has rendered is served by the other, which keeps no copy then."""
        path = f"/posts/{self.changes.published_post()['slug']}"
        return bool(page(self.urls[0] + path)) and bool(page(self.urls[1] + path)) and not self.kept(1, path)

    def kept(self, server: int, path: str) -> list[Path]:
        """Return the files of a page that a server has rendered itself."""
        return list(self.servers[server].log.parents[1].rglob(f"route-cache/**{path}.html"))


@pytest.fixture(scope="module")
def sharing(application: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingServers]:
    """Serve a service of its own: only what is told makes its pages fresh within the hour."""
    folder = tmp_path_factory.mktemp("sharing")
    with reserved_port() as reserved, ExitStack() as stack:
        env = telling(port := port_of(reserved))
        credentials = bootstrap(folder)
        redis = stack.enter_context(brokers.redis(folder))
        api = stack.enter_context(gunicorn(folder, env=env))
        settings = {"PAGE_MAX_AGE_S": "3600", "REVALIDATE_SECRET": SECRET, "CACHE_REDIS_URL": redis.url}
        serve = partial(served, application, api_url=api.url, **settings)
        reserved.close()
        servers = (
            stack.enter_context(serve(folder / "first", port=port)),
            stack.enter_context(serve(folder / "second")),
        )
        stack.enter_context(worker(folder, env))
        command = partial(flask, folder, env=env)
        urls = [server.url for server in servers]
        changes = Changes(api.url, credentials, command, folder / "posts", urls)
        yield SharingServers(servers, redis, changes)


@pytest.mark.parametrize("way", ["API", "command", "schedule", "import"])
def test_change_is_fresh_on_all_web_servers_whoever_makes_it(way: str, sharing: SharingServers) -> None:
    for _ in range(3):
        wait_until_fresh(sharing.changes.ways[way](), *sharing.urls)


def test_web_servers_share_what_they_have_rendered(sharing: SharingServers) -> None:
    wait_until(sharing.share)
    path = f"/posts/{sharing.changes.published_post()['slug']}"
    assert page(sharing.urls[0] + path)
    assert sharing.kept(0, path)


def test_without_redis_pages_are_served_and_fresh(sharing: SharingServers) -> None:
    post = sharing.changes.published_post()
    path = f"/posts/{post['slug']}"
    assert all(post["title"] in page(url + path) for url in sharing.urls)
    sharing.redis.kill()
    try:
        assert all(post["title"] in page(url + path) for url in sharing.urls)
        for change in (sharing.changes.by_api, sharing.changes.by_api):
            wait_until_fresh(change(), *sharing.urls)
        assert not sharing.share()
    finally:
        sharing.redis.start()
    # Its data is lost; what was shared before is not served.
    wait_until(sharing.share)
    wait_until_fresh(sharing.changes.by_api(), *sharing.urls)


def test_web_server_that_starts_drops_what_it_had(
    publication: Publication, application: Path, tmp_path: Path
) -> None:
    """Nobody tells it of a change, and what it keeps is good for an hour."""
    credentials = publication.environment["ADMIN_EMAIL"], publication.environment["ADMIN_PASSWORD"]
    changes = Changes(
        publication.api.url, credentials, partial(flask, publication.folder), tmp_path / "posts", ()
    )
    post = changes.published_post()
    path, before, after = f"/posts/{post['slug']}", post["title"], "Changed while the web server was down"
    serve = partial(served, application, tmp_path / "web", PAGE_MAX_AGE_S="3600")
    with serve(publication.api.url) as server:
        assert before in page(server.url + path)
        changes.retitle(post, after)
        assert before in page(server.url + path)
    # While the service does not respond, there is nothing better.
    with serve(f"http://127.0.0.1:{free_port()}") as server:
        assert before in page(server.url + path)
    with serve(publication.api.url) as server:
        assert after in page(server.url + path)
        assert after in page(f"{server.url}/")
