"""A real server with an account on it, and a browser that looks at it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests import servers
from tests.browser.chromium import Page, chromium


@dataclass(frozen=True, slots=True)
class Site:
    """The running service, and an access token of an author there."""

    url: str
    token: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with servers.service(tmp_path_factory.mktemp("site"), workers=1) as server:
        account = {"email": "ada@example.org", "password": "correct horse battery"}
        made = requests.post(f"{server.url}/api/users", json={"username": "ada", **account}, timeout=30)
        made.raise_for_status()
        logged_in = requests.post(f"{server.url}/api/auth/login", json=account, timeout=30)
        yield Site(server.url, logged_in.json()["access_token"])


@pytest.fixture(scope="session")
def new_page() -> Iterator[Callable[[], Page]]:
    with chromium() as open_tab:
        yield open_tab


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Iterator[Page]:
    """Open a tab on which nobody has complained yet."""
    page = new_page()
    yield page
    page.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return the folder of screenshots: of this test alone, or `SCREENSHOTS` to look at them afterwards."""
    return Path(os.environ.get("SCREENSHOTS") or tmp_path)
