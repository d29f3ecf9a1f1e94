"""What of Markdown may a comment use?"""

from __future__ import annotations

from service.core.markdown.parser import COMMENT_SYNTAX
from service.core.markdown.renderer import Renderer
from service.core.markdown.writer import attribute

COMMENT_RELATION = "nofollow ugc noopener"


class CommentRenderer(Renderer):
    """Writes a comment: the text of headings and images without them, HTML as text, line breaks as typed."""

    syntax = COMMENT_SYNTAX

    def __init__(self) -> None:
        """Start with nothing written."""
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
        """Break the line where the author did: few who comment know that Markdown joins lines."""
        self.hard_break()

    def start_html_block(self, _: None) -> None:
        """Begin a paragraph for lines that are HTML."""
        self._html_lines = 0
        self.writer.open_block("p")

    def html_line(self, html: str) -> None:
        """Show a line of HTML as the text it is."""
        if self._html_lines:
            self.hard_break()
        self._html_lines += 1
        self.writer.text(html.rstrip("\n"))

    def rule(self) -> None:
        """Leave lines between blocks out."""

    def link_attributes(self, address: str) -> str:
        """Tell search engines that this site does not vouch for `address`."""
        return attribute("href", address) + attribute("rel", COMMENT_RELATION)


def render_comment(source: str) -> str:
    """Return a comment as HTML.

    Paragraphs, emphasis, inline and fenced code, links (`rel="nofollow ugc noopener"`), lists, block quotes
    and line breaks. HTML and tables appear as they were typed; of headings and images, the text.
    """
    return CommentRenderer().render(source)
