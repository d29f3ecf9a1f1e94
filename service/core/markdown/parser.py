"""The Markdown parser (pulldown-cmark) with the syntax extensions of posts and comments; yields events."""

from __future__ import annotations

import re
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

# The parser compares each line with all containers (quotes and list items) that are open: 50,000 of them before 50,000
# lines took seconds. What a line may open them with: white space, and markers of quotes and list items.
MAX_PREFIX = 400
_PREFIX = r"(?:[ \t]|>|(?:[-+*]|[0-9]{1,9}+[.)])(?=[ \t]))"
_DEEP_PREFIX = re.compile(rf"^({_PREFIX}{{{MAX_PREFIX}}})({_PREFIX}++)", re.MULTILINE)

# A dictionary with one key, or a string: see pyromark.event.
Event = Any


def flatten_containers(source: str) -> str:
    """Return `source` without the markers of containers after the first `MAX_PREFIX` places of a line.

    Elements are written to a depth of 50: those that lose their markers here would have lost their tags.
    """
    return _DEEP_PREFIX.sub(lambda line: line[0] if line[2].isspace() else line[1], source)


class ParserFault(Exception):
    """The parser panicked (a bug in the parser). The events before it are valid."""


def parse(syntax: pyromark.Markdown, source: str) -> Iterator[tuple[Event, int, int]]:
    """Yield the events of `source` with their ranges in UTF-8 bytes; raise `ParserFault` if the parser panics."""
    with _faults():
        for event, span in syntax.events_with_range(source, merge_text=True):
            yield event, span["start"], span["end"]


def definitions(syntax: pyromark.Markdown, source: str) -> list[tuple[str, int, int]]:
    """Return the destinations of reference definitions, in order, with the ranges of the definitions in UTF-8 bytes.

    Of several definitions of a label only the first, which is the one that counts. Raise `ParserFault` as `parse`.
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
        # A Rust panic is not an Exception: uncaught, it would end the worker.
        if type(error).__name__ != "PanicException":
            raise
        raise ParserFault from error
