"""What does a post have beyond a comment: headings, tables, images, footnotes, HTML, an excerpt?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from service.core.markdown.allowlist import image_address
from service.core.markdown.footnotes import Footnotes
from service.core.markdown.parser import POST_SYNTAX, Event
from service.core.markdown.raw_html import anchor, link, write_raw
from service.core.markdown.renderer import Renderer
from service.core.markdown.text import count_words, excerpt, reading_minutes
from service.core.markdown.writer import attribute, printable

LONGEST_TOC = 500
LONGEST_TOC_TEXT = 200
LONGEST_ANCHOR = 80

_NOT_IN_ANCHORS = re.compile(r"[^\w\s-]+")
_SPACES = re.compile(r"\s+")
# The parser's own heading attributes would take `{}` off `# impl Drop for Foo {}`.
_GIVEN_ANCHOR = re.compile(r"\{#([^\s{}#]{1,80})\}$")


@dataclass(frozen=True, slots=True)
class TocEntry:
    """One heading of a post: `level` 1-6, its text, and the id it has in the HTML."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A post as readers see it.

    `html` is safe on any page. `excerpt` is one line of plain text, at most 280 characters, without headings,
    code blocks, tables and footnotes. `word_count` leaves out code blocks. `reading_minutes` is 0 only where
    there is nothing to read. `toc` has the headings in order, the first 500 of them.
    """

    html: str
    excerpt: str
    word_count: int
    reading_minutes: int
    toc: tuple[TocEntry, ...]


@dataclass(slots=True)
class _Heading:
    level: int
    part: int  # where in the HTML its tag is
    word: int  # where in the text it begins


class PostRenderer(Renderer):
    """Writes a post and its table of contents."""

    syntax = POST_SYNTAX

    def __init__(self) -> None:
        """Start with nothing written."""
        super().__init__()
        self.toc: list[TocEntry] = []
        self.footnotes = Footnotes(self)
        self._anchors: dict[str, int] = {}
        self._heading = _Heading(0, 0, 0)
        self._html_block: list[str] = []
        self._images: list[dict[str, str]] = []
        self._alt: list[str] = []
        self._alignments: tuple[str, ...] = ()
        self._column = 0
        self._in_head = False
        self._has_body = False
        self.events |= {
            "FootnoteReference": self.footnotes.refer,
            "Html": self._html_block.append,
            "InlineHtml": self.inline_html,
            "TaskListMarker": self.task_marker,
        }
        self.starts |= {
            "FootnoteDefinition": self.footnotes.start_definition,
            "Heading": self.start_heading,
            "HtmlBlock": lambda _: self._html_block.clear(),
            "Image": self.start_image,
            "Strikethrough": lambda _: self.writer.open("del"),
            "Table": self.start_table,
            "TableCell": self.start_cell,
            "TableHead": self.start_head,
            "TableRow": self.start_row,
        }
        self.ends |= {
            "Heading": self.end_heading,
            "HtmlBlock": self.end_html_block,
            "Strikethrough": self.writer.close,
            "Table": self.end_table,
            "TableHead": self.end_head,
        }

    def handle(self, event: Event) -> None:
        """Write what one event stands for, unless a footnote keeps it for later or it is part of an image."""
        if self.footnotes.keeping:
            self.footnotes.keep(event)
        elif self._images:
            self._describe(event)
        else:
            super().handle(event)

    def finish(self) -> None:
        """Close what is open at the end of the text, and write the footnotes."""
        self.writer.close_all()
        self.footnotes.write()

    def rest(self, source: str) -> None:
        """Show the end of a text as it was written."""
        self.footnotes.stop_keeping()
        self.forget_images()
        super().rest(source)

    # Headings

    def start_heading(self, data: dict[str, Any]) -> None:
        """Begin a heading; its anchor is known at its end."""
        level = int(data["level"][1])
        self.writer.open_block(f"h{level}")
        self._heading = _Heading(level, len(self.writer.parts) - 1, len(self.writer.words))

    def end_heading(self) -> None:
        """Give the heading its anchor and, outside of footnotes, its line in the table of contents."""
        heading = self._heading
        given = self._take_given_anchor()
        text = " ".join(printable("".join(self.writer.words[heading.word :])).split())
        self.writer.close_block()
        name = anchor(self._unique(given or text.lower()))
        tag = f"h{heading.level}"
        if self.writer.parts[heading.part] == f"<{tag}>":
            self.writer.parts[heading.part] = f"<{tag}{attribute('id', name)}>"
            if not self.writer.quiet and len(self.toc) < LONGEST_TOC:
                self.toc.append(TocEntry(heading.level, text[:LONGEST_TOC_TEXT], name))

    def _take_given_anchor(self) -> str | None:
        """Remove `{#anchor}` from the end of the text just written, and return the anchor."""
        given = _GIVEN_ANCHOR.search(self.writer.parts[-1])
        if given is None:
            return None
        self.writer.parts[-1] = self.writer.parts[-1][: given.start()].rstrip()
        self.writer.words[-1] = self.writer.words[-1].rpartition("{#")[0]
        return given[1]

    def _unique(self, name: str) -> str:
        """Return `name` as an anchor no heading has had: as it is, or with -1, -2 ... behind it."""
        words = _NOT_IN_ANCHORS.sub("", name).strip()
        base = _SPACES.sub("-", words)[:LONGEST_ANCHOR].strip("-") or "section"
        candidate = base
        while candidate in self._anchors:
            self._anchors[base] += 1
            candidate = f"{base}-{self._anchors[base]}"
        self._anchors[candidate] = 0
        return candidate

    # Tables

    def start_table(self, alignments: tuple[str, ...]) -> None:
        """Begin a table; `alignments` has one of None, Left, Center, Right for each column."""
        self._alignments = alignments
        self._has_body = False
        self.writer.open_block("table")

    def start_head(self, _: None) -> None:
        """Begin the row of headers."""
        self._in_head = True
        self.writer.open("thead")
        self.start_cells()

    def end_head(self) -> None:
        """End the row of headers."""
        self._in_head = False
        self.writer.close_block()
        self.writer.close_block()

    def start_row(self, _: None) -> None:
        """Begin a row, the first one with the body of the table."""
        if not self._has_body:
            self._has_body = True
            self.writer.open("tbody")
        self.start_cells()

    def start_cells(self) -> None:
        """Begin the cells of a row."""
        self._column = 0
        self.writer.open("tr")

    def start_cell(self, _: None) -> None:
        """Begin a cell, aligned as its column is."""
        alignment = self._alignments[self._column].lower()
        self._column += 1
        self.writer.open_block(
            "th" if self._in_head else "td", "" if alignment == "none" else attribute("align", alignment)
        )

    def end_table(self) -> None:
        """End a table."""
        if self._has_body:
            self.writer.close_block()
        self.writer.close_block()

    # Images

    def start_image(self, data: dict[str, str]) -> None:
        """Begin an image: up to its end everything is its description."""
        self._images.append(data)

    def forget_images(self) -> None:
        """End images whose end was cut off."""
        self._images.clear()
        self._alt.clear()

    def _describe(self, event: Event) -> None:
        """Collect the description of an image, whose markup is not for readers; images in it are part of it."""
        match event:
            case {"Text": text} | {"Code": text}:
                self._alt.append(text)
            case "SoftBreak" | "HardBreak":
                self._alt.append(" ")
            case {"Start": {"Image": data}}:
                self._images.append(data)
            case {"End": "Image"}:
                image = self._images.pop()
                if not self._images:
                    self._write_image(image, "".join(self._alt))
                    self._alt.clear()

    def _write_image(self, data: dict[str, str], alt: str) -> None:
        """Write an image, or its description where it may not be loaded from its address."""
        address = image_address(data["dest_url"])
        if address is None or self.writer.full:
            self.writer.text(alt)
            return
        title = attribute("title", data["title"]) if data["title"] else ""
        self.writer.void("img", f'{attribute("alt", alt)} loading="lazy"{attribute("src", address)}{title}')

    # HTML, links, tasks

    def inline_html(self, html: str) -> None:
        """Write one tag inside a paragraph."""
        write_raw(self.writer, html, flow=False)

    def end_html_block(self) -> None:
        """Write a run of HTML lines."""
        write_raw(self.writer, "".join(self._html_block), flow=True)
        self.writer.end_raw_block()

    def task_marker(self, done: bool) -> None:
        """Write the box of a task: to be seen, not to be ticked."""
        checked = ' checked=""' if done else ""
        self.writer.void("input", f'{checked} disabled="" type="checkbox"')
        self.writer.uncounted(" ")

    def link_attributes(self, address: str) -> str:
        """Return the attributes of a link to `address`; fragments lead to anchors of the post."""
        address, relation = link(address)
        return attribute("href", address) + "".join(attribute(*pair) for pair in relation.items())


def render_post(source: str) -> Rendered:
    """Return a post as readers see it, with its excerpt, length and table of contents.

    CommonMark, tables, strikethrough, task lists, footnotes, `{#id}` behind headings, and of HTML what the list
    allows. Elements nested more than 50 deep are flattened; where a text makes more than six times its length
    of HTML, its rest is shown as it was written.
    """
    renderer = PostRenderer()
    html = renderer.render(source)
    text = printable("".join(renderer.writer.words))
    return Rendered(
        html=html,
        excerpt=excerpt(printable("".join(renderer.writer.prose))),
        word_count=count_words(text),
        reading_minutes=reading_minutes(text) if html.strip() else 0,
        toc=tuple(renderer.toc),
    )
