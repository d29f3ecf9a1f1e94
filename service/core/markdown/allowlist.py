"""Allowlist of HTML elements, attributes and URLs, and the sanitizer (nh3) that enforces it."""

from __future__ import annotations

import re
from urllib.parse import quote

import nh3

# Ids of a post are prefixed: they must not clash with the ids that the page's own scripts and styles use.
ANCHOR_PREFIX = "user-content-"

VOID = frozenset({"br", "hr", "img", "input", "wbr"})

PHRASING = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "br",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)

# Blocks with phrasing content only: a block that starts inside closes them, as an HTML parser does with `p`.
TEXT_BLOCKS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})

# Table elements without text of their own: HTML parsers move text in them to before the table.
TABLE_PARTS = frozenset({"table", "tbody", "tfoot", "thead", "tr"})

# Elements that are allowed only directly inside one of these.
PARENTS = {
    "caption": frozenset({"table"}),
    "dd": frozenset({"dl"}),
    "dt": frozenset({"dl"}),
    "figcaption": frozenset({"figure"}),
    "li": frozenset({"ol", "ul"}),
    "rp": frozenset({"ruby"}),
    "rt": frozenset({"ruby"}),
    "summary": frozenset({"details"}),
    "tbody": frozenset({"table"}),
    "td": frozenset({"tr"}),
    "tfoot": frozenset({"table"}),
    "th": frozenset({"tr"}),
    "thead": frozenset({"table"}),
    "tr": frozenset({"tbody", "tfoot", "thead"}),
}

FLOW = TEXT_BLOCKS | frozenset(
    ["aside", "blockquote", "details", "div", "dl", "figure", "hr", "ol", "section", "table", "ul"]
)

TAGS = PHRASING | FLOW | frozenset(PARENTS)

# Removed with their content, which is not readable text or is parsed by other rules than HTML.
DROPPED_WITH_CONTENT = frozenset(
    [
        "applet",
        "audio",
        "canvas",
        "embed",
        "frameset",
        "head",
        "iframe",
        "math",
        "noembed",
        "noframes",
        "object",
        "plaintext",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "video",
        "xmp",
    ]
)

_ANYTHING = re.compile(r".*", re.DOTALL)
_EMPTY = re.compile(r"")
_SIZE = re.compile(r"[0-9]{1,4}%?")
_SPAN = re.compile(r"[1-9][0-9]?")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_CELL = {"align": re.compile(r"left|center|right"), "colspan": _SPAN, "rowspan": _SPAN}

LANGUAGE = r"[A-Za-z0-9_+#.-]{1,40}"

_EVERYWHERE = {
    "dir": re.compile(r"ltr|rtl|auto"),
    "id": re.compile(ANCHOR_PREFIX + r"[\w:.-]{1,100}"),
    "lang": re.compile(r"[A-Za-z0-9-]{1,35}"),
    "title": _ANYTHING,
}

_ATTRIBUTES: dict[str, dict[str, re.Pattern[str]]] = {
    "a": {
        "aria-label": re.compile(r"Back to reference [0-9]+"),
        "href": _ANYTHING,
        "rel": re.compile(r"(nofollow ugc )?noopener"),
        "role": re.compile(r"doc-noteref|doc-backlink"),
    },
    "code": {"class": re.compile("language-" + LANGUAGE)},
    "details": {"open": _EMPTY},
    "img": {
        "alt": _ANYTHING,
        "height": _SIZE,
        "loading": re.compile(r"lazy|eager"),
        "src": _ANYTHING,
        "width": _SIZE,
    },
    "input": {"checked": _EMPTY, "disabled": _EMPTY, "type": re.compile(r"checkbox")},
    "li": {"value": _NUMBER},
    "ol": {"reversed": _EMPTY, "start": _NUMBER, "type": re.compile(r"[1aAiI]")},
    "section": {"role": re.compile(r"doc-endnotes")},
    "td": _CELL,
    "th": _CELL | {"scope": re.compile(r"row|col|rowgroup|colgroup")},
    "time": {"datetime": re.compile(r"[0-9A-Za-z:.+ -]{1,40}")},
}

LINK_SCHEMES = frozenset({"http", "https", "mailto"})

# Browsers ignore these characters in URLs: `java\nscript:` is a scheme to them.
_IGNORED_IN_URLS = re.compile(r"[\x00-\x1f\x7f]+")
_SCHEME = re.compile(r"([^/?#:]*):")
_WITHOUT_HOST = re.compile(r"https?:(?!//[^/?#])", re.IGNORECASE)
_SAFE_IN_URLS = "!#$%&'()*+,-./:;=?@[]_~"


def link_address(url: str) -> str | None:
    """Return a safe link URL: relative, or with one of `LINK_SCHEMES`; None if `url` is not allowed.

    Spaces, quotes, backslashes and characters outside ASCII are percent-encoded.
    """
    url = _IGNORED_IN_URLS.sub("", url).strip()
    scheme = _SCHEME.match(url)
    if scheme and (scheme[1].lower() not in LINK_SCHEMES or _WITHOUT_HOST.match(url)):
        return None
    return quote(url, safe=_SAFE_IN_URLS)


def image_address(url: str) -> str | None:
    """Return a safe image URL: `https:`, or relative to this site; None if `url` is not allowed."""
    address = link_address(url)
    if address is None or address.startswith("//"):
        return None
    scheme = _SCHEME.match(address)
    return None if scheme and scheme[1].lower() != "https" else address


def is_external(address: str) -> bool:
    """Tell whether a URL leads to another site."""
    return address.startswith("//") or _SCHEME.match(address) is not None


def allowed_value(tag: str, attribute: str, value: str) -> str | None:
    """Return the allowed value of an attribute; None if the attribute has to be removed."""
    if attribute == "href":
        return link_address(value)
    if attribute == "src":
        return image_address(value)
    rule = _ATTRIBUTES.get(tag, {}).get(attribute) or _EVERYWHERE.get(attribute)
    return value if rule and rule.fullmatch(value) else None


_SANITIZER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WITH_CONTENT),
    attributes={"*": set(_EVERYWHERE)} | {tag: set(rules) for tag, rules in _ATTRIBUTES.items()},
    attribute_filter=allowed_value,
    set_tag_attribute_values={"input": {"disabled": "", "type": "checkbox"}},
    url_schemes=set(LINK_SCHEMES),
    link_rel=None,
)


def sanitize(html: str) -> str:
    """Remove everything from `html` that is not on the allowlist: an independent check of the HTML of this package.

    Time is quadratic in the nesting depth (20,000 nested elements take seconds): use it only for HTML of limited
    depth, and `clean_html` for any other.
    """
    return _SANITIZER.clean(html)
