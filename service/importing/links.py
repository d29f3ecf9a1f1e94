"""Where are the links and images of a Markdown text, so that their destinations can change and no more?

The block structure comes from markdown-it, which knows the lines of each block (the parser that renders posts does
not tell them), so code stays code wherever a list, quotation or footnote puts it; within a block, one scan knows
escapes, code spans, autolinks, comments, tags and brackets.
Time grows with the length of the text, whatever it holds.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

T = TypeVar("T")

# `{{ ... }}` and `{% ... %}` stand in destinations of Hugo and Jekyll posts, spaces and quotes included.
_TEMPLATE = r"\{\{[^{}\n]*\}\}|\{%[^%{}\n]*%\}"
_IN_ANGLES = r"(?:\\.|[^<>\n\\])*+"
_OPENING = re.compile(rf"\(\s*+(?:<(?P<angle>{_IN_ANGLES})>|(?=(?P<bare>[^\s<)])))", re.DOTALL)
_PIECE = re.compile(rf"{_TEMPLATE}|\\.|[^\s()\\]|[()]", re.DOTALL)
_PLAIN = re.compile(r"[^\s()\\{]++")
_CLOSING = re.compile(
    r"""(?:\s++(?:"(?:\\.|[^"\\])*+"|'(?:\\.|[^'\\])*+'|\((?:\\.|[^()\\])*+\)))?\s*+\)""", re.DOTALL
)
_PARENTHESES_DEEP = 10  # or text made of `](` would be read to its end at each
_LABEL = r"\[(?:\\.|[^\[\]\\])++\]:"
_DEFINITION = re.compile(
    rf"(?P<label>{_LABEL})\s*+(?:<(?P<angle>{_IN_ANGLES})>|(?P<bare>(?:{_TEMPLATE}|\S)++))", re.DOTALL
)
_FOOTNOTE = re.compile(r"\[\^\S+\]:")
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++)"""
_TAG = rf"</?[A-Za-z][A-Za-z0-9-]*+(?:\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+\s*+/?>"
_TOKEN = re.compile(
    rf"(?P<skip>\\.|<[A-Za-z][A-Za-z0-9+.-]{{1,31}}:[^<>\s]*+>)|(?P<ticks>`++)|(?P<raw><!--|<(?:script|style|textarea)\b)"
    rf"|(?P<tag>{_TAG})|(?P<open>!?\[)|(?P<close>\])",
    re.DOTALL | re.IGNORECASE,
)
_TAG_NAME = re.compile(r"<(a|img)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(rf"\s++(?P<name>[A-Za-z_:][\w.:-]*+)(?:\s*+=\s*+(?P<value>{_VALUE}))?+")
_ADDRESS = {"a": "href", "img": "src"}
_ESCAPE_OR_ENTITY = re.compile(
    r"\\([!-/:-@\[-`{-~])|(&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);)"
)
# Looks ahead only: what seems a destination may hold another. Bounded, so that text made of nothing but
# `[a]:` is not read to its end at each; no path is that long.
_WORD = rf"(?:{_TEMPLATE}|\S){{1,500}}+(?!\S)"
_CANDIDATE = re.compile(
    rf"\](?=\()|{_LABEL}(?=\s*+(?:<(?P<angle>{_IN_ANGLES})>|(?P<bare>{_WORD})))"
    rf"|\b(?:href|src)(?=\s*+=\s*+(?P<value>{_VALUE}))",
    re.DOTALL | re.IGNORECASE,
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_CELL = re.compile(r"(?:\\.|[^|\\])++", re.DOTALL)

_blocks = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
_blocks.core.ruler.enableOnly(["normalize", "block"])


@dataclass(frozen=True, slots=True)
class Span:
    """One destination: `text` is what it means, unescaped; `start` to `end` is its spelling, with its quotes."""

    start: int
    end: int
    text: str
    is_image: bool
    in_html: bool


def rewrite(body: str, resolve: Callable[[str], str | None]) -> str:
    """Return `body` with each destination that `resolve` answers replaced by its answer.

    Links and images, inline and by reference, and `<a href>` and `<img src>`; never inside code, comments or
    autolinks. What `resolve` answers with `None` stays to the character. It may be asked twice for the same.
    """
    pieces, end = [], 0
    for span, answer in resolved(body, resolve):
        pieces += [body[end : span.start], _quoted(answer) if span.in_html else _spelt(answer)]
        end = span.end
    return "".join([*pieces, body[end:]])


def resolved(body: str, resolve: Callable[[str], T | None]) -> Iterator[tuple[Span, T]]:
    """Yield the destinations that `resolve` answers, with its answers, in the order of the text."""
    if not any(_may_resolve(found, resolve) for found in _CANDIDATE.finditer(body)):
        return  # the common case, at a fiftieth of the cost of reading the blocks
    for span in spans(body):
        if (answer := resolve(span.text)) is not None:
            yield span, answer


def spans(body: str) -> Iterator[Span]:
    """Yield the destinations of `body` in the order of the text."""
    done = 0
    for start, end, kind in _regions(body):
        if start < done:
            continue  # a line that two blocks claim is read once
        done = end
        yield from _READERS[kind](body, start, end)


def _may_resolve(found: re.Match[str], resolve: Callable[[str], Any]) -> bool:
    if found["value"] is not None:
        return resolve(html.unescape(found["value"].strip("\"'"))) is not None
    if found[0] == "]":
        inline = _inline(found.string, found.end(), len(found.string), is_image=False)
        return inline is not None and resolve(inline[0].text) is not None
    return resolve(_unescaped(found["angle"] if found["bare"] is None else found["bare"])) is not None


def _regions(body: str) -> list[tuple[int, int, str]]:
    """Return where text, table cells, raw HTML and definitions are; what is in none of them is code."""
    starts = [0, *(end.end() for end in _LINE_END.finditer(body)), len(body)]
    env: dict[str, Any] = {}
    regions = set()
    cell = False
    for token in _blocks.parse(body, env):
        if token.type == "inline" and token.map:
            regions.add(
                (
                    starts[token.map[0]],
                    starts[min(token.map[1], len(starts) - 1)],
                    "cells" if cell else "text",
                )
            )
        elif token.type == "html_block" and token.map:
            regions.add((starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)], "html"))
        cell = token.type in ("th_open", "td_open")
    for reference in (*env.get("references", {}).values(), *env.get("duplicate_refs", ())):
        first, last = reference["map"]
        regions.add((starts[first], starts[min(last, len(starts) - 1)], "definition"))
    return sorted(regions)


def _in_definition(body: str, start: int, end: int) -> Iterator[Span]:
    found = _DEFINITION.search(body, start, end)
    while found is not None and _FOOTNOTE.fullmatch(found["label"]):  # which the definition is inside of
        found = _DEFINITION.search(body, found.end("label"), end)
    if found is not None:
        yield _definition_span(found)


def _in_cells(body: str, start: int, end: int) -> Iterator[Span]:
    for cell in _CELL.finditer(body, start, end):
        yield from _in_text(body, cell.start(), cell.end())


def _in_html(body: str, start: int, end: int) -> Iterator[Span]:
    return _scan(body, start, end, markdown=False)


def _in_text(body: str, start: int, end: int) -> Iterator[Span]:
    return _scan(body, start, end, markdown=True)


_READERS = {"definition": _in_definition, "cells": _in_cells, "html": _in_html, "text": _in_text}


def _scan(body: str, start: int, end: int, *, markdown: bool) -> Iterator[Span]:
    brackets = _Brackets()
    skips = _Skips(body, end)
    position = start
    while (token := _TOKEN.search(body, position, end)) is not None:
        position = token.end()
        kind = token.lastgroup
        if kind == "tag":
            yield from _in_tag(token)
        elif kind == "raw":
            position = skips.past_raw(token)
        elif not markdown:
            continue
        elif kind == "ticks":
            position = skips.past_code(token)
        elif kind == "open":
            brackets.open(is_image=token[0] == "![")
        elif kind == "close":
            is_image = brackets.close()
            found = _inline(body, position, end, is_image=is_image) if is_image is not None else None
            if found is not None:
                span, position = found
                yield span
                if not is_image:
                    brackets.link_closed()


class _Brackets:
    """The open brackets of a text. A link holds no link: once one has closed, those around it are text."""

    def __init__(self) -> None:
        self._open: list[bool] = []
        self._text_below = 0

    def open(self, *, is_image: bool) -> None:
        self._open.append(is_image)

    def close(self) -> bool | None:
        """Close the last bracket; tell whether it began an image, or `None` if nothing can come of it."""
        if not self._open:
            return None
        is_image = self._open.pop()
        usable = is_image or len(self._open) >= self._text_below
        self._text_below = min(self._text_below, len(self._open))
        return is_image if usable else None

    def link_closed(self) -> None:
        self._text_below = len(self._open)


class _Skips:
    """Finds the ends of code spans, comments and scripts; searches a block at most once for an end it lacks."""

    def __init__(self, body: str, end: int) -> None:
        self._body = body
        self._end = end
        self._runs: dict[int, list[int]] | None = None
        self._unclosed: set[str] = set()

    def past_code(self, ticks: re.Match[str]) -> int:
        if self._runs is None:
            self._runs = {}
            for run in re.compile("`+").finditer(self._body, ticks.start(), self._end):
                self._runs.setdefault(len(run[0]), []).append(run.start())
        same = self._runs.get(len(ticks[0]), [])
        following = bisect_left(same, ticks.end())
        return same[following] + len(ticks[0]) if following < len(same) else ticks.end()

    def past_raw(self, opening: re.Match[str]) -> int:
        is_comment = opening[0] == "<!--"
        close = "-->" if is_comment else f"</{opening[0][1:].lower()}"
        if close in self._unclosed:
            return opening.end()
        found = re.compile(re.escape(close), re.IGNORECASE).search(
            self._body,
            opening.end() - 2 if is_comment else opening.end(),  # `<!-->` is a whole comment
            self._end,
        )
        if found is None:
            self._unclosed.add(close)
            return opening.end()
        return found.end()


def _inline(body: str, position: int, limit: int, *, is_image: bool) -> tuple[Span, int] | None:
    """Return the destination of `(destination "title")` at `position`, and where the parenthesis ends."""
    opening = _OPENING.match(body, position, limit)
    if opening is None:
        return None
    bare = opening["bare"] is not None
    end = _end_of_bare(body, opening.end(), limit) if bare else opening.end()
    closing = _CLOSING.match(body, end, limit) if end is not None else None
    if end is None or closing is None:
        return None
    start = opening.end() if bare else opening.start("angle") - 1
    text = body[start:end] if bare else opening["angle"]
    return Span(start, end, _unescaped(text), is_image, in_html=False), closing.end()


def _end_of_bare(body: str, position: int, limit: int) -> int | None:
    depth = 0
    while (piece := _PLAIN.match(body, position, limit) or _PIECE.match(body, position, limit)) is not None:
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth < 0:
            return position
        if depth > _PARENTHESES_DEEP:
            return None
        position = piece.end()
    return position if depth == 0 else None


def _definition_span(found: re.Match[str]) -> Span:
    if found["angle"] is not None:
        start, end = found.start("angle") - 1, found.end("angle") + 1
        return Span(start, end, _unescaped(found["angle"]), is_image=False, in_html=False)
    start, end = found.span("bare")
    return Span(start, end, _unescaped(found["bare"]), is_image=False, in_html=False)


def _in_tag(tag: re.Match[str]) -> Iterator[Span]:
    name = _TAG_NAME.match(tag[0])
    for found in _ATTRIBUTE.finditer(tag[0]) if name else ():
        if name and found["value"] and found["name"].lower() == _ADDRESS[name[1].lower()]:
            start, end = found.span("value")
            text = html.unescape(found["value"].strip("\"'"))
            yield Span(tag.start() + start, tag.start() + end, text, name[1].lower() == "img", in_html=True)
            return  # browsers too take the first of two


def _unescaped(text: str) -> str:
    if text.startswith(("{{", "{%")):
        return text
    return _ESCAPE_OR_ENTITY.sub(lambda found: found[1] or html.unescape(found[2]), text)


def _quoted(text: str) -> str:
    return f'"{html.escape(text)}"'


def _spelt(text: str) -> str:
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~]|\Z)", r"\\\\", text)
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    if text and not re.search(r"[\s()<>\x00-\x1f\x7f]", text):
        return text
    return "<" + re.sub(r"([<>])", r"\\\1", re.sub(r"[\r\n]", "%0A", text)) + ">"
