"""Footnotes of a post: collected while it is rendered, written at its end in the order of their first reference."""

from __future__ import annotations

from typing import Protocol

from service.core.markdown.allowlist import ANCHOR_PREFIX
from service.core.markdown.parser import Event
from service.core.markdown.writer import HtmlWriter, attribute

_END = {"End": "FootnoteDefinition"}


def _key(label: str) -> str:
    return label.casefold()


class Text(Protocol):
    """The interface of the post renderer that footnotes use."""

    @property
    def writer(self) -> HtmlWriter:
        """Return the writer of the post."""

    def handle(self, event: Event, /) -> None:
        """Render one event."""

    def forget_images(self) -> None:
        """Discard images whose end was cut off."""


class Footnotes:
    """Collects the events of footnote definitions and renders them at the end of the post."""

    def __init__(self, text: Text) -> None:
        """Create the footnotes of one post."""
        self._text = text
        self._definitions: dict[str, list[Event]] = {}
        self._numbers: dict[str, int] = {}
        # A stack, innermost last: each event belongs to the definition that directly contains it.
        self.keeping: list[list[Event]] = []

    def keep(self, event: Event) -> None:
        """Collect an event inside a definition."""
        match event:
            case {"Start": {"FootnoteDefinition": label}}:
                self.start_definition(label)
            case {"End": "FootnoteDefinition"}:
                self.keeping.pop()
            case _:
                self.keeping[-1].append(event)

    def start_definition(self, label: str) -> None:
        """Start a definition; of several with the same label the first one counts."""
        events: list[Event] = []
        self._definitions.setdefault(_key(label), events)
        self.keeping.append(events)

    def stop_keeping(self) -> None:
        """Close all open definitions."""
        self.keeping.clear()

    def refer(self, label: str) -> None:
        """Render a reference: a link to the note. The note's backlink leads to its first reference."""
        writer = self._text.writer
        first = _key(label) not in self._numbers
        number = self._numbers.setdefault(_key(label), len(self._numbers) + 1)
        if writer.full:
            writer.uncounted(f"[{number}]")
            return
        here = attribute("id", f"{ANCHOR_PREFIX}fnref:{number}") if first else ""
        writer.open("sup")
        writer.open("a", f'{attribute("href", f"#{ANCHOR_PREFIX}fn:{number}")}{here} role="doc-noteref"')
        writer.uncounted(str(number))
        writer.close()
        writer.close()

    def write(self) -> None:
        """Render all referenced notes, also those that only other notes reference."""
        if not self._numbers:
            return
        writer = self._text.writer
        writer.open_block("section", ' role="doc-endnotes"')
        writer.open_block("ol")
        written = 0
        while written < len(self._numbers):
            for key in list(self._numbers)[written:]:
                written += 1
                self._write_note(written, self._definitions.get(key, []))
        writer.close_block()
        writer.close_block()

    def _write_note(self, number: int, events: list[Event]) -> None:
        writer = self._text.writer
        writer.open_block("li", attribute("id", f"{ANCHOR_PREFIX}fn:{number}"))
        here = writer.open_elements
        for event in events:
            self._text.handle(event)
        # Raw HTML can still be open, or the text was cut off in this note.
        self._text.forget_images()
        writer.close_all(but=here)
        ends_paragraph = writer.parts[-1] == "</p>\n"
        if ends_paragraph:
            writer.parts.pop()
        self._write_way_back(number)
        if ends_paragraph:
            writer.write("</p>\n")
        writer.close_block()

    def _write_way_back(self, number: int) -> None:
        writer = self._text.writer
        label = attribute("aria-label", f"Back to reference {number}")
        href = attribute("href", f"#{ANCHOR_PREFIX}fnref:{number}")
        writer.uncounted(" ")
        writer.open("a", f'{label}{href} role="doc-backlink"')
        writer.uncounted("↩")
        writer.close()
