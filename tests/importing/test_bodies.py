"""What generators say in their own language is said in Markdown, in bounded time."""

from __future__ import annotations

import pytest

from service.importing.bodies import convert_shortcodes, heading, summary
from service.importing.sites import SiteGenerator
from tests.complexity import MAX_LINEAR_GROWTH, growth

CODE = "{% highlight ruby %}\nputs 1\n{% endhighlight %}"


class TestCode:
    def test_each_pair_becomes_a_fence(self):
        fence = "```ruby\nputs 1\n```"
        assert (
            convert_shortcodes(SiteGenerator.JEKYLL, "a.md", f"A\n{CODE}\nB\n{CODE}\nC")
            == f"A\n{fence}\nB\n{fence}\nC"
        )

    @pytest.mark.parametrize(
        "text", ["{% highlight ruby %}\nx", "{% endhighlight %}\n{% highlight ruby %}\n", "a highlight"]
    )
    def test_what_is_no_pair_stays(self, text):
        assert convert_shortcodes(SiteGenerator.JEKYLL, "a.md", text) == text

    @pytest.mark.parametrize(
        "generator", [SiteGenerator.ZOLA, SiteGenerator.HUGO, SiteGenerator.NEXTJS, SiteGenerator.MARKDOWN]
    )
    def test_the_language_of_another_generator_stays(self, generator):
        assert convert_shortcodes(generator, "a.md", CODE) == CODE


class TestModules:
    def test_only_what_opens_an_mdx_file_goes(self):
        body = "import A from 'a'\n\nexport const b = 1\n\nText.\n\nexport of goods\n"
        assert convert_shortcodes(SiteGenerator.NEXTJS, "a.mdx", body) == "Text.\n\nexport of goods\n"
        assert convert_shortcodes(SiteGenerator.NEXTJS, "a.md", body) == body


class TestHeading:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("# A\nB", ("A", "B")),
            ("\n \n#  A b ##  \r\n\r\nB", ("A b", "B")),
            ("# C#", ("C#", "")),
            ("#\tA", ("A", "")),
            ("#A\n", None),
            ("## A\n", None),
            ("# \n", None),
            ("# ##\n", None),
            ("B\n# A\n", None),
            ("", None),
        ],
    )
    def test_opens_the_body(self, text, found):
        result = heading(text, 0)
        assert (result and (result[0], text[result[1] :])) == found


class TestSummary:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("# T\n\nA *b* `c` [d](e) ![f](g).\n\n<!-- more -->\nMore.", "A b c d ."),
            ("A <!-- more --> B", None),
            ("A", None),
            ("<!-- more -->\nA", None),
            ("x" * 601 + "\n<!--more-->\n", None),
        ],
    )
    def test_is_the_short_text_before_more(self, body, text):
        assert summary(body) == text


@pytest.mark.parametrize(
    "piece", ["{% highlight a %}\n", "# ", " ", "\n", "import a\n", "export ", "<!-- more", "[a]("]
)
def test_time_is_in_proportion_to_the_text(piece):
    def work(size):
        body = piece * (size // len(piece))
        convert_shortcodes(SiteGenerator.JEKYLL, "a.mdx", body)
        heading(f"# {body}", 0)
        summary(body)

    assert growth(250_000, work) < MAX_LINEAR_GROWTH
