"""Rendered Markdown is safe HTML, judged by another parser against another list."""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.markdown import TOKENS
from service.core.markdown import clean_html, comments, raw_html, render_comment, render_post, renderer
from service.core.markdown.allowlist import sanitize
from service.core.markdown.writer import printable

EVERYWHERE = {"dir", "id", "lang", "title"}
POST = dict.fromkeys(
    [
        "abbr",
        "aside",
        "b",
        "bdi",
        "blockquote",
        "br",
        "caption",
        "cite",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "mark",
        "p",
        "pre",
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
        "summary",
        "sup",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ],
    EVERYWHERE,
) | {
    "a": EVERYWHERE | {"aria-label", "href", "rel", "role"},
    "code": EVERYWHERE | {"class"},
    "details": EVERYWHERE | {"open"},
    "img": EVERYWHERE | {"alt", "height", "loading", "src", "width"},
    "input": EVERYWHERE | {"checked", "disabled", "type"},
    "li": EVERYWHERE | {"value"},
    "ol": EVERYWHERE | {"reversed", "start", "type"},
    "section": EVERYWHERE | {"role"},
    "td": EVERYWHERE | {"align", "colspan", "rowspan"},
    "th": EVERYWHERE | {"align", "colspan", "rowspan", "scope"},
    "time": EVERYWHERE | {"datetime"},
}
COMMENT = {
    **{tag: set() for tag in ["blockquote", "br", "em", "li", "p", "pre", "strong", "ul"]},
    "a": {"href", "rel", "title"},
    "code": {"class"},
    "ol": {"start"},
}


def elements(html):
    """Return the elements an HTML parser other than the sanitizer's finds."""
    fragment = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [element for element in fragment.iter() if element.tag != "DOCUMENT_FRAGMENT"]


def problems(html, allowed):
    """Return what is not allowed in `html`."""
    found = []
    for element in elements(html):
        tag = element.tag
        if not isinstance(tag, str) or tag not in allowed:
            found.append(f"element {tag}")
            continue
        for name, value in element.attrib.items():
            if name not in allowed[tag]:
                found.append(f"attribute {tag} {name}")
            if name == "href" and not leads_to(value, "http", "https", "mailto"):
                found.append(f"href {value}")
            if name == "src" and (not leads_to(value, "https") or value.startswith(("//", "/\\", "\\"))):
                found.append(f"src {value}")
            if name == "id" and not value.startswith("user-content-"):
                found.append(f"id {value}")
            if name == "class" and not re.fullmatch(r"language-[A-Za-z0-9_+#.-]{1,40}", value):
                found.append(f"class {value}")
        if tag == "input" and (element.get("type") != "checkbox" or element.get("disabled") is None):
            found.append("an input to be used")
        if tag == "a" and allowed is COMMENT and element.get("rel") != "nofollow ugc noopener":
            found.append("a link that is vouched for")
    return found


