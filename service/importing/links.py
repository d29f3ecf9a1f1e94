"""Finds the destinations of links and images in a Markdown text and rewrites them in place.

What is a link is decided by the parser that renders posts: its events tell where each link ends, and the spelling of
the destination is looked for there and nowhere else. Time grows with the length of the text, whatever it holds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from service.core.markdown.parser import POST_SYNTAX, ParserFault, definitions, parse
from service.core.markdown.raw_html import ATTRIBUTE, read_markup

T = TypeVar("T")

# Templates of Hugo and Jekyll in a destination. With the spaces and quotes in them it would be none in Markdown.
_TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^%{}\n]*%\}")
_PIECE = rf"{_TEMPLATE.pattern}|\\.|[^\s()\\]"
_TEMPLATED = re.compile(rf"\](?:\(|:)\s*+(?:{_PIECE}|\((?:{_PIECE})*+\))*+")
# Read as U+FFFD, as the renderer does. Surrogates cannot be encoded.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# The parser has decided that it is a link: a destination then ends at its first space or with the link.
_SPELLED = r"(?:<(?P<angle>(?:\\.|[^<>\n\\])*+)>|(?P<bare>[^\x00-\x20]+?))"
_SPACES = r"[ \t\r\n]*+"
# In a block quote the destination may be on the next line, behind the mark of the quote.
_SPACES_AND_QUOTE_MARKS = r"[ \t]*+(?:[\r\n][ \t\r\n>]*+)?+"
_LABEL = r"\[(?:\\.|[^\[\]\\])++\]"


def _destination_pattern(before: str, after: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(before + _SPACES + _SPELLED + after, re.DOTALL),
        re.compile(before + _SPACES_AND_QUOTE_MARKS + _SPELLED + after, re.DOTALL),
    )


_INLINE = _destination_pattern(r"[\s>]*+\]\(", r"(?:[ \t\r\n].*)?\)")
_DEFINITION = _destination_pattern(_LABEL + ":", r"(?:[ \t\r\n].*)?")

_TEXT_ELEMENTS = frozenset({"script", "style", "textarea"})  # what looks like a tag in them is none
_URL_ATTRIBUTES = {"a": "href", "img": "src"}


@dataclass(frozen=True, slots=True)
class Span:
    """One destination: `text` is what it means, unescaped; `start` to `end` is its spelling, with its quotes."""

    start: int
    end: int
    text: str
    is_image: bool
    in_html: bool


def rewrite(body: str, resolve: Callable[[str], str | None]) -> str:
    """Return `body` with each destination that `resolve` maps to another replaced by that.

    Links and images, inline and by reference, and `<a href>` and `<img src>`; never inside code, comments or
    autolinks. Where `resolve` returns `None` nothing changes.
    """
    pieces, end = [], 0
    for span, destination in resolved(body, resolve):
        pieces += [body[end : span.start], _quoted(destination) if span.in_html else _spelled(destination)]
        end = span.end
    return "".join([*pieces, body[end:]])


def resolved(body: str, resolve: Callable[[str], T | None]) -> Iterator[tuple[Span, T]]:
    """Yield the destinations for which `resolve` returns something, with that, in the order of the text."""
    for span in spans(body):
        if (found := resolve(span.text)) is not None:
            yield span, found


def spans(body: str) -> list[Span]:
    """Return the destinations of `body` in the order of the text.

    Of several definitions of one label, only the first is among them: no reader follows the others.
    """
    # Character for character, so that what is found in one text is in the other too.
    parsed = _TEMPLATED.sub(lambda link: _TEMPLATE.sub(lambda found: "x" * len(found[0]), link[0]), body)
    text = _Text(body, _CONTROL.sub("\ufffd", parsed))
    found: list[Span] = []
    with suppress(ParserFault):  # the renderer shows the rest of such a text as it was written
        found.extend(_in_definitions(text))
        found.extend(_in_place(text))
    return sorted(found, key=lambda span: span.start)


class _Text:
    """A text and what the parser gets in its place, which differs in templates and control characters alone.

    The parser counts UTF-8 bytes, and Python characters.
    """

    def __init__(self, body: str, parsed: str) -> None:
        self.body = body
        self.parsed = parsed
        self._encoded = parsed.encode()
        self._byte = self._character = 0

    def rewind(self) -> None:
        """Allow `position` to be asked from the beginning again."""
        self._byte = self._character = 0

    def position(self, byte: int) -> int:
        """Return which character begins at `byte`, which is not before the one asked for last."""
        # Only what lies between the two is decoded: all in all each byte once.
        self._character += len(self._encoded[self._byte : byte].decode())
        self._byte = byte
        return self._character

    def spelling(
        self,
        patterns: tuple[re.Pattern[str], re.Pattern[str]],
        start: int,
        end: int,
        text: str,
        *,
        is_image: bool,
    ) -> Iterator[Span]:
        """Yield the destination between two characters that means `text`; none where it is empty."""
        found = patterns[not text.startswith(">")].fullmatch(self.parsed, start, end)
        group = found.lastgroup if found else None
        if found is None or group is None or not found[group]:
            return
        start, end = found.span(group)
        if self.parsed[start:end] != self.body[start:end]:
            text = self.body[start:end]  # what the parser read in its place is not the author's
        quotes = group == "angle"
        yield Span(start - quotes, end + quotes, text, is_image, in_html=False)


def _in_definitions(text: _Text) -> Iterator[Span]:
    """Yield the destinations of reference definitions."""
    text.rewind()
    for destination, start, end in definitions(POST_SYNTAX, text.parsed):
        bounds = text.position(start), text.position(end)
        yield from text.spelling(_DEFINITION, *bounds, destination, is_image=False)


def _in_place(text: _Text) -> Iterator[Span]:
    """Yield the destinations that stand behind the text of a link or an image, or in a tag."""
    text.rewind()
    open_links: list[dict[str, str]] = []
    inside_end = 0  # of the text of the innermost link, up to the event before
    for event, start, end in parse(POST_SYNTAX, text.parsed):
        match event:
            case {"Text": _}:  # by far the most
                inside_end = end
            case {"Start": {"Link": link}}:
                open_links.append(link)
                inside_end = start + len("[")
            case {"Start": {"Image": link}}:
                open_links.append(link)
                inside_end = start + len("![")
            case {"End": "Link" | "Image" as element}:
                link = open_links.pop()
                if link["link_type"] == "Inline":
                    bounds = text.position(inside_end), text.position(end)
                    yield from text.spelling(_INLINE, *bounds, link["dest_url"], is_image=element == "Image")
                inside_end = end
            case {"InlineHtml": _} | {"End": "HtmlBlock"}:
                yield from _in_html(text, text.position(start), text.position(end))
                inside_end = end
            case {"Start": _}:
                pass
            case _:
                inside_end = end


def _in_html(text: _Text, start: int, end: int) -> Iterator[Span]:
    """Yield the destinations in a run of tags, those in elements that the renderer leaves out among them."""
    inside: str | None = None
    for _, _, tag in read_markup(text.body[start:end]):
        if tag is None:
            continue
        closing, name = tag[1], tag[2].lower()
        if inside:
            inside = None if closing and name == inside else inside
        elif name in _TEXT_ELEMENTS:
            inside = None if closing or tag[3].endswith("/") else name
        elif not closing and name in _URL_ATTRIBUTES:
            yield from _in_tag(tag, start, name)


def _in_tag(tag: re.Match[str], offset: int, name: str) -> Iterator[Span]:
    for attribute in ATTRIBUTE.finditer(tag[0], tag.start(3) - tag.start(), tag.end(3) - tag.start()):
        if attribute[1].lower() == _URL_ATTRIBUTES[name]:
            group = attribute.lastindex or 1
            if group > 1 and attribute[group]:
                quotes = group < 4
                start, end = (offset + tag.start() + bound for bound in attribute.span(group))
                value = html.unescape(attribute[group])
                yield Span(start - quotes, end + quotes, value, name == "img", in_html=True)
            return  # browsers, too, take the first of two


def _quoted(text: str) -> str:
    return f'"{html.escape(text).replace("|", "&#124;")}"'


def _spelled(text: str) -> str:
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~]|\Z)", r"\\\\", text)
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    text = text.replace("|", r"\|")  # the link may stand in a table
    if text and not re.search(r"[\s()<>\x00-\x1f\x7f]", text):
        return text
    return "<" + re.sub(r"([<>])", r"\\\1", re.sub(r"[\r\n]", "%0A", text)) + ">"
