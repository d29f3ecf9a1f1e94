"""What does a reader see of what an author wrote? Markdown in, HTML that is safe on any page out.

`render_post` takes CommonMark with tables, strikethrough, footnotes, task lists, `{#anchors}` and a safe part of
HTML; `render_comment` a subset without images, headings, tables and HTML; `clean_html` takes HTML itself.
Nothing here raises for any text, and time and output grow with the length of the text alone.

The parser is pulldown-cmark, through pyromark, for what the same posts and hostile bodies of 100 kB cost others:
markdown-it-py and mistune parse a real post in 2.5 ms instead of 0.07, need over 250 ms for a third and a sixth of
the hostile bodies, over 4 s for some, and make up to 600 MB of HTML of one. cmark-gfm (0.11 ms a post, 0.45 s for
the worst) gives no events, so that neither depth nor output can be limited before they exist.

May not be in this package: Flask, the database, or anything that knows what a post is stored as.
"""

from service.core.markdown.allowlist import ANCHOR_PREFIX
from service.core.markdown.comments import render_comment
from service.core.markdown.posts import Rendered, TocEntry, render_post
from service.core.markdown.raw_html import clean_html

__all__ = ["ANCHOR_PREFIX", "Rendered", "TocEntry", "clean_html", "render_comment", "render_post"]
