"""Writes well-formed HTML of limited depth and size, and collects its plain text."""

from __future__ import annotations

import re
from html import escape
from math import inf
from typing import NamedTuple

from service.core.markdown.allowlist import PHRASING, TABLE_PARTS, TEXT_BLOCKS, VOID
from service.core.markdown.lazy_images import LazyImages

# Deeper elements are omitted, their content is kept: sanitizers and browsers take time quadratic in the depth. Real
# texts stay far below.
MAX_DEPTH = 50

_NO_BLOCK_INSIDE = TABLE_PARTS | TEXT_BLOCKS | PHRASING
_NO_PROSE = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "section", "table"})
_ENDS_A_WORD = frozenset({"br", "hr", "img"})
_PARTS_OF_TABLES = frozenset({"tbody", "td", "th", "thead", "tr"})

_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Normalize line ends to line feeds and replace characters that are invalid in XML (and so in feeds) by U+FFFD.

    These are NUL, other control characters and lone surrogates.
    """
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape_text(text: str) -> str:
    """Escape text for HTML exactly as the sanitizer does."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


def attribute(name: str, value: str) -> str:
    """Return an attribute with a leading space."""
    return f' {name}="{escape_text(value).replace(chr(34), "&quot;")}"'


class Frame(NamedTuple):
    """An open element. `raw`: written as HTML by the author; `shown`: its tags are written."""

    tag: str
    raw: bool
    shown: bool


