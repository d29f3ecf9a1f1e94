from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.slugs import slugify, unique_slug

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class TestSlugify:
    @pytest.mark.parametrize(
        ("title", "slug"),
        [
            ("Hello, World!", "hello-world"),
            ("  --Announcing Rust 1.90.0--  ", "announcing-rust-1-90-0"),
            ("Crème brûlée à la façon d'Élodie", "creme-brulee-a-la-facon-delodie"),
            ("What’s new?", "whats-new"),
            ("Straße, Œuvre, Ærø, Łódź, Þing, Đặng", "strasse-oeuvre-aero-lodz-thing-dang"),
            ("ﬁne Ⅳ ① ｆｕｌｌ", "fine-iv-1-full"),
            ("İstanbul ve ışık", "istanbul-ve-isik"),
            ("C++ & Rust", "c-rust"),
            ("Rust と Python", "rust-python"),
            ("a\x00b\ud800c", "a-b-c"),
            ("🙂 fun 🙂", "fun"),
        ],
    )
    def test_title_becomes_ascii_words(self, title, slug):
        assert slugify(title) == slug

    @pytest.mark.parametrize("title", ["", "   ", "日本語", "Привет", "!!!", "🙂"])
    def test_fallback_where_nothing_is_left(self, title):
        assert slugify(title) == ""
        assert slugify(title, fallback="post-2026") == "post-2026"

    def test_long_title_ends_with_a_whole_word(self):
        assert slugify("one two three", max_length=11) == "one-two"
        assert slugify("one two three", max_length=7) == "one-two"
        assert slugify("one two three", max_length=8) == "one-two"

    def test_long_first_word_is_cut(self):
        assert slugify("x" * 200) == "x" * 80

    @given(st.text(), st.integers(1, 100))
    def test_is_a_slug_and_the_slug_of_itself(self, title, length):
        slug = slugify(title, max_length=length)
        assert slug == "" or SLUG.fullmatch(slug)
        assert len(slug) <= length
        assert slugify(slug, max_length=length) == slug


class TestUniqueSlug:
    def test_free_slug_stays(self):
        assert unique_slug("hello", {"other"}) == "hello"

    def test_first_free_number_is_taken(self):
        assert unique_slug("hello", {"hello", "hello-2", "hello-4"}) == "hello-3"

    def test_asks_a_question(self):
        asked = []

        def taken(slug):
            asked.append(slug)
            return len(asked) < 3

        assert unique_slug("a", taken) == "a-3"
        assert asked == ["a", "a-2", "a-3"]

    def test_number_fits_into_the_length(self):
        assert unique_slug("x" * 80, {"x" * 80}) == "x" * 78 + "-2"
        assert unique_slug("ab-cd", {"ab-cd"}, max_length=5) == "ab-2"
