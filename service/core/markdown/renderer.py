"""Base class of the Markdown renderers: turns parser events into HTML and limits its size."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import pyromark

from service.core.markdown.allowlist import LANGUAGE, link_address, sanitize
from service.core.markdown.parser import Event, ParserFault, flatten_containers, parse
from service.core.markdown.writer import HtmlWriter, attribute, printable

# A table or a reference can produce hundreds of times its length in HTML. Beyond these limits the rest of a text is
# shown as source. Real posts stay far below: of 754 the longest, 170 kB, has 1.1 characters of HTML per character
# and an event every 50 characters. A step is an event of the parser, a tag of raw HTML or an attribute of one.
ALLOWANCE = 20_000
OUTPUT_PER_CHARACTER = 5
STEPS_PER_CHARACTER = 0.25
# Whatever the length of a text: what bounds the time of the longest (`python -m benchmarks.markdown`).
OUTPUT_MAX = 600_000
STEPS_MAX = 50_000

_LANGUAGE = re.compile(LANGUAGE + r"(?=[\s,{]|$)")


class Renderer:
    """Renders one text; the subclasses differ in what posts and comments can contain."""

    syntax: ClassVar[pyromark.Markdown]

    def __init__(self) -> None:
        """Create a renderer for one text."""
        self.writer = HtmlWriter()
        self.breaks: dict[str, Callable[[], None]] = {
            "SoftBreak": self.soft_break,
            "HardBreak": self.hard_break,
            "Rule": self.rule,
        }
        self.events: dict[str, Callable[[Any], None]] = {
            "Code": self.code_span,
            "End": self.end,
            "Start": self.start,
            "Text": self.writer.text,
        }
        self.starts: dict[str, Callable[[Any], None]] = {
            "BlockQuote": lambda _: self.writer.open_block("blockquote"),
            "CodeBlock": self.start_code_block,
            "Emphasis": lambda _: self.writer.open("em"),
            "Item": lambda _: self.writer.open_block("li"),
            "Link": self.start_link,
            "List": self.start_list,
            "Paragraph": lambda _: self.writer.open_block("p"),
            "Strong": lambda _: self.writer.open("strong"),
        }
        self.ends: dict[str, Callable[[], None]] = {
            "CodeBlock": self.end_code_block,
            "Emphasis": self.writer.close,
            "Link": self.writer.close,
            "Strong": self.writer.close,
        }

    def render(self, source: str) -> str:
        """Render `source` as sanitized HTML."""
        source = flatten_containers(printable(source))
        self.writer.limit = min(OUTPUT_MAX, ALLOWANCE + OUTPUT_PER_CHARACTER * len(source))
        self.writer.steps_left = min(STEPS_MAX, ALLOWANCE + STEPS_PER_CHARACTER * len(source))
        unread = self.read(source)
        if unread is not None:
            self.rest(source.encode()[unread:].decode())
        self.finish()
        return sanitize(self.writer.html())

    def read(self, source: str) -> int | None:
        """Render `source`; at a limit, or if the parser panics, return the byte offset of the rest."""
        start = 0
        try:
            for event, start, _ in parse(self.syntax, source):
                if self.writer.exhausted and "End" not in event:
                    return start
                self.writer.steps_left -= 1
                self.handle(event)
        except ParserFault:
            return start
        return None

    def rest(self, source: str) -> None:
        """Show the rest of a text as source."""
        self.writer.close_all()
        self.writer.write("<pre><code>")
        self.writer.text(source)
        self.writer.write("</code></pre>\n")

    def finish(self) -> None:
        """Close all open elements."""
        self.writer.close_all()

    def handle(self, event: Event) -> None:
        """Render one event."""
        if event.__class__ is str:
            self.breaks[event]()
        else:
            ((kind, value),) = event.items()
            self.events[kind](value)

    def start(self, element: str | dict[str, Any]) -> None:
        """Start an element: a name, or a dictionary of a name and its data."""
        if isinstance(element, str):
            self.starts[element](None)
        else:
            ((name, data),) = element.items()
            self.starts[name](data)

    def end(self, element: str | dict[str, Any]) -> None:
        """End an element: a block, unless `ends` has another function for it."""
        name = element if isinstance(element, str) else next(iter(element))
        self.ends.get(name, self.writer.close_block)()

    def code_span(self, text: str) -> None:
        """Write a code span."""
        self.writer.open("code")
        self.writer.text(text)
        self.writer.close()

    def soft_break(self) -> None:
        """Write a soft line break."""
        self.writer.text("\n")

    def hard_break(self) -> None:
        """Write a hard line break."""
        self.writer.void("br")
        self.writer.text("\n")

    def rule(self) -> None:
        """Write a thematic break."""
        self.writer.rule()

    def start_list(self, first: int | None) -> None:
        """Start a list, numbered from `first` unless that is None."""
        if first is None:
            self.writer.open_block("ul")
        else:
            self.writer.open_block("ol", "" if first == 1 else attribute("start", str(first)))

    def start_code_block(self, kind: str | dict[str, str]) -> None:
        """Start a code block; the first word after its fence is the language."""
        language = _LANGUAGE.match(kind["Fenced"]) if isinstance(kind, dict) else None
        self.writer.open_block("pre")
        self.writer.open("code", attribute("class", "language-" + language[0]) if language else "")

    def end_code_block(self) -> None:
        """End a code block."""
        self.writer.close()
        self.writer.close_block()

    def start_link(self, data: dict[str, str]) -> None:
        """Start a link; if its URL is not allowed only its text is written."""
        url = ("mailto:" if data["link_type"] == "Email" else "") + data["dest_url"]
        address = link_address(url)
        if address is None:
            self.writer.skip()
        else:
            title = attribute("title", data["title"]) if data["title"] else ""
            self.writer.open("a", self.link_attributes(address) + title)

    def link_attributes(self, address: str) -> str:
        """Return the attributes of a link."""
        raise NotImplementedError
