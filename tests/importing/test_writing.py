"""What is written is read again as it was."""

from __future__ import annotations

import dataclasses
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.importing.records import SourcePost
from service.importing.trees import read_tree
from service.importing.writing import file_name, write_post

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
nasty = st.sampled_from(
    [
        '"""',
        "'''",
        "+++",
        "\n+++\n",
        "\\",
        '\\"',
        "]]",
        "\r\n",
        "\x7f",
        "\x1b",
        "é\u2028",
        "# a",
        "{% x %}",
        "---",
    ]
)
words = st.one_of(text, nasty, st.tuples(text, nasty, text).map("".join)).map(str.strip)
named = words.filter(bool)
segment = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/?#"), min_size=1).filter(
    lambda s: s not in (".", "..")
)
path = st.lists(segment, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
instants = st.datetimes(timezones=st.just(UTC))
json_values = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        words,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def names(element):
    return st.lists(element, max_size=4, unique_by=str.casefold).map(tuple)


@st.composite
def posts(draw):
    published_at = draw(st.none() | instants)
    canonical = draw(path)
    return SourcePost(
        source_path="post.md",
        content_hash="",
        title=draw(named),
        slug=draw(segment),
        canonical_path=canonical,
        body=draw(
            st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), nasty)
        ),
        published_at=published_at,
        updated_at=draw(st.none() | instants),
        draft=published_at is None or draw(st.booleans()),
        description=draw(st.none() | named),
        authors=draw(names(named)),
        tags=draw(names(named)),
        aliases=tuple(alias for alias in draw(st.lists(path, max_size=3, unique=True)) if alias != canonical),
        extra=draw(st.dictionaries(words, json_values, max_size=4)),
    )


def read_again(written):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "post.md").write_text(written, encoding="utf-8", newline="")
        tree = read_tree(folder)
        (post,) = tree.posts()
        assert tree.problems == []
    return dataclasses.replace(post, content_hash="", images=(), skipped_assets=())


PLAIN = SourcePost("post.md", "", "T", "t", "/t", "Body\n", draft=True)


class TestRoundTrip:
    @given(posts())
    @example(PLAIN)
    @example(dataclasses.replace(PLAIN, body="\n\n+++\ntitle = 1\n+++\n"))
    @example(
        dataclasses.replace(PLAIN, canonical_path="/2020/01/02/x.html", extra={"author": "A", "title": "B"})
    )
    @example(
        dataclasses.replace(PLAIN, extra={"extra": {"a": 1}, "taxonomies": {"tags": ["x"]}, "date": "soon"})
    )
    @example(dataclasses.replace(PLAIN, tags=("a, b",), authors=("A, B",), aliases=("/a:b",)))
    @settings(max_examples=300, deadline=None)
    def test_a_record_survives(self, post):
        assert read_again(write_post(post)) == post

    def test_nulls_in_extra_are_left_out(self):
        post = dataclasses.replace(PLAIN, extra={"a": None, "b": {"c": None, "d": [1, None]}})
        assert read_again(write_post(post)).extra == {"b": {"d": [1]}}

    def test_is_what_people_write(self):
        post = dataclasses.replace(
            PLAIN,
            published_at=datetime(2024, 1, 2, tzinfo=UTC),
            draft=False,
            tags=("a",),
            extra={"team": "x"},
        )
        assert write_post(post) == (
            '+++\ntitle = "T"\ndate = 2024-01-02 00:00:00+00:00\ndraft = false\nslug = "t"\npath = "/t"\nauthors = []\n'
            'aliases = []\n\n[taxonomies]\ntags = [\n    "a",\n]\n\n[extra]\nteam = "x"\n+++\n\nBody\n'
        )


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("hello-world", "hello-world.md"),
        ("Rust-1.12", "Rust-1.12.md"),
        ("a/../b", "a-..-b.md"),
        ("..", "post.md"),
        ("日本", "post.md"),
        ("_index", "post-index.md"),
        ("Index", "post-Index.md"),
        ("README", "post-README.md"),
        ("x" * 300, "x" * 100 + ".md"),
    ],
)
def test_file_name_is_one_and_reserved_by_nobody(slug, name):
    assert file_name(slug) == name