def leads_to(url, *schemes):
    """Say whether a browser, which ignores white space and control characters, takes `url` for harmless."""
    scheme = re.match(r"([^/?#]*?):", re.sub(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\ufeff]", "", url))
    return scheme is None or scheme[1].lower() in schemes


HTML_VECTORS = [
    # scripts
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script>alert(1)",
    "<script/src=data:,alert(1)>",
    "<script\n>alert(1)</script\n>",
    "<script\x0ctype=text/javascript>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script><!--<script>alert(1)</script>-->",
    "<script>/*</script><img src=x onerror=alert(1)>*/</script>",
    "</script><script>alert(1)</script>",
    "<ſcript>alert(1)</ſcript>",
    '<script x=">" src=x></script>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    # event handlers
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img src=x:x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img\tsrc=x\tonerror=alert(1)>",
    "<img\x0bsrc=x\x0bonerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img src=x OnErRoR=alert(1)>",
    "<img src=x o\x00nerror=alert(1)>",
    "<img src=x onerror\x00=alert(1)>",
    "<img src=x onerror\x0d\x0a=alert(1)>",
    '<img src=x "onerror=alert(1)">',
    '<img src="x" "" onerror=alert(1)>',
    "<img src=`x` onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    '<img src=x alt="><script>alert(1)</script>">',
    "<img alt='\"onerror=alert(1) x=\"' src=x>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<img src=# onmouseover=alert(1)>",
    "<img srcset='x 1x, javascript:alert(1) 2x' src=x>",
    "<img src=x usemap=#m><map name=m><area href=javascript:alert(1)></map>",
    "<b onclick=alert(1)>b</b>",
    "<b onmouseover=alert(1)//b",
    "<body onload=alert(1)>",
    "<body background=javascript:alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<details/open/ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<input type=image src=javascript:alert(1)>",
    "<input type=text value=x>",
    "<input type=hidden name=csrf value=1>",
    "<button onclick=alert(1)>x</button>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<video onerror=alert(1)><source></video>",
    "<video src=x onerror=alert(1)>",
    "<video poster=javascript:alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<div onpointerrawupdate=alert(1)>x</div>",
    "<p onwheel=alert(1) style=height:9999px>x</p>",
    "<a onclick=alert(1) href=/>x</a>",
    "<div tabindex=1 onfocus=alert(1) id=x>x</div>",
    "<xss onclick=alert(1)>x</xss>",
    "<x-y onpointerenter=alert(1) is=x-y>x</x-y>",
    "<td onclick=alert(1)>",
    "<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</table>",
    # addresses
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java\rscript:alert(1)'>x</a>",
    "<a href='java\x00script:alert(1)'>x</a>",
    "<a href='javascript\t:alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)'>x</a>",
    "<a href='&#0000106&#0000097&#0000118&#0000097script:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='java&Tab;script:alert(1)'>x</a>",
    "<a href='java&NewLine;script:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='javascript:alert(1)' href='/ok'>x</a>",
    "<a href='/ok' href='javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='VBSCRIPT:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='DATA:image/svg+xml,<svg onload=alert(1)>'>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='jar:http://x!/'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:http://x/y'>x</a>",
    "<a href='filesystem:http://x/y'>x</a>",
    "<a href='livescript:x'>x</a>",
    "<a href='mocha:x'>x</a>",
    "<a href='ｊavascript:alert(1)'>x</a>",
    "<a href='javascript：alert(1)'>x</a>",
    "<a href='\u2028javascript:alert(1)'>x</a>",
    "<a href='\ufeffjavascript:alert(1)'>x</a>",
    "<a href='\u00a0javascript:alert(1)'>x</a>",
    "<a href=javascript:alert(1)",
    '<a href="javascript:alert(1)>x</a>',
    "<a xlink:href=javascript:alert(1)>x</a>",
    "<a ping=//evil.example href=/>x</a>",
    "<a target=_blank rel=opener href=//evil.example>x</a>",
    "<a href='//evil.example' rel='noopener noreferrer opener'>x</a>",
    "<a download=x.exe href=/x>x</a>",
    "<area href=javascript:alert(1)>",
    "<img src=javascript:alert(1)>",
    "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
    "<img src=http://169.254.169.254/latest>",
    "<img src=//evil.example/x.png>",
    "<img src='/\\evil.example/x.png'>",
    "<img src=\\\\evil.example\\x.png>",
    "<img dynsrc=javascript:alert(1) lowsrc=javascript:alert(1)>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<q cite=javascript:alert(1)>x</q>",
    "<ins cite=javascript:alert(1)>x</ins>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<base href=javascript:alert(1)//>",
    "<bgsound src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image>",
    "<object data=javascript:alert(1)></object>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe srcdoc=&lt;script&gt;alert(1)&lt;/script&gt;>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<portal src=javascript:alert(1)></portal>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    # styles
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<style>@import '//evil.example/x.css';</style>",
    '<style><img src="</style><img src=x onerror=alert(1)>">',
    "<div style='width:expression(alert(1))'>x</div>",
    "<div style='position:fixed;inset:0;background:url(//evil.example)'>x</div>",
    '<div style="background:\\75rl(javascript:alert(1))">x</div>',
    "<p class=admin-toolbar id=csrf-token name=x>x</p>",
    "<code class='language-x y admin'>x</code>",
    # vector graphics and formulas
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script>alert&#40;1)</script>",
    "<svg><script xlink:href=data:,alert(1) /></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'></svg>",
    "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><style>&lt;img src=x onerror=alert(1)&gt;</style></svg>",
    "<svg><![CDATA[<img src=x onerror=alert(1)>]]></svg>",
    "<svg><title><img src=x onerror=alert(1)></title></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><mi><img src=x onerror=alert(1)></mi></math>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=alert(1)></annotation-xml></math>",
    # markup that means something else when it is parsed again
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<math><mtext><table><mglyph><style><math><table id="</table>"><img src onerror=alert(1)">',
    '<svg><p><style><g title="</style><img src=x onerror=alert(1)>">',
    "<svg><desc><table><thead><style></svg><img src=x onerror=alert(1)></style></thead></table></svg>",
    "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    '<noembed><p title="</noembed><img src=x onerror=alert(1)>">',
    '<iframe><p title="</iframe><img src=x onerror=alert(1)>">',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">',
    '<title><p title="</title><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    '<template><p title="</template><img src=x onerror=alert(1)>">',
    "<select><style></select><img src=x onerror=alert(1)></style>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<table><td><a><table><img src=x onerror=alert(1)>",
    "<table><a href=javascript:alert(1)>x</table>",
    "<a><table><a href=javascript:alert(1)>",
    "<b><p><i></b></p><img src=x onerror=alert(1)></i>",
    "<p><svg><p></svg></p><img src=x onerror=alert(1)>",
    # comments, declarations, broken tags
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "<!--><img src=x onerror=alert(1)>-->",
    "<!---><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    '<! foo="><script>alert(1)</script>">',
    '<!DOCTYPE x [<!ENTITY a "<script>">]>&a;',
    '<? foo="><script>alert(1)</script>">',
    '<?xml-stylesheet href="javascript:alert(1)"?>',
    "<% foo><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    '</ foo="><script>alert(1)</script>">',
    "</br onclick=alert(1)>",
    "</p onclick=alert(1)>",
    "<a\"'><script>alert(1)</script>",
    "<img src=x <script>alert(1)</script>",
    "<div<img src=x onerror=alert(1)>",
    "<a/=onclick=alert(1)>x",
    "<p/onclick=alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "＜script＞alert(1)＜/script＞",
    "\u202e<script>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "<s\u200bcript>alert(1)</script>",
    "<img src=x\ud800 onerror=alert(1)>",
    "\ud800<script>\udc00alert(1)</script>",
]

MARKDOWN_VECTORS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&Tab;script:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&#x3A;alert(1))",
    "[x](&NewLine;javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](javas\x00cript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](DATA:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    '[x](https://x.example "\\" onclick=alert(1) x=\\"")',
    "[x](https://x.example 'x\" onmouseover=\"alert(1)')",
    '[x](https://x.example" onclick="alert(1))',
    '[x](<https://x.example"onclick="alert(1)>)',
    '[x](https://x.example ("><script>alert(1)</script>))',
    "[<script>alert(1)</script>](https://x.example)",
    "[<img src=x onerror=alert(1)>](/)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: <javascript:alert(1)>\n\n[y][x] [x][]",
    '[x]: /u "\\"><script>alert(1)</script>"\n\n[x]',
    "[x]: data:text/html,<script>alert(1)</script> 'y'\n\n![x] [x]",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    '![x](https://x.example/"onerror="alert(1))',
    '![x" onerror="alert(1)](https://x.example)',
    "![<script>alert(1)</script>](https://x.example)",
    '![x](https://x.example "\\" onerror=\\"alert(1)")',
    "![![x](javascript:alert(1))](data:x)",
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "![x](http://169.254.169.254/latest/meta-data)",
    "![x](//evil.example/x.png)",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "<data:text/html,x>",
    '<https://x.example/"onclick="alert(1)>',
    '<a"onclick=alert(1)@x.example>',
    "`<script>alert(1)</script>`",
    '``` "><script>alert(1)</script>\nx\n```',
    "```html onclick=alert(1)\n<script>alert(1)</script>\n```",
    '~~~ x" onclick="alert(1)\nx\n~~~',
    "    <script>alert(1)</script>",
    "# x {#csrf onclick=alert(1) .admin}",
    "# <img src=x onerror=alert(1)>",
    '# "><script>alert(1)</script>',
    "a[^1]\n\n[^1]: <script>alert(1)</script><img src=x onerror=alert(1)>",
    'a[^"onclick=alert(1)]\n\n[^"onclick=alert(1)]: x',
    "a[^<script>]\n\n[^<script>]: [x](javascript:alert(1))",
    "| <script>alert(1)</script> | b |\n|:-:|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |",
    "- [ ] <input autofocus onfocus=alert(1)>\n- [x] <script>alert(1)</script>",
    "*<b onclick=alert(1)>*x</b>",
    "**<script>**alert(1)**</script>**",
    "<div>\n\n[x](javascript:alert(1))\n\n</div onclick=alert(1)>",
    "<b\n\nonclick=alert(1)>",
    '<img src="\n\nx" onerror=alert(1)>',
    "<!--\n\n--><script>alert(1)</script>",
    "\\<script>alert(1)</script>",
    '<a href="`">`onclick=alert(1)</a>',
]

