"""Where do footnotes go? To the end of a post, in the order of their first reference."""

from __future__ import annotations

from typing import Protocol

from service.core.markdown.allowlist import ANCHOR_PREFIX
from service.core.markdown.parser import Event
from service.core.markdown.writer import HtmlWriter, attribute

_END = {"End": "FootnoteDefinition"}


def _key(label: str) -> str:
    return label.casefold()


class Text(Protocol):
    """What footnotes need of the text they belong to."""

    @property
    def writer(self) -> HtmlWriter:
        """Where the text is written."""

    def handle(self, event: Event, /) -> None:
        """Write what one event stands for."""

    def forget_images(self) -> None:
        """End images whose end was cut off."""


class Footnotes:
    """Keeps the events of definitions where they stand, and writes them when the text is complete."""

    def __init__(self, text: Text) -> None:
        """Belong to `text`."""
        self._text = text
        self._definitions: dict[str, list[Event]] = {}
        self._numbers: dict[str, int] = {}
        # Innermost last: each event is kept once, by the definition it stands in itself.
        self.keeping: list[list[Event]] = []

    def keep(self, event: Event) -> None:
        """Keep `event`, which is part of a definition."""
        match event:
            case {"Start": {"FootnoteDefinition": label}}:
                self.start_definition(label)
            case {"End": "FootnoteDefinition"}:
                self.keeping.pop()
            case _:
                self.keeping[-1].append(event)

    def start_definition(self, label: str) -> None:
        """Begin to keep events; of two definitions with one label the first counts."""
        events: list[Event] = []
        self._definitions.setdefault(_key(label), events)
        self.keeping.append(events)

    def stop_keeping(self) -> None:
        """Take the definitions that are open as complete."""
        self.keeping.clear()

    def refer(self, label: str) -> None:
        """Write a reference: the number of the note, which leads there; the first one is where it leads back to."""
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
        """Write every note that is referred to; notes may refer to further ones."""
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
        # Raw HTML may be open still, or the note is one in which the text was cut off.
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
