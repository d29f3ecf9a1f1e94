"""How is HTML written so that it is well-formed and small whatever it is made from?"""

from __future__ import annotations

import re
from html import escape
from math import inf
from typing import NamedTuple

from service.core.markdown.allowlist import PHRASING, TABLE_PARTS, TEXT_BLOCKS, VOID

# Deeper elements are left out, their content stays. No real text comes near it, and sanitizers and browsers
# take time that grows with the square of the depth.
MAX_DEPTH = 50

_NO_BLOCK_INSIDE = TABLE_PARTS | TEXT_BLOCKS | PHRASING
_NO_PROSE = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "section", "table"})
_ENDS_A_WORD = frozenset({"br", "hr", "img"})
_PARTS_OF_TABLES = frozenset({"tbody", "td", "th", "thead", "tr"})

_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return `text` with a line feed for every line end, and U+FFFD for what XML, and so a feed, refuses.

    That is NUL, other control characters, lone surrogates.
    """
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape_text(text: str) -> str:
    """Return `text` as HTML, spelt as the sanitizer spells it."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


def attribute(name: str, value: str) -> str:
    """Return one attribute with its leading space."""
    return f' {name}="{escape_text(value).replace(chr(34), "&quot;")}"'


class Frame(NamedTuple):
    """One open element. `raw`: written as HTML by the author; `shown`: its tags are written."""

    tag: str
    raw: bool
    shown: bool


class HtmlWriter:
    """Writes nested elements, closes what its author left open, and collects the text without its markup.

    Elements come from Markdown (always balanced) or from raw HTML (anything): raw elements never outlive the
    Markdown element they stand in, so that the tree an HTML parser builds is the one written here.
    """

    def __init__(self, limit: float = inf) -> None:
        """Start an empty document; past `limit` characters only text is added to it."""
        self.parts: list[str] = []
        self.size = 0  # characters of HTML written
        self.limit = limit
        self.words: list[str] = []  # the text, without code blocks
        self.prose: list[str] = []  # of that, what stands outside of headings, tables and footnotes
        self.quiet = 0  # open elements that are no prose
        self.muted: str | None = None
        self._frames: list[Frame] = []
        self._depth = 0
        self._links = 0
        self._code_blocks = 0

    def write(self, html: str) -> None:
        """Append markup as it is."""
        self.parts.append(html)
        self.size += len(html)

    # Markdown

    def open_block(self, tag: str, attributes: str = "") -> None:
        """Open an element that cannot stand in a paragraph: whatever raw element cannot hold it ends here."""
        self._begin_block()
        self.open(tag, attributes)

    def open(self, tag: str, attributes: str = "") -> None:
        """Open an element, or remember to leave it out when it is too deep or would nest a link in a link."""
        # A cell goes with its table: text straight inside a table would be moved in front of it.
        shown = self._frames[-1].shown if tag in _PARTS_OF_TABLES else self._has_room(tag)
        self._frames.append(Frame(tag, False, shown))
        if shown:
            self._begin(tag, attributes)

    def skip(self) -> None:
        """Open nothing: the element that `close` then closes is left out."""
        self._frames.append(Frame("", raw=False, shown=False))

    def close(self, end: str = "") -> None:
        """Close the innermost Markdown element, and the raw elements left open in it; write `end` after it."""
        while self._frames[-1].raw:
            self._end()
        self._end(end)

    def close_block(self) -> None:
        """Close the innermost Markdown element, which ends a line."""
        self.muted = None
        self.close("\n")
        self.space()

    def rule(self) -> None:
        """Write a line between blocks."""
        self._begin_block()
        self.void("hr")
        self.write("\n")

    # Raw HTML

    def open_raw(self, tag: str, attributes: str, parents: frozenset[str] | None) -> None:
        """Open an element the author wrote as HTML, inside one of `parents` if any is named."""
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
        """Close the innermost raw element called `tag` and all in it, if one is open in this Markdown element."""
        if self._return_to(frozenset({tag})):
            self._end()

    def raw_text(self, text: str) -> None:
        """Write text that stands between tags the author wrote."""
        if text.strip():
            self._leave(TABLE_PARTS)
        self.text(text)

    def end_raw_block(self) -> None:
        """End what holds text in a run of raw HTML; what holds blocks (`details`) stays open for what follows."""
        self.muted = None
        self._leave(TEXT_BLOCKS | PHRASING)
        self.space()

    def nearest(self, tags: frozenset[str]) -> str | None:
        """Return which of `tags` is the innermost raw element open in this Markdown element."""
        inner = self._find(tags)
        return None if inner is None else self._frames[-1 - inner].tag

    # Both

    def void(self, tag: str, attributes: str = "") -> None:
        """Write an element without content."""
        if not self.muted and not self.full:
            self.write(f"<{tag}{attributes}>")
            if tag in _ENDS_A_WORD:
                self.space()

    def text(self, text: str) -> None:
        """Write text for people."""
        self.uncounted(text)
        if self.muted or self._code_blocks:
            return
        self.words.append(text)
        if not self.quiet:
            self.prose.append(text)

    def uncounted(self, text: str) -> None:
        """Write text that is not the author's: the number of a footnote."""
        if self._code_blocks and self.parts[-1].startswith("<pre"):
            text = text.lstrip("\r\n")  # HTML parsers take the first one away, at each reading another
        if text and not self.muted:
            self.write(escape_text(text))

    def space(self) -> None:
        """Keep the words on both sides of a tag apart in the collected text."""
        self.words.append(" ")
        if not self.quiet:
            self.prose.append(" ")

    @property
    def open_elements(self) -> int:
        """How many elements are open."""
        return len(self._frames)

    def close_all(self, but: int = 0) -> None:
        """Close whatever is open, but for the outermost `but` elements."""
        self.muted = None
        while len(self._frames) > but:
            self._end()

    def html(self) -> str:
        """Return what has been written."""
        return printable("".join(self.parts))

    # The stack

    @property
    def full(self) -> bool:
        """Say whether the limit is reached."""
        return self.size > self.limit

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
        """Return how many raw elements are open inside the innermost one of `tags`."""
        for inner, frame in enumerate(reversed(self._frames)):
            if not frame.raw:
                break
            if frame.tag in tags:
                return inner
        return None

    def _return_to(self, tags: frozenset[str]) -> bool:
        """Close what is open inside the innermost raw element of `tags`; False if there is none."""
        inner = self._find(tags)
        for _ in range(inner or 0):
            self._end()
        return inner is not None