VECTORS = HTML_VECTORS + MARKDOWN_VECTORS

PLACES = {
    "alone": "{}",
    "in a line": "a {} b",
    "after a paragraph": "a\n{}",
    "quoted": "> {}",
    "listed": "1. - {}",
    "emphasised": "*{}*",
    "linked": "[{}](https://x.example)",
    "titled": '[x](/y "{}")',
    "described": "![{}](/y)",
    "noted": "[^n]\n\n[^n]: {}",
    "in a cell": "| a |\n|---|\n| {} |",
    "in a heading": "# {}",
    "in HTML": "<details><summary>{}</summary>\n\n{}\n\n</details>",
    "in an attribute": '<p title="{}">{}</p>',
    "in code": "```{}\n{}\n```",
}


def test_there_are_vectors_enough():
    assert len(set(VECTORS)) == len(VECTORS) >= 150


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_dangerous_comes_out(vector):
    for place, frame in PLACES.items():
        source = frame.replace("{}", vector)
        assert problems(render_post(source).html, POST) == [], place
        assert problems(render_comment(source), COMMENT) == [], place
        assert problems(clean_html(source), POST) == [], place


@pytest.mark.parametrize("vector", VECTORS)
def test_the_sanitizer_alone_lets_nothing_through_either(vector):
    assert problems(sanitize(printable(vector)), POST) == []


