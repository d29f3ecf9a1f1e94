"""The generated client is up to date, and the compiler notices breaking changes of the document."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT
from tests.web.node import WEB, run

Document = dict[str, Any]

DOCUMENT = ROOT / "openapi" / "openapi.json"
JOURNEY = "tests/journey/tsconfig.json"


def generated(document: bytes, folder: Path) -> Path:
    """Generate the client from `document` in a copy of web/, and return the copy."""
    web = folder / "web"
    (folder / "openapi").mkdir(parents=True)
    (folder / "openapi" / "openapi.json").write_bytes(document)
    shutil.copytree(WEB, web, ignore=_neither_installed_nor_generated)
    (web / "node_modules").symlink_to(WEB / "node_modules")
    done = run(web, "openapi-ts")
    assert done.returncode == 0, done.stdout + done.stderr
    return web


def _neither_installed_nor_generated(folder: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if name == "node_modules" or name.startswith(".next") or Path(folder) / name == WEB / "src" / "client"
    ]


def client(web: Path) -> dict[str, bytes]:
    """Return every file of the folder that the generator writes."""
    folder = web / "src" / "client"
    return {str(file.relative_to(web)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def differences(ours: dict[str, bytes], theirs: dict[str, bytes]) -> list[str]:
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the client as the document makes it today."""
    return client(generated(DOCUMENT.read_bytes(), tmp_path_factory.mktemp("fresh")))


def test_the_client_is_that_of_the_document(fresh: dict[str, bytes]) -> None:
    assert "src/client/types.gen.ts" in fresh
    drifted = differences(client(WEB), fresh)
    assert not drifted, f"not what openapi/openapi.json makes: run 'make client' and commit it: {drifted}"


def test_a_client_that_drifted_would_be_seen(fresh: dict[str, bytes]) -> None:
    sdk, types = "src/client/browser.gen.ts", "src/client/types.gen.ts"
    assert differences({**fresh, sdk: fresh[sdk] + b"\n"}, fresh) == [sdk]
    assert differences({**fresh, "src/client/by_hand.ts": b""}, fresh) == ["src/client/by_hand.ts"]
    assert differences({name: text for name, text in fresh.items() if name != types}, fresh) == [types]


def test_the_client_and_the_journey_compile() -> None:
    done = run(WEB, "tsc", "--noEmit", "-p", JOURNEY)
    assert (done.returncode, done.stdout) == (0, "")


def _operation(document: Document, operation_id: str) -> Document:
    found = [
        operation
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    ]
    (operation,) = found
    return operation


def _schema(document: Document, name: str) -> Document:
    schema: Document = document["components"]["schemas"][name]
    return schema


def _without_publish_post(document: Document) -> None:
    (item,) = (
        item
        for item in document["paths"].values()
        if item.get("post", {}).get("operationId") == "publishPost"
    )
    del item["post"]


def _without_body_html(document: Document) -> None:
    post = _schema(document, "Post")
    del post["properties"]["body_html"]
    post["required"].remove("body_html")


def _without_drafts(document: Document) -> None:
    _schema(document, "PostStatus")["enum"].remove("draft")


def _with_comments_numbered_by_text(document: Document) -> None:
    _schema(document, "Comment")["properties"]["id"] = {"type": "string"}


def _without_required_if_match(document: Document) -> None:
    for parameter in _operation(document, "updatePost")["parameters"]:
        parameter.pop("required", parameter["in"] == "path" or None)


def _without_cursor(document: Document) -> None:
    operation = _operation(document, "listPosts")
    kept = [parameter for parameter in operation["parameters"] if parameter["name"] != "after"]
    assert len(kept) == len(operation["parameters"]) - 1
    operation["parameters"] = kept


def _without_slug_taken(document: Document) -> None:
    del _operation(document, "createPost")["responses"]["409"]


def _with_coloured_items(document: Document) -> None:
    item = _schema(document, "NewItem")
    item["properties"]["colour"] = {"type": "string"}
    item["required"].append("colour")


def _without_merged_tags(document: Document) -> None:
    del document["webhooks"]["tag.merged"]


def _without_path_in_events(document: Document) -> None:
    post = _schema(document, "EventPost")
    del post["properties"]["path"]
    post["required"].remove("path")


# What is done to the document, and where the compiler must see it in which words.
BREAKAGES: dict[Callable[[Document], None], tuple[str, str]] = {
    _without_publish_post: ("publishing.test.ts", "has no exported member named 'publishPost'"),
    _without_body_html: ("publishing.test.ts", "'body_html' does not exist on type 'Post'"),
    _without_drafts: ("publishing.test.ts", "'DRAFT' does not exist on type"),
    _with_comments_numbered_by_text: ("lists.test.ts", "'string' is not assignable to .* 'number'"),
    _without_required_if_match: ("publishing.test.ts", "Unused '@ts-expect-error' directive"),
    _without_cursor: ("lists.test.ts", "'after' does not exist in type"),
    _without_slug_taken: ("publishing.test.ts", "'\"SLUG_TAKEN\"' is not assignable"),
    _without_merged_tags: ("webhooks.test.ts", "'\"tag.merged\"' is not comparable to type"),
    _without_path_in_events: ("webhooks.test.ts", "'path' does not exist on type 'EventPost'"),
    _with_coloured_items: ("contract.test.ts", "'colour' is missing in type"),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Break the document in every way at once, and return what the compiler says of the journey."""
    document = json.loads(DOCUMENT.read_bytes())
    for breakage in BREAKAGES:
        breakage(document)
    web = generated(json.dumps(document).encode(), tmp_path_factory.mktemp("broken"))
    done = run(web, "tsc", "--noEmit", "--pretty", "false", "-p", JOURNEY)
    return done.stdout.splitlines()


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__.strip("_"))
def test_the_compiler_sees_a_breaking_change(
    breakage: Callable[[Document], None], complaints: list[str]
) -> None:
    file, words = BREAKAGES[breakage]
    expected = re.compile(rf"^tests/journey/{re.escape(file)}\(\d+,\d+\): error TS\d+: .*{words}")
    assert any(expected.match(line) for line in complaints), "\n".join(complaints)
