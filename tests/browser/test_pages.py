"""The HTML pages of the service in Chromium: light and dark, desktop and phone, no console errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from tests.browser.chromium import Page
from tests.browser.conftest import Site
from tests.browser.contrasts import CONTRASTS

PATHS = {
    "contract": "/contract",
    "home": "/",
    "problems": "/problems",
    "problem": "/problems/INVALID_INPUT",
}
SCREENS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("name", PATHS)
def test_reads_well(page: Page, site: Site, pictures: Path, name: str, screen: str, theme: str) -> None:
    page.set_viewport_and_theme(**SCREENS[screen], dark=theme == "dark")
    page.open(f"{site.url}{PATHS[name]}")
    page.screenshot(pictures / f"{name}-{screen}-{theme}.png")
    assert page.drain_console() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]
    contrasts = page.evaluate(CONTRASTS)
    assert contrasts
    assert [each for each in contrasts if each["ratio"] < each["least"]] == []
    assert page.evaluate("document.title")
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_themes_differ(page: Page, site: Site) -> None:
    colours = set()
    for dark in (False, True):
        page.set_viewport_and_theme(**SCREENS["desktop"], dark=dark)
        page.open(f"{site.url}/")
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_contrast_is_measured(page: Page, site: Site) -> None:
    page.open(f"{site.url}/")
    page.evaluate(
        "document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor"
    )
    assert min(each["ratio"] for each in page.evaluate(CONTRASTS)) == pytest.approx(1)


def test_every_link_leads_somewhere(site: Site) -> None:
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            answer = requests.get(f"{site.url}{path}", timeout=30)
            assert answer.status_code == 200, path
            waiting += re.findall(r'(?:href|src)="(/[^"]*)"', answer.text)
    assert {"/", "/contract", "/swagger", "/problems", "/problems/NOT_FOUND", "/openapi.json"} <= seen
