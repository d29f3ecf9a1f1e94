"""Renders the Markdown of posts: headings with anchors, tables, images, footnotes, HTML, table of contents, excerpt."""

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
# Not the parser's heading attributes: they would remove `{}` from `# impl Drop for Foo {}`.
_GIVEN_ANCHOR = re.compile(r"\{#([^\s{}#]{1,80})\}$")


@dataclass(frozen=True, slots=True)
class TocEntry:
    """A heading in the table of contents: `level` 1-6, its text, and its id in the HTML."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered post.

    `html` is sanitized. `excerpt` is one line of plain text, at most 280 characters, without headings, code blocks,
    tables and footnotes. `word_count` does not count code blocks. `reading_minutes` is 0 only for an empty post. `toc`
    has the first 500 headings in order.
    """

    html: str
    excerpt: str
    word_count: int
    reading_minutes: int
    toc: tuple[TocEntry, ...]


@dataclass(slots=True)
class _Heading:
    level: int
    part: int  # index of its tag in the HTML
    word: int  # index of its first word in the text


class PostRenderer(Renderer):
    """Renderer of posts, with their table of contents."""

    syntax = POST_SYNTAX

    def __init__(self) -> None:
        """Create a renderer for one post."""
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
        """Render an event; inside a footnote definition or an image it is only collected."""
        if self.footnotes.keeping:
            self.footnotes.keep(event)
        elif self._images:
            self._describe(event)
        else:
            super().handle(event)

    def finish(self) -> None:
        """Close all open elements and render the footnotes."""
        self.writer.close_all()
        self.footnotes.write()

    def rest(self, source: str) -> None:
        """Show the rest of a text as source."""
        self.footnotes.stop_keeping()
        self.forget_images()
        super().rest(source)

    # Headings

    def start_heading(self, data: dict[str, Any]) -> None:
        """Start a heading; its anchor is set at its end."""
        level = int(data["level"][1])
        self.writer.open_block(f"h{level}")
        self._heading = _Heading(level, len(self.writer.parts) - 1, len(self.writer.words))

    def end_heading(self) -> None:
        """Set the anchor of the heading and add it to the table of contents, unless it is in a footnote."""
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
        """Remove `{#anchor}` from the end of the heading and return the anchor."""
        given = _GIVEN_ANCHOR.search(self.writer.parts[-1])
        if given is None:
            return None
        self.writer.parts[-1] = self.writer.parts[-1][: given.start()].rstrip()
        self.writer.words[-1] = self.writer.words[-1].rpartition("{#")[0]
        return given[1]

    def _unique(self, name: str) -> str:
        """Return a unique anchor made from `name`: unchanged, or with -1, -2 ... appended."""
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
        """Start a table; `alignments` has None, Left, Center or Right for each column."""
        self._alignments = alignments
        self._has_body = False
        self.writer.open_block("table")

    def start_head(self, _: None) -> None:
        """Start the header row."""
        self._in_head = True
        self.writer.open("thead")
        self.start_cells()

    def end_head(self) -> None:
        """End the header row."""
        self._in_head = False
        self.writer.close_block()
        self.writer.close_block()

    def start_row(self, _: None) -> None:
        """Start a row; the first one also starts the table body."""
        if not self._has_body:
            self._has_body = True
            self.writer.open("tbody")
        self.start_cells()

    def start_cells(self) -> None:
        """Start the cells of a row."""
        self._column = 0
        self.writer.open("tr")

    def start_cell(self, _: None) -> None:
        """Start a cell with the alignment of its column."""
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
        """Start an image: everything up to its end is its alternative text."""
        self._images.append(data)

    def forget_images(self) -> None:
        """Discard images whose end was cut off."""
        self._images.clear()
        self._alt.clear()

    def _describe(self, event: Event) -> None:
        """Collect the alternative text of an image, without markup; it can contain further images."""
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
        """Write an image, or only its alternative text if its URL is not allowed."""
        address = image_address(data["dest_url"])
        if address is None or self.writer.full:
            self.writer.text(alt)
            return
        title = attribute("title", data["title"]) if data["title"] else ""
        self.writer.void("img", f'{attribute("alt", alt)} loading="lazy"{attribute("src", address)}{title}')

    # HTML, links, tasks

    def inline_html(self, html: str) -> None:
        """Write a tag inside a paragraph."""
        write_raw(self.writer, html, flow=False)

    def end_html_block(self) -> None:
        """Write a block of HTML."""
        write_raw(self.writer, "".join(self._html_block), flow=True)
        self.writer.end_raw_block()

    def task_marker(self, done: bool) -> None:
        """Write the disabled checkbox of a task list item."""
        checked = ' checked=""' if done else ""
        self.writer.void("input", f'{checked} disabled="" type="checkbox"')
        self.writer.uncounted(" ")

    def link_attributes(self, address: str) -> str:
        """Return the attributes of a link; fragments lead to anchors of the post."""
        address, relation = link(address)
        return attribute("href", address) + "".join(attribute(*pair) for pair in relation.items())


def render_post(source: str) -> Rendered:
    """Render a post, with its excerpt, word count and table of contents.

    CommonMark with tables, strikethrough, task lists, footnotes, `{#id}` after headings, and allowed HTML. Elements
    nested more than 50 deep are flattened. The rest of a text is shown as source once its HTML has grown to more than
    five times the length of the text or 600,000 characters, or to 50,000 pieces: starts, ends and texts of elements.
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
