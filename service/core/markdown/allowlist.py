"""Which HTML may reach a page? Every element, attribute and address that may, and the sanitizer that holds to it."""

from __future__ import annotations

import re
from urllib.parse import quote

import nh3

# Whoever writes a post must not be able to name an element that the page's own scripts and styles look for.
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

# Blocks that hold phrasing only: whatever block begins inside ends them, as in an HTML parser's `p`.
TEXT_BLOCKS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})

# Elements of a table that hold other parts of the table only: text between them would be moved in front of it.
TABLE_PARTS = frozenset({"table", "tbody", "tfoot", "thead", "tr"})

# Elements that mean something only directly inside one of these.
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

# What stands inside is not text for people, or is parsed by other rules than HTML: it goes with the element.
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
        "noscript",
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

# Browsers ignore these inside an address: `java\nscript:` is a scheme to them.
_IGNORED_IN_URLS = re.compile(r"[\x00-\x1f\x7f]+")
_SCHEME = re.compile(r"([^/?#:]*):")
_WITHOUT_HOST = re.compile(r"https?:(?!//[^/?#])", re.IGNORECASE)
_SAFE_IN_URLS = "!#$%&'()*+,-./:;=?@[]_~"


def link_address(url: str) -> str | None:
    """Return `url` as a link may carry it: relative, or with one of `LINK_SCHEMES`; None where it may not be.

    What is no ASCII, a backslash, a quote or a space comes back percent-encoded.
    """
    url = _IGNORED_IN_URLS.sub("", url).strip()
    scheme = _SCHEME.match(url)
    if scheme and (scheme[1].lower() not in LINK_SCHEMES or _WITHOUT_HOST.match(url)):
        return None
    return quote(url, safe=_SAFE_IN_URLS)


def image_address(url: str) -> str | None:
    """Return `url` as an image may carry it: `https:`, or relative to this site; None where it may not be."""
    address = link_address(url)
    if address is None or address.startswith("//"):
        return None
    scheme = _SCHEME.match(address)
    return None if scheme and scheme[1].lower() != "https" else address


def is_external(address: str) -> bool:
    """Say whether following `address` leaves this site."""
    return address.startswith("//") or _SCHEME.match(address) is not None


def allowed_value(tag: str, attribute: str, value: str) -> str | None:
    """Return what of `value` the attribute may carry; None where it may not stand at all."""
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
    """Return what of `html` is on the list: an independent second look at what this package has written.

    Quadratic in the depth of nesting (20,000 nested elements take seconds), so only for HTML whose depth
    is known to be limited; see `clean_html` for any other.
    """
    return _SANITIZER.clean(html)
