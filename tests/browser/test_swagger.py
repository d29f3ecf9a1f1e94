"""Swagger UI in Chromium, under the strict content security policy of the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.browser.chromium import Page
from tests.browser.conftest import Site
from tests.browser.contrasts import CONTRASTS
from tests.conformance.example_matching import differences
from tests.media_library.forms import jpeg

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def operation(tag: str, operation_id: str) -> str:
    return f"#operations-{tag}-{operation_id}"


def authorize(page: Page, token: str) -> None:
    page.click(".auth-wrapper .authorize")
    page.type("#auth-bearer-value", token)
    page.click(".modal-ux .auth-btn-wrapper .authorize")
    page.wait_for("document.querySelector('.modal-ux').innerText.includes('Authorized')")
    page.click(".modal-ux .btn-done")


def answer_of(page: Page, place: str) -> tuple[str, str]:
    """Unfold the operation, press Execute, and return the status and the body that are shown."""
    unfold(page, place)
    page.click(f"{place} .execute")
    page.wait_for(
        f"!!document.querySelector({json.dumps(place)} + ' .live-responses-table .response .microlight')"
    )
    status = f"{place} .live-responses-table .response .response-col_status"
    body = f"{place} .live-responses-table .response .microlight"
    return tuple(
        page.evaluate(f"document.querySelector({json.dumps(each)}).innerText") for each in (status, body)
    )


def show(page: Page, place: str) -> None:
    """Unfold the tag of an operation, and no other one: Swagger UI does not show all operations at once."""
    if page.evaluate(f"!!document.querySelector({json.dumps(place)})"):
        return
    tags = page.evaluate("[...document.querySelectorAll('.opblock-tag')].map((each) => each.dataset.tag)")
    wanted = max((tag for tag in tags if place.startswith(f"#operations-{tag}-")), key=len)
    for tag in tags:
        header = f"#operations-tag-{tag}"
        is_open = page.evaluate(f"document.querySelector('{header}').dataset.isOpen") == "true"
        if is_open is not (tag == wanted):
            page.click(header)
    page.wait_for(f"!!document.querySelector({json.dumps(place)})")


def unfold(page: Page, place: str) -> None:
    show(page, place)
    page.click(f"{place} .opblock-summary-control")
    # Until its schemas are resolved, a click on a button is lost.
    page.wait_for(f"!!document.querySelector({json.dumps(place)} + ' .responses-wrapper .response')")


def shown_example(page: Page, place: str, status: str) -> Any:
    """Return the example that is shown for a status."""
    example = json.dumps(f"{place} .response[data-code='{status}'] .example.microlight")
    page.wait_for(f"!!document.querySelector({example})")
    return json.loads(page.evaluate(f"document.querySelector({example}).innerText"))


def one_of_each_kind(document: dict[str, Any]) -> list[str]:
    """Return where one operation of each method and media types is shown: what is in them is drawn alike."""
    chosen = {}
    for item in document["paths"].values():
        for method, declared in item.items():
            sent = declared.get("requestBody", {}).get("content", {})
            received = [kind for each in declared["responses"].values() for kind in each.get("content", {})]
            place = operation(declared["tags"][0], declared["operationId"])
            chosen[method, tuple(sent), frozenset(received)] = place
    return list(chosen.values())


@pytest.fixture
def swagger(page: Page, site: Site) -> Page:
    page.set_viewport_and_theme(**DESKTOP)
    page.open(f"{site.url}/swagger")
    page.wait_for("!!document.querySelector('.opblock-tag')")
    return page


def test_shows_the_document(swagger: Page, site: Site, pictures: Path) -> None:
    assert "OAS 3.1" in swagger.evaluate("document.querySelector('.information-container').innerText")
    document = requests.get(f"{site.url}/openapi.json", timeout=30).json()
    for item in document["paths"].values():
        for declared in item.values():
            show(swagger, operation(declared["tags"][0], declared["operationId"]))
    assert swagger.evaluate("document.querySelectorAll('.webhooks .opblock').length") == len(
        document["webhooks"]
    )
    assert "error" not in swagger.evaluate("document.body.innerText.toLowerCase().slice(0, 500)")
    swagger.screenshot(pictures / "swagger.png")
    assert swagger.drain_console() == []


def test_operations_can_be_unfolded(swagger: Page, site: Site) -> None:
    document = requests.get(f"{site.url}/openapi.json", timeout=30).json()
    for place in one_of_each_kind(document):
        inside = f"document.querySelector({json.dumps(place)} + ' .responses-wrapper')"
        show(swagger, place)
        swagger.click(f"{place} .opblock-summary-control")
        swagger.wait_for(f"!!{inside} && !document.querySelector('.loading-container')")
        shown = swagger.evaluate(f"{inside}.innerText")
        assert "Could not" not in shown, place
        swagger.click(f"{place} .opblock-summary-control")
        swagger.wait_for(f"!{inside}")
    assert swagger.drain_console() == []


def test_webhooks_show_the_message(swagger: Page, site: Site) -> None:
    document = requests.get(f"{site.url}/openapi.json", timeout=30).json()
    shown = swagger.evaluate("document.querySelectorAll('.webhooks .opblock').length")
    assert shown == len(document["webhooks"])
    swagger.click(".webhooks .opblock-summary-control")
    swagger.wait_for("!!document.querySelector('.webhooks .opblock-section-request-body .microlight')")
    inside = "document.querySelector('.webhooks .opblock-section-request-body .microlight').innerText"
    assert json.loads(swagger.evaluate(inside))["type"] == "post.published"
    # There is nobody to send it to.
    assert swagger.evaluate("document.querySelector('.webhooks .execute') === null")
    assert swagger.drain_console() == []


def test_everything_comes_from_this_origin(swagger: Page, site: Site) -> None:
    swagger.drain_console()
    assert [url for url in swagger.requests if not url.startswith((site.url, "data:"))] == []


def test_authorized_call(swagger: Page, site: Site, pictures: Path) -> None:
    authorize(swagger, site.token)
    status, body = answer_of(swagger, operation("auth", "getMe"))
    assert status.split()[0] == "200"
    assert json.loads(body)["username"] == "ada"
    swagger.screenshot(pictures / "swagger-get-me.png")
    assert swagger.drain_console() == []


def test_examples_are_shown_and_true(swagger: Page, site: Site, pictures: Path) -> None:
    document = requests.get(f"{site.url}/openapi.json", timeout=30).json()
    declared = document["paths"]["/api/posts"]["post"]
    place = operation("posts", "createPost")
    authorize(swagger, site.token)
    status, body = answer_of(swagger, place)
    entered = json.loads(swagger.evaluate(f"document.querySelector('{place} .body-param__text').value"))
    assert entered == declared["requestBody"]["content"]["application/json"]["example"]
    example = shown_example(swagger, place, "201")
    assert example == declared["responses"]["201"]["content"]["application/json"]["example"]
    assert status.split()[0] == "201"
    assert list(differences(example, json.loads(body) | {"author": example["author"]})) == []
    swagger.screenshot(pictures / "swagger-create-post.png")
    assert swagger.drain_console() == []


@pytest.mark.parametrize(
    ("tag", "operation_id", "status", "component"),
    [
        ("posts", "getPost", "200", "Post"),
        ("posts", "listPosts", "200", "PostSummary"),
        ("auth", "logIn", "200", "Tokens"),
        ("posts", "getPost", "404", "NotFoundProblem"),
        ("posts", "createPost", "400", "InvalidInputProblem"),
    ],
)
def test_examples_of_components_are_shown(
    swagger: Page, site: Site, tag: str, operation_id: str, status: str, component: str
) -> None:
    document = requests.get(f"{site.url}/openapi.json", timeout=30).json()
    (example,) = document["components"]["schemas"][component]["examples"]
    unfold(swagger, operation(tag, operation_id))
    shown = shown_example(swagger, operation(tag, operation_id), status)
    assert shown == ([example] if operation_id.startswith("list") else example)


def test_lists_are_asked_for_without_filters(swagger: Page) -> None:
    status, _ = answer_of(swagger, operation("posts", "listPosts"))
    assert status.split()[0] == "200"
    # What stands in a field is sent: an example there would leave nothing to be found.
    (asked,) = [url for url in swagger.requests if "/api/posts?" in url]
    assert parse_qs(urlsplit(asked).query) == {
        "status": ["published"],
        "sort": ["-published_at"],
        "page": ["1"],
        "per_page": ["20"],
    }


def test_example_body_is_accepted(swagger: Page, site: Site) -> None:
    authorize(swagger, site.token)
    status, body = answer_of(swagger, operation("items", "createItem"))
    assert status.split()[0] == "201"
    assert json.loads(body)["name"] == "Lamp"
    assert swagger.drain_console() == []


def test_file_is_uploaded(swagger: Page, site: Site, tmp_path: Path, pictures: Path) -> None:
    photo, place = tmp_path / "loom.jpg", operation("media-library", "uploadMedia")
    photo.write_bytes(jpeg())
    authorize(swagger, site.token)
    show(swagger, place)
    swagger.click(f"{place} .opblock-summary-control")
    swagger.choose_file(f"{place} input[type=file]", photo)
    swagger.click(f"{place} .execute")
    body = f"{place} .live-responses-table .response .microlight"
    swagger.wait_for(f"!!document.querySelector({json.dumps(body)})")
    media = json.loads(swagger.evaluate(f"document.querySelector({json.dumps(body)}).innerText"))
    assert (media["file_name"], media["media_type"], media["width"]) == ("loom.jpg", "image/jpeg", 64)
    swagger.screenshot(pictures / "swagger-upload.png")
    assert swagger.drain_console() == []


def test_call_without_a_token_is_told_so(swagger: Page) -> None:
    status, body = answer_of(swagger, operation("auth", "getMe"))
    assert status.split()[0] == "401"
    assert json.loads(body)["code"] == "UNAUTHORIZED"
    # The browser itself writes a line for every 401.
    assert [line for line in swagger.drain_console() if "401" not in line] == []


def test_on_a_phone(page: Page, site: Site, pictures: Path) -> None:
    page.set_viewport_and_theme(**PHONE)
    page.open(f"{site.url}/swagger")
    page.wait_for("!!document.querySelector('.opblock-tag')")
    page.screenshot(pictures / "swagger-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_follows_the_theme_of_the_system(page: Page, site: Site, pictures: Path) -> None:
    page.set_viewport_and_theme(**DESKTOP, dark=True)
    page.open(f"{site.url}/swagger")
    page.wait_for("!!document.querySelector('.opblock-tag')")
    answer_of(page, operation("auth", "getMe"))
    page.screenshot(pictures / "swagger-dark.png")
    # The colours are Swagger UI's own, some of them below 4.5; in the wrong theme they are far below 3.
    assert [each for each in page.evaluate(CONTRASTS) if each["ratio"] < 3] == []
    background = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(background)
    page.set_viewport_and_theme(**DESKTOP, dark=False)
    page.wait_for(f"{background} !== {json.dumps(dark)}")


def test_the_policy_bites(swagger: Page) -> None:
    # What holds the tests above up: a violation is seen.
    swagger.evaluate(
        "document.body.appendChild(document.createElement('script')).textContent = 'window.bad = 1'"
    )
    assert any("policy" in line.lower() for line in swagger.drain_console())
    assert swagger.evaluate("window.bad") is None
