"""A real blog: every file of it is taken, or set aside for a true reason."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.importing.links import spans
from service.importing.records import PostLink
from service.importing.sites import SiteGenerator
from service.importing.trees import read_tree
from service.importing.writing import write_post
from tests.complexity import count_calls

CORPUS = Path(__file__).resolve().parents[3] / "shared/corpus/rust-blog/content"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not at {CORPUS}")


@pytest.fixture(scope="module")
def tree():
    return read_tree(CORPUS)


@pytest.fixture(scope="module")
def posts(tree):
    return {post.source_path: post for post in tree.posts()}


def test_every_file_is_taken_or_set_aside(tree, posts):
    files = {str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*.md")}
    assert (len(files), len(posts)) == (754, 750)
    assert tree.generator is SiteGenerator.ZOLA
    assert tree.problems == []
    assert files - posts.keys() == {path for path, _ in tree.skipped}
    assert {path: reason.split(",")[0] for path, reason in tree.skipped} == {
        "_index.md": "the page of a section",
        "inside-rust/_index.md": "the page of a section",
        "releases/_index.md": "the page of a section",
        "releases/latest.md": "a page without title and text",
    }


def test_every_post_is_dated_by_its_path_and_has_authors(posts):
    assert all(
        post.published_at and post.authors and post.title and post.body.strip() for post in posts.values()
    )
    assert not any(post.draft for post in posts.values())
    for post in posts.values():
        assert f"/{post.published_at:%Y/%m/%d}/" in post.canonical_path


def test_one_post_whole(posts):
    post = posts["Rust-1.12/index.md"]
    assert (post.title, post.slug, post.canonical_path) == (
        "Announcing Rust 1.12",
        "Rust-1.12",
        "/2016/09/29/Rust-1.12",
    )
    assert post.published_at == datetime(2016, 9, 29, tzinfo=UTC)
    assert post.aliases == ("/2016/09/29/Rust-1.12.html", "/releases/1.12.0")
    assert (post.authors, post.extra) == (("The Rust Core Team",), {"release": True})
    assert {image.file for image in post.images} == {
        "Rust-1.12/old-mismatched-trait-error.png",
        "Rust-1.12/mismatched-trait-error.png",
        "Rust-1.12/borrowck-error.png",
    }


def test_nothing_is_lost_of_the_front_matter(posts):
    assert Counter(key for post in posts.values() for key in post.extra) == {
        "team": 444,
        "team_url": 444,
        "release": 138,
    }
    assert sum(len(post.aliases) for post in posts.values()) == 740


@pytest.mark.parametrize(
    ("source", "destination", "target"),
    [
        (
            "parallel-rustc/index.md",
            "parallel-rustc.html#how-to-use-it",
            "parallel-rustc/index.md#how-to-use-it",
        ),
        ("Rust-1.12/index.md", "/2015/02/13/Final-1.0-timeline/", "Final-1.0-timeline.md"),
        ("Rust-1.12/index.md", "@/outreachy-2026-may.md", "outreachy-2026-may.md"),
    ],
)
def test_links(tree, posts, source, destination, target):
    link = tree.resolve_link(posts[source], destination)
    assert isinstance(link, PostLink)
    assert link.source_path + link.suffix == target


def test_what_does_not_resolve_is_not_in_the_tree(tree, posts):
    for post in (
        post for post in posts.values() if post.source_path.endswith("index.md") or "@/" in post.body
    ):
        for span in spans(post.body):
            if span.text.startswith("@/"):
                assert tree.resolve_link(post, span.text), (post.source_path, span.text)
            elif span.is_image and ":" not in span.text and tree.resolve_link(post, span.text) is None:
                assert not (CORPUS / post.source_path).parent.joinpath(span.text).exists(), (
                    post.source_path,
                    span.text,
                )


def test_written_and_read_again_it_is_the_same_blog(tree, posts, tmp_path):
    for post in posts.values():
        file = tmp_path / post.source_path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(write_post(post), encoding="utf-8", newline="")
    again = {post.source_path: post for post in read_tree(tmp_path).posts()}
    assert again.keys() == posts.keys()
    for path, post in posts.items():
        same = {"content_hash": "", "images": (), "skipped_assets": ()}
        assert dataclasses.replace(again[path], **same) == dataclasses.replace(post, **same)


def test_is_read_in_few_steps(tree):
    length = sum(len(post.body) for post in tree.posts())
    posts = []
    assert count_calls(lambda: posts.extend(read_tree(CORPUS).posts())) < length
    assert len(posts) == 750
