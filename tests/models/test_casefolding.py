"""Texts that people take for the same are the same, and a search finds what it says."""

from __future__ import annotations

import sqlite3

import pytest

from service.models.casefolding import LIKE_ESCAPE, casefold, like_pattern


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Ada", "aDA"),
            ("ÉCLAIR", "éclair"),
            ("e\u0301clair", "\u00e9clair"),
            ("Straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ],
    )
    def test_makes_the_same_equal(self, one: str, other: str) -> None:
        assert casefold(one) == casefold(other)

    @pytest.mark.parametrize(("one", "other"), [("eclair", "éclair"), ("ada", "ada "), ("a", "b")])
    def test_keeps_the_different_apart(self, one: str, other: str) -> None:
        assert casefold(one) != casefold(other)

    @pytest.mark.parametrize("text", ["\u0345\u0308", "İ", "ﬃ", "Ǆ", "\u1fb7"])
    def test_of_a_folded_text_changes_nothing(self, text: str) -> None:
        assert casefold(casefold(text)) == casefold(text)


class TestContaining:
    @pytest.mark.parametrize("wildcard", ["%", "_", "\\", "50%", "a_b", "\\%"])
    def test_takes_wildcards_literally(self, wildcard: str) -> None:
        texts = [wildcard, f"before{wildcard}after", "anything else", "axb", "500"]
        database = sqlite3.connect(":memory:")
        found = [
            text
            for text in texts
            if database.execute(
                "SELECT ? LIKE ? ESCAPE ?", (casefold(text), like_pattern(wildcard), LIKE_ESCAPE)
            ).fetchone()[0]
        ]
        assert found == texts[:2]

    def test_folds_what_is_looked_for(self) -> None:
        assert like_pattern("ÉCLAIR") == "%éclair%"