class HtmlWriter:
    """Writes nested elements, closes unclosed ones, and collects the text without markup.

    Elements come from Markdown (always balanced) or from raw HTML (possibly not). Raw elements are closed with the
    Markdown element that contains them: an HTML parser builds exactly the tree that is written here.
    """

    def __init__(self, limit: float = inf) -> None:
        """Create an empty document; beyond `limit` characters only text is added."""
        self.parts: list[str] = []
        self.size = 0  # characters of HTML written
        self.limit = limit
        self.steps_left = inf  # events of the parser, tags of raw HTML and their attributes
        self.words: list[str] = []  # the text, without code blocks
        self.prose: list[str] = []  # of that, what stands outside of headings, tables and footnotes
        self.quiet = 0  # open elements that are no prose
        self.muted: str | None = None
        self.lazy_images = LazyImages()
        self._frames: list[Frame] = []
        self._depth = 0
        self._links = 0
        self._code_blocks = 0

    def write(self, html: str) -> None:
        """Append markup unchanged."""
        self.parts.append(html)
        self.size += len(html)

    # Markdown

    def open_block(self, tag: str, attributes: str = "") -> None:
        """Open a block element; raw elements that cannot contain it are closed."""
        self._begin_block()
        self.open(tag, attributes)

    def open(self, tag: str, attributes: str = "") -> None:
        """Open an element; omit its tags if it is nested too deeply or is a link in a link."""
        # Omit the cells of an omitted table: HTML parsers would move their text to before the outer table.
        shown = self._frames[-1].shown if tag in _PARTS_OF_TABLES else self._has_room(tag)
        self._frames.append(Frame(tag, False, shown))
        if shown:
            self._begin(tag, attributes)

    def skip(self) -> None:
        """Open an element without writing its tags."""
        self._frames.append(Frame("", raw=False, shown=False))

    def close(self, end: str = "") -> None:
        """Close the innermost Markdown element and the raw elements in it; write `end` after it."""
        while self._frames[-1].raw:
            self._end()
        self._end(end)

    def close_block(self) -> None:
        """Close the innermost Markdown element, a block, and end the line."""
        self.muted = None
        self.close("\n")
        self.space()

    def rule(self) -> None:
        """Write a thematic break."""
        self._begin_block()
        self.void("hr")
        self.write("\n")

    # Raw HTML

    def open_raw(self, tag: str, attributes: str, parents: frozenset[str] | None) -> None:
        """Open a raw HTML element, only inside one of `parents` unless that is None."""
        if tag in PHRASING:
            self._leave(TABLE_PARTS)
        elif parents is None:
            self._leave(_NO_BLOCK_INSIDE)
        if parents is not None and not self._return_to(parents):
            return
        if tag in VOID:
            self.void(tag, attributes)
        elif self._has_room(tag):
            self._frames.append(Frame(tag, raw=True, shown=True))
            self._begin(tag, attributes)

    def close_raw(self, tag: str) -> None:
        """Close the innermost raw element `tag` with its content, if one is open in the current Markdown element."""
        if self._return_to(frozenset({tag})):
            self._end()

    def raw_text(self, text: str) -> None:
        """Write text between raw HTML tags."""
        if text.strip():
            self._leave(TABLE_PARTS)
        self.text(text)

    def end_raw_block(self) -> None:
        """End a block of raw HTML: elements with text are closed, elements with blocks (`details`) stay open."""
        self.muted = None
        self._leave(TEXT_BLOCKS | PHRASING)
        self.space()

    def nearest(self, tags: frozenset[str]) -> str | None:
        """Return the innermost open raw element of `tags` in the current Markdown element."""
        inner = self._find(tags)
        return None if inner is None else self._frames[-1 - inner].tag

    # Both

    def void(self, tag: str, attributes: str = "") -> None:
        """Write a void element."""
        if not self.muted and not self.full:
            self.write(f"<{tag}{attributes}>")
            if tag in _ENDS_A_WORD:
                self.space()

    def text(self, text: str) -> None:
        """Write readable text; it is also collected."""
        self.uncounted(text)
        if self.muted or self._code_blocks:
            return
        self.words.append(text)
        if not self.quiet:
            self.prose.append(text)

    def uncounted(self, text: str) -> None:
        """Write text without collecting it, such as the number of a footnote."""
        if self._code_blocks and self.parts[-1].startswith("<pre"):
            text = text.lstrip(
                "\r\n"
            )  # HTML parsers drop the first line feed in a `pre`, with every parse another one
        if text and not self.muted:
            self.write(escape_text(text))

    def space(self) -> None:
        """Separate the words before and after a tag in the collected text."""
        self.words.append(" ")
        if not self.quiet:
            self.prose.append(" ")

    @property
    def open_elements(self) -> int:
        """Return the number of open elements."""
        return len(self._frames)

    def close_all(self, but: int = 0) -> None:
        """Close all open elements except the outermost `but`."""
        self.muted = None
        while len(self._frames) > but:
            self._end()

    def html(self) -> str:
        """Return the HTML."""
        return printable("".join(self.parts))

    # The stack

    @property
    def full(self) -> bool:
        """Tell whether the size limit is exceeded."""
        return self.size > self.limit

    @property
    def exhausted(self) -> bool:
        """Tell whether the size limit or the number of steps is exceeded."""
        return self.full or self.steps_left < 0

    def _begin_block(self) -> None:
        self.muted = None
        self._leave(_NO_BLOCK_INSIDE)

    def _has_room(self, tag: str) -> bool:
        return (
            self._depth < MAX_DEPTH and not self.full and not self.muted and not (tag == "a" and self._links)
        )

    def _begin(self, tag: str, attributes: str) -> None:
        self._depth += 1
        self._links += tag == "a"
        self._code_blocks += tag == "pre"
        self.quiet += tag in _NO_PROSE
        self.write(f"<{tag}{attributes}>")

    def _end(self, end: str = "") -> None:
        tag, raw, shown = self._frames.pop()
        if shown:
            self._depth -= 1
            self._links -= tag == "a"
            self._code_blocks -= tag == "pre"
            self.quiet -= tag in _NO_PROSE
            self.write(f"</{tag}>{end}")
        if raw and tag not in PHRASING:
            self.space()

    def _leave(self, tags: frozenset[str]) -> None:
        while self._frames and self._frames[-1].raw and self._frames[-1].tag in tags:
            self._end()

    def _find(self, tags: frozenset[str]) -> int | None:
        """Return the number of raw elements that are open inside the innermost one of `tags`."""
        for inner, frame in enumerate(reversed(self._frames)):
            if not frame.raw:
                break
            if frame.tag in tags:
                return inner
        return None

    def _return_to(self, tags: frozenset[str]) -> bool:
        """Close the elements inside the innermost raw element of `tags`; False if there is none."""
        inner = self._find(tags)
        for _ in range(inner or 0):
            self._end()
        return inner is not None
