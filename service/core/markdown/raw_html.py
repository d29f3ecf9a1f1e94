"""Sanitizes raw HTML in Markdown while it is rendered: unknown tags are removed, scripts with their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from service.core.markdown.allowlist import (
    ANCHOR_PREFIX,
    DROPPED_WITH_CONTENT,
    PARENTS,
    PHRASING,
    TABLE_PARTS,
    TAGS,
    allowed_value,
    is_external,
    sanitize,
)
from service.core.markdown.lazy_images import ADDRESS_ATTRIBUTES
from service.core.markdown.writer import HtmlWriter, attribute, printable

# Possessive, and no `<` or `>` outside quotes: no backtracking, so that the time is linear.
_TAG = re.compile(r"""<(/?)([A-Za-z][A-Za-z0-9-]*+)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_LONGEST_TAG = 4_000

ATTRIBUTE = re.compile(
    r"""([A-Za-z][A-Za-z0-9_:.-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?+""", re.ASCII
)

POST_RELATION = "noopener"


def write_raw(writer: HtmlWriter, html: str, *, flow: bool) -> None:
    """Write the allowed part of `html`: a whole block (`flow`) or one tag inside a paragraph.

    Unknown elements are removed and their content kept; scripts, styles, SVG and MathML are removed with their content;
    a malformed tag is text.
    """
    position = 0
    for start, end, tag in read_markup(html):
        writer.raw_text(unescape(html[position:start]))
        position = end
        if tag is not None:
            writer.steps_left -= 1
            _write_tag(writer, tag, flow=flow)
    writer.raw_text(unescape(html[position:]))


def read_markup(html: str) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Yield start and end of each tag, comment and declaration of `html`; of a tag also the match.

    Its groups are the slash of a closing tag, the name and the attributes.
    """
    position = 0
    while (start := html.find("<", position)) >= 0:
        if html.startswith(("<!", "<?"), start):
            terminator = "-->" if html.startswith("<!--", start) else ">"
            end = html.find(terminator, start + 2)
            position = len(html) if end < 0 else end + len(terminator)
            yield start, position, None
        elif (tag := _TAG.match(html, start, start + _LONGEST_TAG)) is not None:
            position = tag.end()
            yield start, position, tag
        else:
            position = start + 1


def _write_tag(writer: HtmlWriter, tag: re.Match[str], *, flow: bool) -> None:
    closing, name = tag[1], tag[2].lower()
    if writer.muted:
        if closing and name == writer.muted:
            writer.muted = None
    elif name in DROPPED_WITH_CONTENT:
        writer.muted = None if closing or tag[3].endswith("/") else name
    elif name == "noscript":
        # Its tags are removed and its content stays: no script of a post is ever run.
        writer.lazy_images.in_noscript = not closing
    elif name not in TAGS or not (flow or name in PHRASING):
        return
    elif closing:
        writer.close_raw(name)
    elif not writer.exhausted:
        if name == "tr" and writer.nearest(TABLE_PARTS) == "table":
            writer.open_raw("tbody", "", PARENTS["tbody"])  # HTML parsers insert it, too
        found = ATTRIBUTE.findall(tag[3])
        writer.steps_left -= len(found)
        written = _written_attributes(found)
        attributes = _allowed_attributes(name, written)
        if name != "img" or writer.lazy_images.is_shown(attributes, written):
            html = "".join(attribute(key, value) for key, value in sorted(attributes.items()))
            writer.open_raw(name, html, PARENTS.get(name))


def _written_attributes(found: list[tuple[str, ...]]) -> dict[str, str]:
    """Return the attributes of a tag as they are in the source; of duplicates the first, as in browsers."""
    attributes: dict[str, str] = {}
    for name, *values in found:
        attributes.setdefault(name.lower(), printable(unescape("".join(values))))
    return attributes


def _allowed_attributes(tag: str, written: dict[str, str]) -> dict[str, str]:
    """Return the attributes of a tag that are allowed; an image has the address from which a script would load it."""
    attributes: dict[str, str] = {}
    for key, value in written.items():
        allowed = allowed_value(tag, key, anchor(value) if key == "id" else value)
        if allowed is not None:
            attributes[key] = allowed
    if tag == "img":
        lazy = (allowed_value(tag, "src", written[name]) for name in ADDRESS_ATTRIBUTES if written.get(name))
        address = next((found for found in lazy if found), None)
        attributes |= {"src": address} if address else {}
    if "href" in attributes:
        attributes.pop("rel", None)
        attributes["href"], relation = link(attributes["href"])
        attributes |= relation
    if tag == "input":
        attributes |= {"disabled": "", "type": "checkbox"}
    return attributes


def anchor(name: str) -> str:
    """Return `name` with the prefix of ids in user content."""
    return name if name.startswith(ANCHOR_PREFIX) else ANCHOR_PREFIX + name


def link(address: str) -> tuple[str, dict[str, str]]:
    """Return the URL of a link in a post, with the prefix for fragments, and its `rel`."""
    if address.startswith("#") and len(address) > 1:
        return "#" + anchor(address[1:]), {}
    return address, ({"rel": POST_RELATION} if is_external(address) else {})


def clean_html(html: str) -> str:
    """Sanitize HTML from any source: the result is well-formed and at most 50 elements deep.

    Time is linear in the length of `html`. Idempotent; a rendered post is not changed.
    """
    writer = HtmlWriter()
    write_raw(writer, printable(html), flow=True)
    writer.close_all()
    return sanitize(writer.html())
