"""The Markdown parser (pulldown-cmark): the syntax of posts and of comments, and the events of a text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyromark
from pyromark import Options

POST_SYNTAX = pyromark.Markdown(
    options=Options.ENABLE_TABLES
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
)
COMMENT_SYNTAX = pyromark.Markdown()

# One of the typed dictionaries or strings of pyromark.event, taken apart by its only key.
Event = Any


class ParserFault(Exception):
    """The parser failed at a text. The events before are right."""


def parse(syntax: pyromark.Markdown, source: str) -> Iterator[tuple[Event, int, int]]:
    """Yield each event of `source` with its range in UTF-8 bytes; raise `ParserFault` where the parser fails."""
    with _faults():
        for event, span in syntax.events_with_range(source, merge_text=True):
            yield event, span["start"], span["end"]


def definitions(syntax: pyromark.Markdown, source: str) -> list[tuple[str, int, int]]:
    """Return the destinations of reference definitions, in order, each with the range of its definition in UTF-8 bytes.

    Of several definitions of one label the first alone: it is the one that counts. Raise `ParserFault` as `parse` does.
    """
    with _faults():
        return [
            (definition["dest"], definition["span"]["start"], definition["span"]["end"])
            for definition in syntax.reference_definitions(source).values()
        ]


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # A panic of the parser is no Exception: uncaught, it would end the worker.
        if type(error).__name__ != "PanicException":
            raise
        raise ParserFault from error
