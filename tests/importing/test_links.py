"""Destinations change, and not one other character; the renderer's own parser is the judge."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.core.markdown.parser import POST_SYNTAX, definitions, parse
from service.importing import links
from service.importing.links import resolved, rewrite, spans
from tests.complexity import MAX_LINEAR_GROWTH, growth


def to_new(destination):
    return f"/new/{destination}" if destination.endswith(".md") else None


class TestRewrite:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("[a](x.md)", "[a](/new/x.md)"),
            ("[a](x.md).", "[a](/new/x.md)."),
            ("![a](x.md 'title')", "![a](/new/x.md 'title')"),
            ("[a]( <x.md> )", "[a]( /new/x.md )"),
            ("[a](<x y.md>)", "[a](</new/x y.md>)"),
            ("[a](x(1).md)", "[a](</new/x(1).md>)"),
            (r"[a](x\(1.md)", "[a](</new/x(1.md>)"),
            ("[a](((x)).md)", "[a](</new/((x)).md>)"),
            ("[a](x&amp;y.md)", "[a](/new/x&y.md)"),
            ("[![i](i.md)](x.md)", "[![i](/new/i.md)](/new/x.md)"),
            ("[a [b](x.md) c](y.md)", "[a [b](/new/x.md) c](y.md)"),
            ("[a]: x.md\n\n[a]", "[a]: /new/x.md\n\n[a]"),
            ("[a]:\n  <x.md> 'title'\n\n[a]", "[a]:\n  /new/x.md 'title'\n\n[a]"),
            ("> - [a](x.md)\n>   [b]\n>\n> [b]: y.md", "> - [a](/new/x.md)\n>   [b]\n>\n> [b]: /new/y.md"),
            (
                "| a | b |\n|---|---|\n| [a](x.md) | `\\|` [b](y.md) |",
                "| a | b |\n|---|---|\n| [a](/new/x.md) | `\\|` [b](/new/y.md) |",
            ),
            (
                "Text[^1].\n\n[^1]: See [a](x.md).\n\n    And [b](y.md).",
                "Text[^1].\n\n[^1]: See [a](/new/x.md).\n\n    And [b](/new/y.md).",
            ),
            ('<a class="c" href="x.md">a</a>', '<a class="c" href="/new/x.md">a</a>'),
            ("<div>\n<IMG SRC=x.md alt='>'>\n</div>", "<div>\n<IMG SRC=\"/new/x.md\" alt='>'>\n</div>"),
            ("# A [a](x.md)\r\n\r\n[b](y.md)\r\n", "# A [a](/new/x.md)\r\n\r\n[b](/new/y.md)\r\n"),
            ("a <!--> [a](x.md) -->", "a <!--> [a](/new/x.md) -->"),
            ("[^1]: [a]: x.md\n\n[^1] [a]", "[^1]: [a]: /new/x.md\n\n[^1] [a]"),
            ("[a]({% post_url x.md %})", "[a]({% post_url x.md %})"),
            ("[a]({{ url }}/x.md) `[b](y.md)`", "[a](</new/{{ url }}/x.md>) `[b](y.md)`"),
            ("[a]\n\n[a]: {{ url }}/x.md 'title'", "[a]\n\n[a]: </new/{{ url }}/x.md> 'title'"),
            (
                "Ünïcödé 🎉 [ä](x.md) ![ö](ÿ.md 'ü')\n\n[é]: z.md\n",
                "Ünïcödé 🎉 [ä](/new/x.md) ![ö](/new/ÿ.md 'ü')\n\n[é]: /new/z.md\n",
            ),
            ("# [é](x.md) {#id}\n\n- [ ] [b](y.md)", "# [é](/new/x.md) {#id}\n\n- [ ] [b](/new/y.md)"),
            ("> [a](\n> x.md\n> 'title')", "> [a](\n> /new/x.md\n> 'title')"),
            ("> [a]\n>\n> [a]:\n> x.md", "> [a]\n>\n> [a]:\n> /new/x.md"),
            ("[a]\n\n[a]: x.md\n[A]: unused.md", "[a]\n\n[a]: /new/x.md\n[A]: unused.md"),
            ("é\0\ud800 [a](x\0.md)", "é\0\ud800 [a](</new/x\0.md>)"),
            ("\u2028[a](x.md)\x0b\n\n[b](y.md)", "\u2028[a](/new/x.md)\x0b\n\n[b](/new/y.md)"),
        ],
    )
    def test_destination(self, before, after):
        assert rewrite(before, to_new) == after

    @pytest.mark.parametrize(
        "text",
        [
            "`[a](x.md)`",
            "``[a](x.md) ` ``",
            "```\n[a](x.md)\n```",
            "- item\n\n      [a](x.md)\n",
            "    [a](x.md)\n",
            "~~~md\n[a]: x.md\n~~~",
            r"\[a](x.md)",
            r"[a\](x.md)",
            "a](x.md)",
            "[a] (x.md)",
            "[a](x y.md)",
            "[a](" + "(" * 40 + ")" * 40 + ".md)",
            "[a](x.md 'open)",
            "<x:y.md>",
            "<!-- [a](x.md) -->",
            "a <!-- <a href='x.md'> --> b",
            "<script>\n'<a href=\"x.md\">'\n</script>",
            "`<a href='x.md'>`",
            '<b title="x href=x.md">',
            '<a data-href="x.md" title=" href=x.md">',
            "<link href='x.md'>",
            "> <!--\n> <a href='x.md'>\n> -->",
            "<script>'<a href=\"x.md\">'</script>",
            "[a]({{ x.md }} y)",
            "<!--> [^1] -->\n\n[^1]: x.md",
            "[a](other.txt)",
        ],
    )
    def test_everything_else_stays(self, text):
        assert rewrite(text, to_new) == text

    def test_templates_are_asked_for_whole(self):
        asked = []
        rewrite(
            '[a]({{< ref "x.md" >}}#b) ![c]({{ site.url }}/d.png)', lambda text: asked.append(text) or "/n"
        )
        assert {*asked} == {'{{< ref "x.md" >}}#b', "{{ site.url }}/d.png"}

    @pytest.mark.parametrize(
        "answer", ["/a b", "/a(b", "/a)b", r"/a\_b", "/a&lt;b", "/a<b>", "/<\\>", '/"', "/a\\"]
    )
    def test_any_answer_is_spelt_so_that_it_is_read_again(self, answer):
        for text in (
            "[x](old)",
            "![x](old)",
            "[x]: old\n\n[x]",
            "<a href='old'>x</a>",
            "<img src=old>",
            "<img data-src=old>",
        ):
            written = rewrite(text, lambda _: answer)
            assert [span.text for span in spans(written)] == [answer]

    def test_what_follows_a_fault_of_the_parser_stays(self, monkeypatch):
        class PanicException(BaseException):
            pass

        class Syntax:
            reference_definitions = POST_SYNTAX.reference_definitions

            def events_with_range(self, text, *, merge_text):
                for event, where in POST_SYNTAX.events_with_range(text):
                    if where["start"] > 10:
                        raise PanicException
                    yield event, where

        monkeypatch.setattr(links, "POST_SYNTAX", Syntax())
        assert (
            rewrite("[a](x.md) [b](y.md)\n\n[c]: z.md", to_new)
            == "[a](/new/x.md) [b](y.md)\n\n[c]: /new/z.md"
        )

    def test_kinds(self):
        found = [
            (span.text, span.is_image, span.in_html)
            for span, _ in resolved("![a](b) [c](d) <img src=e> <a href=f>", str)
        ]
        assert found == [("b", True, False), ("d", False, False), ("e", True, True), ("f", False, True)]


def read(text):
    """Return what the renderer is told of a text, its destinations and HTML apart."""
    shape, destinations, html = [], [], []
    for event, _, _ in parse(POST_SYNTAX, text):
        match event:
            case {"Start": {"Link": link} | {"Image": link}} if link["link_type"] not in (
                "Autolink",
                "Email",
            ):
                destinations.append(link["dest_url"])
                shape.append((link["link_type"], link["title"], link["id"]))
            case {"Html": source} | {"InlineHtml": source}:
                html.append(source)
                shape.append("HTML")
            case _:
                shape.append(event)
    return shape, destinations, html


PIECES = [
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "x.md",
    "`",
    "``",
    "\\",
    "<",
    ">",
    '"',
    "'",
    " ",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "- ",
    "1. ",
]
PIECES += [
    "| ",
    "|---|",
    "```\n",
    "[a]: ",
    "[a]",
    "<a href=",
    "<!--",
    "-->",
    "&amp;",
    "*",
    "# ",
    "word",
    "[^1]: ",
    "[^1]",
    "](x.md)",
    "[b",
    "ü",
    "\r\n",
    "- [ ] ",
    "~~",
    "&",
]


texts = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


class TestAgainstTheRenderer:
    @given(texts)
    @example("[a](x.md) `[b](y.md)` <x:[c](z.md)>")
    @example("[a]: \n[^1]: [a]: [")
    @example("> [a](\n> x.md\n> 'ti\n> tle') [b]\n>\n> [b]:\n> y.md")
    @example("[a](\n     >x.md)")
    @settings(max_examples=500, deadline=None)
    def test_no_link_is_missed(self, text):
        # What the renderer makes a link of is found; definitions that nothing uses are found besides.
        _, destinations, _ = read(text)
        found = {span.text for span in spans(text)}
        assert {*destinations} - {""} <= found
        in_html = {span.text for span in spans(text) if span.in_html}
        assert found <= {*destinations, *(to for to, *_ in definitions(POST_SYNTAX, text))} | in_html

    @given(texts)
    @example("| a |\n|---|\n| [a](x.md) |")
    @settings(max_examples=500, deadline=None)
    def test_the_renderer_reads_the_new_destinations_and_the_rest_as_before(self, text):
        shape, destinations, html = read(text)
        new = {to: f"/new|({number}).md" for number, to in enumerate(dict.fromkeys(destinations)) if to}
        in_html = any(span.in_html for span in spans(text))
        written = rewrite(text, new.get)
        assert read(written)[:2] == (shape, [new.get(to, to) for to in destinations])
        assert in_html or read(written)[2] == html

    @given(texts)
    @settings(max_examples=200, deadline=None)
    def test_refused_answers_change_nothing(self, text):
        assert rewrite(text, lambda _: None) == text


RISING_TICKS = "".join("`" * number + " " for number in range(1, 440))
ADVERSARIES = {
    name: (piece, tail)
    for name, piece, tail in [
        ("brackets", "[", "](x.md)"),
        ("links", "[a](x.md)", ""),
        ("unclosed destinations", "[a](x", ""),
        ("unclosed angles", "[a](<x", ""),
        ("unclosed titles", "[a](x '", ""),
        ("parentheses", "[a]((x", ""),
        ("closed parentheses", "[a](()", "[a](x.md)"),
        ("ticks", "` `` ", "[a](x.md)"),
        ("rising ticks", RISING_TICKS, "[a](x.md)"),
        ("comments", "a <!-- ", "[a](x.md)"),
        ("tags", "a <a b='", "[a](x.md)"),
        ("attributes", "a <a b ", "[a](x.md)"),
        ("spaces", "a <a                    ", "[a](x.md)"),
        ("scripts", "a <script ", "[a](x.md)"),
        ("definitions", "[a]: x.md\n", ""),
        ("colons", "]:", "[a](x.md)"),
        ("footnotes", "[^a]:", "[a](x.md)"),
        ("attributes without tags", "href=", "[a](x.md)"),
        ("templates", "[a]({{ x }}", "[a](x.md)"),
        ("open templates", "[a]({{{%", "[a](x.md)"),
        ("escapes", "\\", "[a](x.md)"),
        ("images", "![", "](x.md)"),
        ("autolinks", "<a:", "[a](x.md)"),
    ]
}


@pytest.mark.parametrize("name", ADVERSARIES)
def test_time_is_in_proportion_to_the_text(name):
    piece, tail = ADVERSARIES[name]

    def text(size):
        return (piece * (size // len(piece) + 1))[:size] + tail

    assert growth(25_000, lambda size: rewrite(text(size), to_new)) < MAX_LINEAR_GROWTH
