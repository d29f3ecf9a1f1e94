from __future__ import annotations

import dataclasses
import re

import pytest

from benchmarks import markdown as hostile
from service.core.markdown import TocEntry, clean_html, render_comment, render_post, renderer
from service.core.markdown.allowlist import sanitize
from service.core.markdown.parser import MAX_PREFIX, flatten_containers
from service.core.markdown.posts import PostRenderer
from service.models.posts import BODY_MAX
from tests.complexity import MAX_LINEAR_GROWTH, count_calls, growth


def post(source):
    return render_post(source).html


# A post of as many calls takes about 200 ms.
CALLS_MAX = 2_000_000


def longest(unit):
    """Return the longest body that repeats `unit`."""
    return (unit * (BODY_MAX // len(unit) + 1))[:BODY_MAX]


def without_hosts(html):
    """Return `html` without addresses: hosts that are none (`http://a^b`) are the sanitizer's to find."""
    return re.sub(r' (href|src)="https?://[^"]*"', "", html)


def deepest(html):
    """Return how many elements are open at most, and that all are closed."""
    depth = most = 0
    for closing, tag in re.findall(r"<(/?)([a-z0-9]+)", html):
        if tag not in {"br", "hr", "img", "input", "wbr"}:
            depth += -1 if closing else 1
            most = max(most, depth)
    assert depth == 0
    return most


class TestPost:
    @pytest.mark.parametrize(
        ("source", "html"),
        [
            ("", ""),
            ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n"),
            ("a  \nb\\\nc\nd", "<p>a<br>\nb<br>\nc\nd</p>\n"),
            ("a\r\n\r\nb\rc", "<p>a</p>\n<p>b\nc</p>\n"),
            ("> a\n\n***", "<blockquote><p>a</p>\n</blockquote>\n<hr>\n"),
            ("- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>\n"),
            ("1. a", "<ol><li>a</li>\n</ol>\n"),
            ("7. a", '<ol start="7"><li>a</li>\n</ol>\n'),
            (
                "- [ ] a\n- [x] b",
                (
                    '<ul><li><input disabled="" type="checkbox"> a</li>\n'
                    '<li><input checked="" disabled="" type="checkbox"> b</li>\n</ul>\n'
                ),
            ),
            ("&copy; &lt;b&gt; a&nbsp;b \"'", "<p>© &lt;b&gt; a&nbsp;b \"'</p>\n"),
            ("a\x00b\ud800c&#1;", "<p>a\ufffdb\ufffdc\ufffd</p>\n"),
        ],
    )
    def test_markdown_becomes_html(self, source, html):
        assert post(source) == html

    @pytest.mark.parametrize(
        ("info", "opening"),
        [
            ("rust", '<code class="language-rust">'),
            ("rust,no_run", '<code class="language-rust">'),
            ("c++ title=x", '<code class="language-c++">'),
            ("objective-c", '<code class="language-objective-c">'),
            ("C#", '<code class="language-C#">'),
            ("", "<code>"),
            ("{.rust}", "<code>"),
            ('a"b', "<code>"),
            ("x" * 41, "<code>"),
        ],
    )
    def test_fence_names_the_language(self, info, opening):
        assert post(f"```{info}\na < b\n\n c\n```") == f"<pre>{opening}a &lt; b\n\n c\n</code></pre>\n"

    def test_indented_code_has_no_language(self):
        assert post("    a\n") == "<pre><code>a\n</code></pre>\n"

    def test_table_keeps_its_alignment(self):
        assert post("| a | b |\n|:-:|---|\n| 1 | 2 |\n| 3 |") == (
            '<table><thead><tr><th align="center">a</th>\n<th>b</th>\n</tr>\n</thead>\n'
            '<tbody><tr><td align="center">1</td>\n<td>2</td>\n</tr>\n'
            '<tr><td align="center">3</td>\n<td></td>\n</tr>\n</tbody>\n</table>\n'
        )

    def test_table_of_headers_alone_has_no_body(self):
        assert post("| a |\n|---|") == "<table><thead><tr><th>a</th>\n</tr>\n</thead>\n</table>\n"

    @pytest.mark.parametrize(
        ("source", "html"),
        [
            (
                "[a](https://x.example/?b=1&c=2)",
                '<a href="https://x.example/?b=1&amp;c=2" rel="noopener">a</a>',
            ),
            ("[a](//x.example)", '<a href="//x.example" rel="noopener">a</a>'),
            ("[a](mailto:a@b.example)", '<a href="mailto:a@b.example" rel="noopener">a</a>'),
            ("<a@b.example>", '<a href="mailto:a@b.example" rel="noopener">a@b.example</a>'),
            ("[a](/b 'c \"d\"')", '<a href="/b" title="c &quot;d&quot;">a</a>'),
            ("[a](<b c\\d>)", '<a href="b%20c%5Cd">a</a>'),
            ("[a](/é)", '<a href="/%C3%A9">a</a>'),
            ("[a](#b)", '<a href="#user-content-b">a</a>'),
            ("[a](#user-content-b)", '<a href="#user-content-b">a</a>'),
            ("[a](#)", '<a href="#">a</a>'),
            ("[a]()", '<a href="">a</a>'),
            ("[a](ftp://x.example)", "a"),
            ("[a](https:b)", "a"),
            ("[a](HTTP:///b)", "a"),
            ("[a](https://b^c)", '<a rel="noopener">a</a>'),
        ],
    )
    def test_link(self, source, html):
        assert post(source) == f"<p>{html}</p>\n"

    @pytest.mark.parametrize(
        ("source", "html"),
        [
            ("![a](b.png)", '<img alt="a" loading="lazy" src="b.png">'),
            (
                '![a "b"](https://x.example/c.png "d")',
                '<img alt="a &quot;b&quot;" loading="lazy" src="https://x.example/c.png" title="d">',
            ),
            ("![*a* `b`\nc![d](e)](f)", '<img alt="a b cd" loading="lazy" src="f">'),
            ("![a](http://x.example/c.png)", "a"),
            ("![a](//x.example/c.png)", "a"),
            ("![a](mailto:b)", "a"),
            ("[![a](b)](/c)", '<a href="/c"><img alt="a" loading="lazy" src="b"></a>'),
        ],
    )
    def test_image(self, source, html):
        assert post(source) == f"<p>{html}</p>\n"

    def test_is_a_value(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            render_post("a").html = "b"


class TestHeadings:
    def test_have_anchors_listed_in_the_contents(self):
        rendered = render_post("# Hello, *World*!\n\n### A `b`\n\nx")
        assert rendered.toc == (
            TocEntry(1, "Hello, World!", "user-content-hello-world"),
            TocEntry(3, "A b", "user-content-a-b"),
        )
        assert rendered.html == (
            '<h1 id="user-content-hello-world">Hello, <em>World</em>!</h1>\n'
            '<h3 id="user-content-a-b">A <code>b</code></h3>\n<p>x</p>\n'
        )

    def test_no_anchor_is_given_twice(self):
        toc = render_post("# A\n# A-1\n# A\n# a\n# !\n# ?").toc
        assert [entry.anchor.removeprefix("user-content-") for entry in toc] == [
            "a",
            "a-1",
            "a-2",
            "a-3",
            "section",
            "section-1",
        ]

    def test_may_name_their_anchor(self):
        rendered = render_post("# Some title {#Short.name}\n\n[a](#Shortname)")
        assert rendered.toc == (TocEntry(1, "Some title", "user-content-Shortname"),)
        assert rendered.html.startswith('<h1 id="user-content-Shortname">Some title</h1>')
        assert 'href="#user-content-Shortname"' in rendered.html

    def test_keep_other_braces(self):
        assert [entry.text for entry in render_post("# a {}\n# b {c}\n# d {#e f}\n# `{#g}`").toc] == [
            "a {}",
            "b {c}",
            "d {#e f}",
            "{#g}",
        ]

    def test_anchors_keep_letters_of_any_script_and_are_short(self):
        assert render_post("# Über 漢字").toc[0].anchor == "user-content-über-漢字"
        entry = render_post("# " + "word " * 100).toc[0]
        assert len(entry.anchor) <= len("user-content-") + 80
        assert len(entry.text) == 200

    def test_in_raw_html_are_kept_without_an_anchor(self):
        rendered = render_post("<h2>a</h2>")
        assert rendered.html == "<h2>a</h2>"
        assert rendered.toc == ()

    def test_in_notes_and_beyond_the_depth_are_not_in_the_contents(self):
        assert render_post("a[^1]\n\n[^1]:\n    # b").toc == ()
        assert render_post("> " * 60 + "# a").toc == ()

    def test_contents_end_somewhere(self):
        assert len(render_post("# a\n" * 1_000).toc) == 500


class TestFootnotes:
    def test_stand_at_the_end_in_the_order_of_their_references(self):
        assert post("a[^x] b[^Y] c[^x]\n\n[^y]: two\n[^x]: one\n[^z]: never\n") == (
            '<p>a<sup><a href="#user-content-fn:1" id="user-content-fnref:1" role="doc-noteref">1</a></sup>'
            ' b<sup><a href="#user-content-fn:2" id="user-content-fnref:2" role="doc-noteref">2</a></sup>'
            ' c<sup><a href="#user-content-fn:1" role="doc-noteref">1</a></sup></p>\n'
            '<section role="doc-endnotes"><ol><li id="user-content-fn:1"><p>one <a aria-label="Back to reference 1"'
            ' href="#user-content-fnref:1" role="doc-backlink">↩</a></p>\n</li>\n'
            '<li id="user-content-fn:2"><p>two <a aria-label="Back to reference 2"'
            ' href="#user-content-fnref:2" role="doc-backlink">↩</a></p>\n</li>\n</ol>\n</section>\n'
        )

    def test_may_refer_to_others_and_to_themselves(self):
        html = post("a[^1]\n\n[^1]: b[^2][^1]\n[^2]: c[^1]\n")
        assert re.findall(r'<li id="user-content-fn:(\d)"><p>(\w)', html) == [("1", "b"), ("2", "c")]
        assert html.count("doc-noteref") == 4

    def test_may_hold_blocks_and_raw_html_left_open(self):
        html = post("a[^1]\n\n[^1]:\n    - b\n\n    <table><tr>\n")
        assert re.search(
            r'<ul><li>b</li>\n</ul>\n<table>.*</table> <a [^>]*role="doc-backlink"', html, re.DOTALL
        )

    def test_inside_one_another_stand_side_by_side(self):
        html = post("a[^1] b[^2]\n\n> [^1]: one\n>\n>     > [^2]: two\n>\n>     three")
        notes = [re.sub("<[^>]*>", "", note).split()[:-1] for note in re.split("<li [^>]*>", html)[1:]]
        assert notes == [["one", "three"], ["two"]]

    def test_undefined_reference_is_text(self):
        assert post("a[^1]") == "<p>a[^1]</p>\n"

    def test_first_of_two_definitions_counts(self):
        html = post("a[^1]\n\n[^1]: one\n\n[^1]: two")
        assert "one" in html
        assert "two" not in html


class TestRawHtml:
    @pytest.mark.parametrize(
        ("source", "html"),
        [
            ("a <kbd>b</kbd> <sub>c</sub><br/>d", "<p>a <kbd>b</kbd> <sub>c</sub><br>d</p>\n"),
            ("<B>a</B>", "<p><b>a</b></p>\n"),
            ("*<b>a*b</b>", "<p><em><b>a</b></em>b</p>\n"),
            ("a <div>b</div>", "<p>a b</p>\n"),
            ("a <unknown x=y>b</unknown>", "<p>a b</p>\n"),
            ("a <!-- b --> c", "<p>a  c</p>\n"),
            ("a <script>b *c* <i>d</i></script> e", "<p>a  e</p>\n"),
            ("<script>a</script>\n\nb", "\n<p>b</p>\n"),
            ("a <script>b\n\nc", "<p>a </p>\n<p>c</p>\n"),
            ("a <script>b  \nc</script>d", "<p>a d</p>\n"),
            ("<svg/>a", "<p>a</p>\n"),
            ("</svg>a", "<p>a</p>\n"),
            ("a <b", "<p>a &lt;b</p>\n"),
            ("<a href=/b>c [d](/e)</a>", '<p><a href="/b">c d</a></p>\n'),
            ("<a href=/b>c <a href=/d>e</a></a>", '<p><a href="/b">c e</a></p>\n'),
            (
                "<a href='https://x.example' rel=opener target=_blank>a</a>",
                '<p><a href="https://x.example" rel="noopener">a</a></p>\n',
            ),
            ("<a id=b.c></a>", '<p><a id="user-content-b.c"></a></p>\n'),
            ("<b id='a b'>c</b>", "<p><b>c</b></p>\n"),
            ("<abbr title='a &amp; \"b\"'>c</abbr>", '<p><abbr title="a &amp; &quot;b&quot;">c</abbr></p>\n'),
            (
                "a <img src=/a.png alt=b width=10 height=20% loading=eager class=c>",
                '<p>a <img alt="b" height="20%" loading="eager" src="/a.png" width="10"></p>\n',
            ),
            ("a <input name=a value=b>", '<p>a <input disabled="" type="checkbox"></p>\n'),
            (
                "<details open>\n<summary>a</summary>\n\n- b\n\n</details>\nc",
                '<details open="">\n<summary>a</summary>\n<ul><li>b</li>\n</ul>\n</details>\nc',
            ),
            (
                "<details>\n\na\n\n> b\n\n",
                "<details>\n<p>a</p>\n<blockquote><p>b</p>\n</blockquote>\n</details>",
            ),
            ("> <details>\n\na\n\n</details>", "<blockquote><details>\n</details></blockquote>\n<p>a</p>\n"),
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<div><p><b>a</div>b", "<div><p><b>a</b></p></div>b"),
            ("<p>a\n\nb\n\n</p>", "<p>a\n</p><p>b</p>\n"),
            (
                "<figure><img src=/a><figcaption>b</figcaption></figure>",
                '<figure><img src="/a"><figcaption>b</figcaption></figure>',
            ),
            ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
            ("<ul><li>a<ul><li>b</ul><li>c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
            ("<li>a", "a"),
            (
                "<table><tr><td colspan=2 style=x>a<td align=right>b<tr><th scope=row>c</table>",
                (
                    '<table><tbody><tr><td colspan="2">a</td><td align="right">b</td></tr>'
                    '<tr><th scope="row">c</th></tr></tbody></table>'
                ),
            ),
            ("<table>a<tr><td>b", "<table></table>ab"),
            (
                "<table><tr><td>a<table><tr><td>b</table>c</table>",
                "<table><tbody><tr><td>a<table><tbody><tr><td>b</td></tr></tbody></table>c</td></tr></tbody></table>",
            ),
            ("<pre>\n\na</pre>", "<pre>a</pre>"),
            ("<div>a<!-- b", "<div>a</div>"),
            ("<div>a<! b > c<? d ?>e", "<div>a ce</div>"),
            ("<div>a</div></div><hr>b", "<div>a</div><hr>b"),
            ("<p>\n\n---", "<p>\n</p><hr>\n"),
            ("<div title=a title=b>c", '<div title="a">c</div>'),
        ],
    )
    def test_what_is_allowed_stays_well_formed(self, source, html):
        assert post(source).rstrip("\n") == html.rstrip("\n")

    def test_tag_longer_than_any_real_one_is_text(self):
        assert post("<div>\n<b title='" + "x" * 5_000 + "'>").startswith("<div>\n&lt;b title")


class TestLazyImages:
    """Images that a script was to load, and their copies in `<noscript>`."""

    IMAGE = '<img alt="Mill" src="/media/mill.png">'

    @pytest.mark.parametrize(
        "source",
        [
            "<noscript><img src=/media/mill.png alt=Mill></noscript>",
            "<noscript>\n<img src=/media/mill.png alt=Mill>\n</noscript>",
            "<img data-src=/media/mill.png alt=Mill>",
            "<img class=lazy src=data:image/gif;base64,R0 data-src=/media/mill.png alt=Mill>",
            "<img src=/media/blank.gif data-lazy-src=/media/mill.png alt=Mill>",
            "<img data-src=/media/mill.png alt=Mill><noscript><img src=/media/mill.png alt=Mill></noscript>",
            "<img data-src=/media/mill.png alt=Mill> <noscript><img src=/media/mill.png?w=800 alt=Big></noscript>",
            "<noscript><img src=/media/mill.png alt=Mill></noscript><img data-src=/media/mill.png alt=Mill>",
            "<img data-srcset='/media/mill.png 2x' alt=Mill><noscript><img src=/media/mill.png alt=Mill></noscript>",
            "<div>\n<img data-src=/media/mill.png alt=Mill>\n<noscript><img src=/media/mill.png></noscript>\n</div>",
        ],
    )
    def test_is_shown_once(self, source: str) -> None:
        html = render_post(source).html
        assert html.count("<img") == 1
        assert self.IMAGE in html

    def test_of_a_gallery_each_is_shown_once(self) -> None:
        pairs = [f"<img data-src=/{n}.png><noscript><img src=/{n}.png></noscript>" for n in (1, 2, 1)]
        html = render_post("\n".join(pairs)).html
        assert re.findall('src="([^"]*)"', html) == ["/1.png", "/2.png", "/1.png"]

    def test_two_images_that_only_stand_together_are_both_shown(self) -> None:
        html = render_post("<noscript><img src=/1.png></noscript><img data-src=/2.png><img src=/2.png>").html
        assert re.findall('src="([^"]*)"', html) == ["/1.png", "/2.png", "/2.png"]

    def test_the_text_of_noscript_is_kept(self) -> None:
        assert (
            render_post("a <noscript>see <a href=/b>b</a></noscript>").html
            == '<p>a see <a href="/b">b</a></p>\n'
        )

    @pytest.mark.parametrize(
        "source",
        [
            "<noscript><img height=1 width=1 src=https://x.example/tr?id=1></noscript>",
            "<noscript><img src=javascript:alert(1)></noscript>",
            "<img data-src=javascript:alert(1) alt=a>",
            "<noscript><img src=javascript:alert(1)></noscript><img data-src=http://[ alt=a>",
            "<img data-src=http://x.example/a.png alt=a>",
        ],
    )
    def test_what_counts_visitors_or_has_no_safe_address_is_not(self, source: str) -> None:
        assert "<img" not in render_post(source).html


class TestSummary:
    def test_excerpt_is_prose(self):
        rendered = render_post(
            "# Title\n\nFirst *words* and `code`,\n[a link](/x).\n\n```\nprogram\n```\n\n"
            "| cell |\n|---|\n\n- item[^1]\n\n<div>raw</div><pre>code</pre>\n\n[^1]: note"
        )
        assert rendered.excerpt == "First words and code, a link. item raw"

    def test_excerpt_ends_after_a_word(self):
        text = render_post("lorem ipsum, " * 100).excerpt
        assert text.endswith(("ipsum…", "lorem…"))
        assert 240 < len(text) <= 280

    def test_excerpt_of_words_without_spaces_is_cut(self):
        assert render_post("漢字" * 400).excerpt == "漢字" * 139 + "漢…"
        assert render_post("x" * 280).excerpt == "x" * 280

    @pytest.mark.parametrize(
        ("source", "words", "minutes"),
        [
            ("", 0, 0),
            ("\n\n<!-- -->\n", 0, 0),
            ("```\na b c\n```", 0, 1),
            ("Don't re-open v1.2 - ok?", 4, 1),
            ("# One\n\ntwo[^1]\n\n[^1]: three", 3, 1),
            ("one\ntwo<br>three\n\n- four\n- five", 5, 1),
            ("word " * 660, 660, 3),
            ("漢字かな " * 250, 1_000, 2),
            ("word " * 220 + "漢" * 500, 720, 2),
        ],
    )
    def test_words_and_minutes(self, source, words, minutes):
        rendered = render_post(source)
        assert (rendered.word_count, rendered.reading_minutes) == (words, minutes)


class TestComment:
    @pytest.mark.parametrize(
        ("source", "html"),
        [
            ("", ""),
            ("a\nb  \nc", "<p>a<br>\nb<br>\nc</p>\n"),
            ("*a* **b** `c` > d", "<p><em>a</em> <strong>b</strong> <code>c</code> &gt; d</p>\n"),
            ("> - a", "<blockquote><ul><li>a</li>\n</ul>\n</blockquote>\n"),
            ("3. a", '<ol start="3"><li>a</li>\n</ol>\n'),
            ("```py\nx\n```", '<pre><code class="language-py">x\n</code></pre>\n'),
            ("[a](/b 'c')", '<p><a href="/b" rel="nofollow ugc noopener" title="c">a</a></p>\n'),
            (
                "<https://x.example>",
                '<p><a href="https://x.example" rel="nofollow ugc noopener">https://x.example</a></p>\n',
            ),
            ("[a](javascript:b)", "<p>a</p>\n"),
            ("# a", "<p>a</p>\n"),
            ("a\n\n---\n\nb", "<p>a</p>\n<p>b</p>\n"),
            ("![a *b*](/c) ![d](e)", "<p>a <em>b</em> d</p>\n"),
            ("a <b>c</b> Vec<T>", "<p>a &lt;b&gt;c&lt;/b&gt; Vec&lt;T&gt;</p>\n"),
            ("<div>\na\n</div>", "<p>&lt;div&gt;<br>\na<br>\n&lt;/div&gt;</p>\n"),
            ("| a |\n|---|\n| b |", "<p>| a |<br>\n|---|<br>\n| b |</p>\n"),
            ("~~a~~ - [ ] [^1]", "<p>~~a~~ - [ ] [^1]</p>\n"),
        ],
    )
    def test_uses_a_part_of_markdown(self, source, html):
        assert render_comment(source) == html


class TestCleanHtml:
    def test_keeps_what_is_allowed(self):
        assert clean_html("&#13;a\r\n") == "\na\n"
        assert clean_html("<p onclick=x>a<script>b</script> <b>c") == "<p>a <b>c</b></p>"

    def test_script_that_does_not_end_takes_the_rest(self):
        assert clean_html("<p>a<script>b</p><p>c") == "<p>a</p>"


class TestLimits:
    @pytest.mark.parametrize(
        "source", ["> " * 5_000, "- " * 5_000, "> 1. " * 5_000, "<div>" * 5_000, "<b>" * 5_000]
    )
    def test_depth_is_flattened(self, source):
        for html in (post(source + "text"), render_comment(source + "text"), clean_html(source + "text")):
            assert deepest(html) <= 50
            assert "text" in html

    def test_table_at_the_limit_of_depth_stays_whole(self):
        html = post("> " * 49 + "| a |\n" + "> " * 49 + "|---|\n" + "> " * 49 + "| b |\n")
        assert "<table><thead><tr><th>a</th>\n</tr>\n</thead>\n<tbody><tr><td>b</td>" in html
        assert "<table" not in post("> " * 50 + "| a |\n" + "> " * 50 + "|---|\n")

    def test_rest_of_what_makes_too_much_is_shown_as_written(self):
        source = "|a" * 10 + "|\n" + "|-" * 10 + "|\n" + "|x\n" * 30_000
        rendered = render_post(source)
        assert rendered.html.count("<td>") > 10_000
        assert rendered.html.endswith("|x\n|x\n</code></pre>\n")
        assert len(rendered.html) < 20 * len(source)
        assert rendered.word_count > 0

    def test_rest_may_begin_inside_a_note(self):
        html = post("a[^1] b[^2]\n\n[^2]: ![c\n\n[^1]:\n" + "    x\n\n" * 40_000)
        assert "</a></sup></p>\n<pre><code>x\n\n    x\n" in html
        assert html.endswith("</li>\n</ol>\n</section>\n")
        assert deepest(html) <= 5

    def test_rest_may_begin_inside_an_image(self):
        html = post("a[^1]\n\n[^1]: b ![c\n" + "*d*\n" * 30_000 + "](e)\n\nf[^1]")
        assert "\n*d*\n*d*\n](e)\n\nf[^1]</code></pre>\n" in html
        assert html.endswith('role="doc-backlink">↩</a></li>\n</ol>\n</section>\n')

    def test_notes_that_make_too_much_are_text(self):
        html = post("[^1]\n\n[^1]: ![i](j) " + "[^1]" * 20_000 + "![i](j)")
        assert html.count("<sup>") > 1_000
        assert "</a></sup>[1][1]" in html
        assert "[1]i " in html

    @pytest.mark.parametrize(
        "unit",
        [
            "a\n=\n",
            "# [a](<a b)\n",
            "<http://é.b> ",
            '[a](b "c")',
            "![](b)",
            "|![](b)|![](b)|\n|-|-|\n",
            "a[^1]\n\n[^1]: <b title=x>\n\n",
            "<p><b title=x>",
            "<b " + "title=x " * 40 + ">",
            "<a " + "href=é " * 40 + ">",
            "<p>" + "<b title=x>" * 40 + "\n\n",
        ],
        ids=ascii,
    )
    def test_work_for_the_longest_text_is_limited(self, unit):
        """Calls are counted instead of seconds: without the limits these are up to 2,500,000."""
        assert count_calls(lambda: render_post(longest(unit))) < CALLS_MAX

    @pytest.mark.parametrize("marker", ["> ", ">", "- ", "1. ", "> - ", "\t- "])
    def test_containers_are_opened_to_a_limited_depth(self, marker):
        """The parser compares each line with all that are open, in code of its own that makes no calls to count."""
        deep = marker * 10_000 + "x\n"
        flat = flatten_containers(f"a\n{deep}{' ' * 399}{deep}b\n")
        assert [len(line) <= MAX_PREFIX * 3 for line in flat.splitlines()] == [True] * 4
        assert flat.endswith("x\nb\n")
        assert "x" in post(deep)

    @pytest.mark.parametrize(
        "text",
        [" " * 1_000 + "x\n", "-" * 999 + "\n", "*" * 998 + "\n", "> " * 200 + "x\n", " " * 398 + "- xy\n"],
        ids=["spaces", "dashes", "asterisks", "quotes", "list"],
    )
    def test_lines_without_so_many_markers_stay_as_they_are(self, text):
        assert flatten_containers(text) == text

    def test_longest_ordinary_text_is_shown_whole(self):
        html = post(longest("A *paragraph* with `code` and [a link](/x), as changelogs have. " * 5 + "\n\n"))
        assert html.count("<a href") > 3_000
        assert "<pre>" not in html

    @pytest.mark.parametrize("family", hostile.FAMILIES)
    def test_hostile_text_makes_little_and_well_formed_html(self, family, monkeypatch):
        written = []
        monkeypatch.setattr(renderer, "sanitize", lambda html: written.append(html) or sanitize(html))
        monkeypatch.setattr(hostile, "LENGTH", 40_000)
        source = hostile.FAMILIES[family](hostile.random.Random(1))
        for render in (post, render_comment):
            html = render(source)
            assert without_hosts(html) == without_hosts(written.pop())
            assert deepest(html) <= 54
            assert len(html) <= 12 * len(source) + 20_000

    @pytest.mark.parametrize(
        "text",
        [
            lambda size: "<div>" * (size // 5),
            lambda size: "[a]: /" + "x" * (size // 2) + "\n\n" + "[a] " * (size // 8),
            lambda size: "*a **a " * (size // 7),
        ],
        ids=["elements", "references", "emphasis"],
    )
    def test_time_is_in_proportion_to_the_text(self, text):
        """What other parsers need its square for, or much more."""
        assert growth(25_000, lambda size: post(text(size))) < MAX_LINEAR_GROWTH

    def test_fault_of_the_parser_shows_the_source(self, monkeypatch):
        class PanicException(BaseException):
            pass

        class Parser:
            def events_with_range(self, source, *, merge_text):
                yield {"Start": "Paragraph"}, {"start": 0, "end": 3}
                raise PanicException

        monkeypatch.setattr(PostRenderer, "syntax", Parser())
        assert post("<b>") == "<p></p><pre><code>&lt;b&gt;</code></pre>\n"

    def test_other_faults_are_raised(self, monkeypatch):
        class Parser:
            def events_with_range(self, source, *, merge_text):
                raise KeyboardInterrupt

        monkeypatch.setattr(PostRenderer, "syntax", Parser())
        with pytest.raises(KeyboardInterrupt):
            post("a")

    def test_a_renderer_must_know_its_links(self):
        with pytest.raises(NotImplementedError):
            renderer.Renderer().link_attributes("/x")
