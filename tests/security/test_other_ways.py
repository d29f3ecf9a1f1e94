"""A post that is not for everybody is not found by any way: lists, counts, entity tags, files, jobs, deliveries."""

from __future__ import annotations

from flask import Flask

from tests.security.other_ways import GROUPS, TABLE, render, rows_in
from tests.security.ways import found_by

# That a slug is taken, and how often a file is used that its readers see in a published post.
TOLD_TO_WRITERS = frozenset(
    [
        'POST /api/posts {"title":"Mine","body":"Text.","slug":"zirconium"}',
        "GET /api/media/{bob's media}",
        "GET /api/media/{bob's media}/uses",
        "GET /api/media",
    ]
)


def test_everybody_finds_what_the_table_says(app: Flask) -> None:
    found, expected = found_by(app), rows_in(TABLE.read_text("utf-8"))
    differing = [
        f"{way}, {state}: found by {callers}, in the table by {expected[way][state]}"
        for way, by_state in found.items()
        for state, callers in by_state.items()
        if way in expected and callers != expected[way][state]
    ]
    assert differing == []
    assert TABLE.read_text("utf-8") == render(found), "python -m tests.security.other_ways writes it"


def test_every_way_shows_something_to_somebody() -> None:
    for way, by_state in rows_in(TABLE.read_text("utf-8")).items():
        assert any(by_state.values()), f"{way} shows nothing, so it tests nothing"


def test_what_is_not_published_is_for_nobody_but_its_owner_and_editors() -> None:
    for way, by_state in rows_in(TABLE.read_text("utf-8")).items():
        for state in ("draft", "scheduled", "trashed"):
            told = GROUPS["writers"] if way in TOLD_TO_WRITERS else GROUPS["own"]
            assert {*by_state[state]} <= {*told}, (way, state)
