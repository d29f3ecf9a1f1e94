"""Markdown rendering and HTML sanitizing for posts and comments.

`render_post` renders CommonMark with tables, strikethrough, footnotes, task lists, `{#anchors}` and safe HTML;
`render_comment` a subset without images, headings, tables and HTML; `clean_html` sanitizes HTML. No input raises an
exception, and time and output are linear in its length.

The parser is pulldown-cmark (pyromark), chosen by measurement on real posts and on hostile inputs of 100 kB:
markdown-it-py and mistune take 2.5 ms instead of 0.07 ms for a post, more than 250 ms for a third and a sixth of the
hostile inputs, more than 4 s for some, and produce up to 600 MB of HTML for one. cmark-gfm (0.11 ms a post, 0.45 s
for the worst) has no events: nesting and output could only be limited afterwards.

May not be in this package: Flask, the database, and how posts are stored.
"""

from service.core.markdown.allowlist import ANCHOR_PREFIX
from service.core.markdown.comments import render_comment
from service.core.markdown.posts import Rendered, TocEntry, render_post
from service.core.markdown.raw_html import clean_html

__all__ = ["ANCHOR_PREFIX", "Rendered", "TocEntry", "clean_html", "render_comment", "render_post"]
