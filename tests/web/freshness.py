"""Changes of posts by every way that there is, and how soon the pages of the web app show them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from tests.waiting import WITHIN_S, wait_until

# Far enough that the post is scheduled before it is due, on a machine that is busy.
SCHEDULED_IN_S = 1.5


@dataclass(frozen=True, slots=True)
class Change:
    """A change: the paths of the pages that show it, the text by which they do, and since when it is there."""

    way: str
    paths: tuple[str, ...]
    text: str
    since: float


class Changes:
    """Makes changes as an editor would, not through the web app."""

    def __init__(
        self,
        api_url: str,
        credentials: tuple[str, str],
        flask: Callable[..., str],
        folder: Path,
        web_urls: Sequence[str],
    ) -> None:
        self._api_url = api_url
        self._flask = flask
        self._folder = folder
        self._web_urls = web_urls
        email, password = credentials
        self._token = self._call("POST", "/api/auth/login", {"email": email, "password": password})[
            "access_token"
        ]
        self.ways: Mapping[str, Callable[[], Change]] = {
            "API": self.by_api,
            "command": self.by_command,
            "schedule": self.by_schedule,
            "import": self.by_import,
        }

    def by_api(self) -> Change:
        """Change the title of a post that is published."""
        post = self.published_post()
        title = _unique("Changed by API")
        return self._changed("API", post["slug"], title, lambda: self.retitle(post, title))

    def by_command(self) -> Change:
        """Add a post by `flask import-posts`."""
        title = _unique("Added by command")
        slug = self._write(title, title)
        return self._changed("command", slug, title, self._import)

    def by_import(self) -> Change:
        """Change a file that has been imported, and import it once more."""
        name, title = _unique("Imported"), _unique("Changed by import")
        slug = self._write(name, name)
        self._import()
        self._write(name, title)
        return self._changed("import", slug, title, self._import)

    def by_schedule(self) -> Change:
        """Schedule a post; it is there when it is due."""
        title = _unique("Scheduled")
        post = self._call("POST", "/api/posts", {"title": title, "body": "Text"})
        due: list[datetime] = []

        def schedule() -> None:
            due.append(datetime.now(UTC) + timedelta(seconds=SCHEDULED_IN_S))
            body = {"publish_at": due[0].isoformat(timespec="milliseconds")}
            self._call("POST", f"/api/posts/{post['id']}/schedule", body)

        change = self._changed("schedule", post["slug"], title, schedule)
        waiting_s = (due[0] - datetime.now(UTC)).total_seconds()
        return replace(change, since=time.monotonic() + waiting_s)

    def published_post(self) -> dict[str, Any]:
        post = self._call("POST", "/api/posts", {"title": _unique("Post"), "body": "Text"})
        return self._call("POST", f"/api/posts/{post['id']}/publish")

    def retitle(self, post: Mapping[str, Any], title: str) -> None:
        self._call("PATCH", f"/api/posts/{post['id']}", {"title": title})

    def _changed(self, way: str, slug: str, text: str, change: Callable[[], object]) -> Change:
        paths = (f"/posts/{slug}", "/")
        # They are in the cache as they were.
        for url in self._web_urls:
            for path in paths:
                assert text not in page(url + path)
        change()
        return Change(way, paths, text, time.monotonic())

    def _write(self, name: str, title: str) -> str:
        """Write the file of a post, and return its slug."""
        self._folder.mkdir(exist_ok=True)
        date = datetime.now(UTC) - timedelta(seconds=1)
        slug = name.lower().replace(" ", "-")
        front_matter = f'+++\ntitle = "{title}"\ndate = {date.isoformat()}\nslug = "{slug}"\n+++\n'
        (self._folder / f"{slug}.md").write_text(f"{front_matter}Text\n", encoding="utf-8")
        return slug

    def _import(self) -> None:
        self._flask("import-posts", str(self._folder))

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "If-Match": "*"}
        if hasattr(self, "_token"):
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self._api_url + path, content, headers, method=method), timeout=60) as response:
            answered: dict[str, Any] = json.load(response)
        return answered


def page(url: str) -> str:
    """Return a page as it is served; "" where there is none yet."""
    with suppress(HTTPError), urlopen(url, timeout=60) as response:
        text: str = response.read().decode()
        return text
    return ""


def wait_until_fresh(change: Change, *web_urls: str) -> None:
    """Return once every page that shows a change shows it."""
    for url in web_urls:
        for path in change.paths:
            wait_until(lambda address=url + path: change.text in page(address))


def seconds_until_fresh(change: Change, *web_urls: str) -> float:
    """Return how long after a change all pages show it; raise TimeoutError if that never comes."""
    waiting = {url + path for url in web_urls for path in change.paths}
    while waiting:
        waiting = {address for address in waiting if change.text not in page(address)}
        if time.monotonic() - change.since > WITHIN_S:
            raise TimeoutError(f"{change} is not on {waiting}")
    return max(0.0, time.monotonic() - change.since)


def _unique(text: str) -> str:
    return f"{text} {uuid4().hex[:12]}"
