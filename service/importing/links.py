"""Finds the destinations of links and images in a Markdown text and rewrites them in place.

Links are found by the parser that renders posts: its events have the range of each link, in which the destination is
then located. Time is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from service.core.markdown.lazy_images import ADDRESS_ATTRIBUTES
from service.core.markdown.parser import POST_SYNTAX, ParserFault, definitions, parse
from service.core.markdown.raw_html import ATTRIBUTE, read_markup

T = TypeVar("T")

# Template tags of Hugo and Jekyll: their spaces and quotes are not valid in a Markdown destination.
_TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^%{}\n]*%\}")
_PIECE = rf"{_TEMPLATE.pattern}|\\.|[^\s()\\]"
_TEMPLATED = re.compile(rf"\](?:\(|:)\s*+(?:{_PIECE}|\((?:{_PIECE})*+\))*+")
# Replaced by U+FFFD as in the renderer; surrogates could not be encoded.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# In what the parser accepted as a link, the destination ends at the first space or with the link.
_SPELLED = r"(?:<(?P<angle>(?:\\.|[^<>\n\\])*+)>|(?P<bare>[^\x00-\x20]+?))"
_SPACES = r"[ \t\r\n]*+"
# In a block quote the destination can be on the next line, after the `>`.
_SPACES_AND_QUOTE_MARKS = r"[ \t]*+(?:[\r\n][ \t\r\n>]*+)?+"
_LABEL = r"\[(?:\\.|[^\[\]\\])++\]"


def _destination_pattern(before: str, after: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(before + _SPACES + _SPELLED + after, re.DOTALL),
        re.compile(before + _SPACES_AND_QUOTE_MARKS + _SPELLED + after, re.DOTALL),
    )


_INLINE = _destination_pattern(r"[\s>]*+\]\(", r"(?:[ \t\r\n].*)?\)")
_DEFINITION = _destination_pattern(_LABEL + ":", r"(?:[ \t\r\n].*)?")

_TEXT_ELEMENTS = frozenset({"script", "style", "textarea"})  # their content is text, not tags
_URL_ATTRIBUTES = {"a": ("href",), "img": ("src", *ADDRESS_ATTRIBUTES)}


@dataclass(frozen=True, slots=True)
class Span:
    """A destination: `text` is unescaped; `start` and `end` are its range in the body, delimiters included."""

    start: int
    end: int
    text: str
    is_image: bool
    in_html: bool


def rewrite(body: str, resolve: Callable[[str], str | None]) -> str:
    """Replace the destinations of `body` for which `resolve` returns a new one; change nothing else.

    Links and images, inline and by reference, and `<a href>` and `<img src>`; not in code, comments and autolinks.
    """
    pieces, end = [], 0
    for span, destination in resolved(body, resolve):
        pieces += [body[end : span.start], _quoted(destination) if span.in_html else _spelled(destination)]
        end = span.end
    return "".join([*pieces, body[end:]])


def resolved(body: str, resolve: Callable[[str], T | None]) -> Iterator[tuple[Span, T]]:
    """Yield the destinations for which `resolve` returns a value, with that value, in the order of the text."""
    for span in spans(body):
        if (value := resolve(span.text)) is not None:
            yield span, value


def spans(body: str) -> list[Span]:
    """Return the destinations of `body` in the order of the text.

    Of several definitions of a label only the first counts, as in the renderer.
    """
    # The replacement keeps the length, so that positions are the same in both texts.
    parsed = _TEMPLATED.sub(
        lambda link: _TEMPLATE.sub(lambda destinations: "x" * len(destinations[0]), link[0]), body
    )
    text = _Text(body, _CONTROL.sub("\ufffd", parsed))
    destinations: list[Span] = []
    with suppress(ParserFault):  # the renderer shows the rest as source, without links
        destinations.extend(_in_definitions(text))
        destinations.extend(_in_place(text))
    return sorted(destinations, key=lambda span: span.start)


class _Text:
    """A body, and the text that is parsed in its place: template tags and control characters are replaced.

    Converts the parser's offsets (UTF-8 bytes) to positions in the body (characters).
    """

    def __init__(self, body: str, parsed: str) -> None:
        self.body = body
        self.parsed = parsed
        self._encoded = parsed.encode()
        self._byte = self._character = 0

    def rewind(self) -> None:
        """Start again from the beginning."""
        self._byte = self._character = 0

    def position(self, byte: int) -> int:
        """Return the position of the character at `byte`; calls must be in ascending order."""
        # Decodes only the bytes since the last call: linear in total.
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
        """Yield the destination `text` of the link in this range, unless it is empty."""
        match = patterns[not text.startswith(">")].fullmatch(self.parsed, start, end)
        group = match.lastgroup if match else None
        if match is None or group is None or not match[group]:
            return
        start, end = match.span(group)
        if self.parsed[start:end] != self.body[start:end]:
            text = self.body[start:end]  # a template tag or control character was replaced
        quotes = group == "angle"
        yield Span(start - quotes, end + quotes, text, is_image, in_html=False)


def _in_definitions(text: _Text) -> Iterator[Span]:
    """Yield the destinations of reference definitions."""
    text.rewind()
    for destination, start, end in definitions(POST_SYNTAX, text.parsed):
        bounds = text.position(start), text.position(end)
        yield from text.spelling(_DEFINITION, *bounds, destination, is_image=False)


def _in_place(text: _Text) -> Iterator[Span]:
    """Yield the destinations of inline links and images and of HTML tags."""
    text.rewind()
    open_links: list[dict[str, str]] = []
    inside_end = 0  # end of the content of the innermost link so far
    for event, start, end in parse(POST_SYNTAX, text.parsed):
        match event:
            case {"Text": _}:  # first, because most events are text
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
    """Yield the destinations in raw HTML, including those in elements that the renderer removes."""
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
    seen = set()
    for attribute in ATTRIBUTE.finditer(tag[0], tag.start(3) - tag.start(), tag.end(3) - tag.start()):
        key = attribute[1].lower()
        if key in _URL_ATTRIBUTES[name] and key not in seen:
            seen.add(key)  # of duplicate attributes the first counts, as in browsers
            group = attribute.lastindex or 1
            if group > 1 and attribute[group]:
                quotes = group < 4
                start, end = (offset + tag.start() + bound for bound in attribute.span(group))
                value = html.unescape(attribute[group])
                yield Span(start - quotes, end + quotes, value, name == "img", in_html=True)


def _quoted(text: str) -> str:
    return f'"{html.escape(text).replace("|", "&#124;")}"'


def _spelled(text: str) -> str:
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~]|\Z)", r"\\\\", text)
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    text = text.replace("|", r"\|")  # in a table an unescaped pipe would end the cell
    if text and not re.search(r"[\s()<>\x00-\x1f\x7f]", text):
        return text
    return "<" + re.sub(r"([<>])", r"\\\1", re.sub(r"[\r\n]", "%0A", text)) + ">"
