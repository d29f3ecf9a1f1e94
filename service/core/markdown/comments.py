"""Renders the Markdown of comments: no images, headings, tables or HTML."""

from __future__ import annotations

from service.core.markdown.parser import COMMENT_SYNTAX
from service.core.markdown.renderer import Renderer
from service.core.markdown.writer import attribute

COMMENT_RELATION = "nofollow ugc noopener"


class CommentRenderer(Renderer):
    """Renderer of comments: headings and images become text, HTML is shown as text, line breaks are kept."""

    syntax = COMMENT_SYNTAX

    def __init__(self) -> None:
        """Create a renderer for one comment."""
        super().__init__()
        self._html_lines = 0
        self.starts |= {
            "Heading": lambda _: self.writer.open_block("p"),
            "HtmlBlock": self.start_html_block,
            "Image": lambda _: self.writer.skip(),
        }
        self.events |= {"Html": self.html_line, "InlineHtml": self.writer.text}
        self.ends["Image"] = self.writer.close

    def soft_break(self) -> None:
        """Keep the line break: most people who comment do not expect Markdown to join lines."""
        self.hard_break()

    def start_html_block(self, _: None) -> None:
        """Start a paragraph for lines of HTML."""
        self._html_lines = 0
        self.writer.open_block("p")

    def html_line(self, html: str) -> None:
        """Show a line of HTML as text."""
        if self._html_lines:
            self.hard_break()
        self._html_lines += 1
        self.writer.text(html.rstrip("\n"))

    def rule(self) -> None:
        """Omit thematic breaks."""

    def link_attributes(self, address: str) -> str:
        """Return the attributes of a link, with `rel="nofollow ugc"` against comment spam."""
        return attribute("href", address) + attribute("rel", COMMENT_RELATION)


def render_comment(source: str) -> str:
    """Return a comment as HTML.

    Paragraphs, emphasis, inline and fenced code, links (`rel="nofollow ugc noopener"`), lists, block quotes and line
    breaks. HTML and tables are shown as text; of headings and images the text is kept.
    """
    return CommentRenderer().render(source)