@pytest.mark.parametrize("vector", HTML_VECTORS)
def test_plain_text_has_no_scripts(vector):
    rendered = render_post(f"<div>{vector}</div>\n\n# {vector}")
    if vector.lower().startswith(("<script>alert(1)</script>", "<style>", "<svg", "<math")):
        assert "alert" not in rendered.excerpt
    assert "\x00" not in rendered.excerpt
    rendered.excerpt.encode()
    [entry.text.encode() for entry in rendered.toc]


class TestCheckItself:
    """A check that finds nothing in what is dangerous would pass for ever."""

    @pytest.mark.parametrize(
        "html",
        [
            "<script>x</script>",
            "<b onclick=x>",
            "<a href='java\nscript:x'>",
            "<a href='data:x'>",
            "<img src=http://x>",
            "<img src=//x>",
            "<p id=x>",
            "<p style=x>",
            "<code class=x>",
            "<input>",
            "<svg></svg>",
            "<!-- x -->",
        ],
    )
    def test_finds_what_is_not_allowed(self, html):
        assert problems(html, POST)

    def test_finds_links_without_nofollow_in_comments(self):
        assert problems("<a href=/x>x</a>", COMMENT)


RAW_TOKENS = [
    f"<{slash}{tag}>"
    for slash in ("", "/")
    for tag in [
        "table",
        "tr",
        "td",
        "th",
        "tbody",
        "thead",
        "caption",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "p",
        "div",
        "h1",
        "pre",
        "code",
        "b",
        "i",
        "a",
        "ruby",
        "rt",
        "summary",
        "details",
        "figure",
        "figcaption",
        "hr",
        "br",
        "img",
        "section",
        "blockquote",
        "script",
        "style",
        "svg",
        "select",
        "template",
        "x",
    ]
]
MARKDOWN_TOKENS = [
    *TOKENS,
    "\n[^1]: ",
    "[^1]",
    "\n|a|b|\n|-|-|\n|c|d|\n",
    "<pre>\n\n",
    "&#13;",
    "<a href=x rel=x>",
]
texts = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*RAW_TOKENS, "x", "\n", "\n\n", "&lt;", "\n> ", "\n- "]), max_size=30).map(
        "".join
    ),
    st.lists(st.sampled_from(MARKDOWN_TOKENS + RAW_TOKENS), max_size=30).map("".join),
)


class TestAnyText:
    @given(texts)
    @settings(max_examples=200, deadline=None)
    def test_is_rendered_safely(self, source):
        rendered = render_post(source)
        assert problems(rendered.html, POST) == []
        assert len(rendered.excerpt) <= 280
        comment = render_comment(source)
        assert problems(comment, COMMENT) == []
        for text in (rendered.html, rendered.excerpt, comment, *(entry.text for entry in rendered.toc)):
            assert not re.search(r"[^\t\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)

    @given(texts)
    @settings(max_examples=200, deadline=None)
    @example("<pre>\n\n\nx</pre>")
    @example("<table><tr><td>x<tr><td><table><tr>y")
    @example("<b><p>x</b>y")
    @example("<p><b><p>x")
    def test_cleaning_twice_changes_nothing(self, html):
        once = clean_html(html)
        assert clean_html(once) == once

    @given(texts)
    @settings(max_examples=200, deadline=None)
    def test_cleaning_a_post_changes_nothing(self, source):
        html = render_post(source).html
        assert clean_html(html) == html

    @given(texts)
    @example("<PRE>&#13")
    @settings(max_examples=200, deadline=None)
    def test_the_sanitizer_finds_nothing_to_do(self, source):
        """What is written is the tree a parser reads: else the depth that is limited would not be the real one."""
        written = []

        def look(html):
            written.append(html)
            return sanitize(html)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(renderer, "sanitize", look)
            patch.setattr(raw_html, "sanitize", look)
            results = [render_post(source).html, comments.render_comment(source), clean_html(source)]
        # Hosts that are none (`http://a^b`) are the sanitizer's to find.
        for before, after in zip(written, results, strict=True):
            assert re.sub(r' (href|src)="https?://[^"]*"', "", before) == re.sub(
                r' (href|src)="https?://[^"]*"', "", after
            )
