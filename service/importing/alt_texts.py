"""Reads the alternative texts of stored images from the HTML of a post."""

from __future__ import annotations

import re
from html import unescape

# The HTML is that of `core.markdown`: attributes are quoted, and `<` is escaped everywhere but in tags.
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")+)')
_NAME = re.compile(r' src="/media/([^"]+)"')
_ALT_TEXT = re.compile(r' alt="([^"]+)"')


def alt_texts_in(html: str) -> dict[str, str]:
    """Return the first alternative text of each stored image that has one, by the name of its file."""
    found: dict[str, str] = {}
    for image in _IMAGE.finditer(html) if "/media/" in html else ():
        name, text = _NAME.search(image[1]), _ALT_TEXT.search(image[1])
        if name and text:
            found.setdefault(name[1], unescape(text[1]))
    return found
