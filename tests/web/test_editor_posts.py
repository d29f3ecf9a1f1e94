"""The rich editor opens real posts, and the service renders what it saves as it rendered the original."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.core.markdown import render_post
from tests.web.editor_posts import RUST_BLOG, Opening, changed_posts, opened, posts_of, reading_of, table

GENERATED = 400
LEAST_SHARE = 0.85

MARKS = {"a": "link", "code": "code", "del": "strike", "em": "italic", "strong": "bold"}
# Shown as source by the editor: read here are the letters of the document.
SOURCES = re.compile(r"<table>.*?</table>|<div>\nx\n</div>", re.DOTALL)


@pytest.fixture(scope="module")
def posts() -> dict[str, str]:
    return posts_of(RUST_BLOG)


@pytest.fixture(scope="module")
def openings(posts: dict[str, str]) -> dict[str, Opening]:
    found: dict[str, Opening] = opened(posts)["posts"]
    return found


@pytest.mark.skipif(not RUST_BLOG.is_dir(), reason=f"the posts are not at {RUST_BLOG}")
class TestRustBlog:
    def test_most_posts_are_opened(self, openings: dict[str, Opening]) -> None:
        taken = [path for path, opening in openings.items() if "refusal" not in opening]
        assert len(openings) > 700
        assert len(taken) / len(openings) >= LEAST_SHARE, "\n".join(table(openings, 0))

    def test_a_post_that_is_not_changed_is_saved_to_the_letter(
        self, posts: dict[str, str], openings: dict[str, Opening]
    ) -> None:
        kept = {path: opening["unchanged"] for path, opening in openings.items() if "refusal" not in opening}
        assert kept == {path: posts[path] for path in kept}

    def test_the_service_renders_it_alike_after_every_block_was_changed(
        self, posts: dict[str, str], openings: dict[str, Opening]
    ) -> None:
        assert changed_posts(posts, openings) == []


class TestReading:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("* a\n* b", "- a\n- b"),
            ("a\nb", "a b"),
            ("***x***", "**_x_**"),
            ("[l][r]\n\n[r]: /x", "[l](/x)"),
            ("T\n=", "# T"),
        ],
    )
    def test_of_the_same_text_in_another_notation_is_equal(self, one: str, other: str) -> None:
        assert reading_of(render_post(one).html) == reading_of(render_post(other).html)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("- a\n- b", "- a\n\n- b"),
            ("a b", "ab"),
            ("a ![](/x) b", "a![](/x)b"),
            ("**x** y", "**x y**"),
            ("[l](/x)", "[l](/y)"),
            ("# T", "## T"),
            ("`a`", "a"),
            ("```\na\nb\n```", "```\na b\n```"),
            ("1. a", "2. a"),
            ("![a](/x)", "![b](/x)"),
            ("a\\\nb", "a\nb"),
        ],
    )
    def test_of_another_text_differs(self, one: str, other: str) -> None:
        assert reading_of(render_post(one).html) != reading_of(render_post(other).html)


def test_the_service_reads_what_the_editor_writes_as_the_editor_does() -> None:
    for document in opened({}, GENERATED)["generated"]:
        html = SOURCES.sub("", render_post(document["markdown"]).html)
        letters = [
            [letter, sorted(MARKS[tag] for tag, _ in around if tag in MARKS)]
            for letter, around in reading_of(html)
            if len(letter) == 1 and not letter.isspace()
        ]
        assert letters == _letters(document), document["markdown"]


def _letters(document: dict[str, Any]) -> list[Any]:
    found: list[Any] = document["letters"]
    return found
