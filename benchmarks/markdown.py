"""Rendering time and memory of hostile and of real Markdown posts.

    python -m benchmarks.markdown                    # 1,000 hostile texts of the maximum length
    python -m benchmarks.markdown --corpus DIR       # every *.md below DIR, front matter removed
    python -m benchmarks.markdown --families         # the worst of each family

The hostile texts are the same on every run (seeded). Each is one construct that costs some Markdown parser or
sanitizer more than linear time or memory, repeated to the maximum length of a post or a comment; some are short
random sequences of special tokens, repeated the way fuzzers of Markdown parsers find such constructs. Times are
CPU time, so that what else the machine does does not count. The memory is the largest of the process: no text
took more.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from service.core.markdown import render_comment, render_post
from service.models.comments import COMMENT_MAX
from service.models.posts import BODY_MAX

# What one text may take.
LIMIT_MS = 250
LIMIT_MB = 300

LENGTH = BODY_MAX  # characters
BODIES = 1_000
SEED = 20261121

Family = Callable[[random.Random], str]

FRONT_MATTER = re.compile(r"\A\+\+\+\n.*?\n\+\+\+\n", re.DOTALL)

TOKENS = (
    *"*_~`[]()<>!#|-+:\\\n\t &;/\"'=ax1.^",
    *(
        "**",
        "__",
        "***",
        "~~",
        "``",
        "```",
        "![",
        "](",
        "][",
        "[^",
        "[^1]",
        "[^1]:",
        "[a]",
        "[a]:",
        "]: x",
        "[ ]",
        "[x]",
    ),
    *(
        "<!--",
        "-->",
        "<![CDATA[",
        "<?",
        "<!A",
        "<a ",
        "<b>",
        "</b>",
        "<div>",
        '<a href="',
        "<details>",
        "<http://a>",
    ),
    *(
        "\n\n",
        "\n> ",
        "\n- ",
        "\n1. ",
        "\n    ",
        "\n\t",
        "> ",
        "- ",
        "\n---\n",
        "\n===\n",
        "| - |",
        "\n|",
        "# ",
    ),
    *("&amp;", "&#0;", "&#x1F600;", "&nbsp;", "\\*", "\\[", "é", "漢", "a*", "*a", "_a_", "\x00", "\r\n"),
    *(
        "http://a.b",
        "<table><tr><td>",
        "<p>",
        "</p>",
        "<svg>",
        "<math><mi>",
        "<template>",
        "<select>",
        "<font>",
    ),
)


def to_size(unit: str, prefix: str = "", suffix: str = "") -> str:
    """Return `prefix`, as many whole `unit`s as fit, `suffix`."""
    room = LENGTH - len(prefix + suffix)
    return prefix + unit * (room // len(unit)) + suffix


def repeated(*units: str, prefix: str = "", suffix: str = "") -> Family:
    """Make the family whose bodies repeat one of `units`."""
    return lambda rng: to_size(rng.choice(units), prefix, suffix)


def nested(*pairs: tuple[str, str]) -> Family:
    """Make the family whose bodies open one of `pairs` as often as fits, and then close it as often."""

    def body(rng: random.Random) -> str:
        opening, closing = rng.choice(pairs)
        depth = LENGTH // len(opening + closing)
        return opening * depth + closing * depth

    return body


def numbered(template: str, prefix: str = "") -> Family:
    """Make the family whose bodies repeat `template` with a running number at each `{n}`."""

    def body(_: random.Random) -> str:
        parts, size, n = [prefix], len(prefix), 0
        while size < LENGTH - 100:
            parts.append(template.format(n=n))
            size += len(parts[-1])
            n += 1
        return "".join(parts)

    return body


def growing(unit: str, end: str = "") -> Family:
    """Make the family whose bodies hold 1, 2, 3 ... times `unit`, each closed by `end`."""

    def body(_: random.Random) -> str:
        parts, size, n = [], 0, 1
        while size + n * len(unit) + len(end) < LENGTH:
            parts.append(unit * n + end)
            size += len(parts[-1])
            n += 1
        return "".join(parts)

    return body


def amplified(definition: str, use: str) -> Family:
    """Make the family that defines one long thing and uses it as often as fits."""

    def body(rng: random.Random) -> str:
        share = rng.uniform(0.05, 0.9)
        return to_size(use, definition.replace("@", "x" * int(LENGTH * share)))

    return body


def deep_block_quote(rng: random.Random) -> str:
    """Nest block quotes and lists, with a tail of lazy continuation lines."""
    marker = rng.choice(("> ", ">", "- ", "* ", "1. ", "> - ", "> 1. ", "- > "))
    depth = rng.choice((50, 500, 5_000, 50_000))
    line = marker * min(depth, LENGTH // len(marker) - 10) + "x\n"
    tail = rng.choice(("x\n", line, "\n" + line, "> x\n", "\n"))
    return to_size(tail, line)


def indented_list(_: random.Random) -> str:
    """Nest a list by indentation: each line two spaces deeper than the one before."""
    return "".join("  " * level + "- x\n" for level in range(314))


def wide_table(rng: random.Random) -> str:
    """Give a table as many columns as half of the body and rows of one cell: GFM fills each row up."""
    columns = rng.choice((10, 100, 1_000, 5_000, 10_000))
    return to_size("|x\n", "|a" * columns + "|\n" + "|-" * columns + "|\n")


def random_tokens(rng: random.Random) -> str:
    """Repeat a short random sequence of special tokens, between two others."""

    def sequence(most: int) -> str:
        return "".join(rng.choice(TOKENS) for _ in range(rng.randint(1, most)))

    return to_size(sequence(6), sequence(4) * rng.choice((0, 1)), sequence(4) * rng.choice((0, 1)))


def random_halves(rng: random.Random) -> str:
    """Repeat one random sequence for half of the body, another for the rest."""
    one, two = ("".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 5))) for _ in range(2))
    half = LENGTH // 2
    return one * (half // len(one)) + two * (half // len(two))


def token_soup(rng: random.Random) -> str:
    """Throw special tokens together without any repetition."""
    parts, size = [], 0
    while size < LENGTH - 20:
        parts.append(rng.choice(TOKENS))
        size += len(parts[-1])
    return "".join(parts)


FAMILIES: dict[str, Family] = {
    "brackets": repeated(
        "[", "![", "[[a](", "[a](<b", "[a", "[a][", "]", "a]",
        "[](", '[](a "', "[a](", "![[]()",
    ),
    "nested brackets": nested(("[", "]"), ("![", "](u)"), ("[", "](u)"), ("[a ", "](<u>)")),
    "emphasis": repeated(
        "*a **a ", "*_", "**_", "a**b", "*a_ ", "__a ", "*** a",
        "~~a ", "a_ b* ", "**x* ", "~a~~",
    ),
    "emphasis runs": repeated("*", "_", "~", "*_" * 50 + " "),
    "nested emphasis": nested(("*a ", " a*"), ("**a ", " a**"), ("~~a ", " a~~"), ("_a *b ", " b* a_"), ("*", "*")),
    "growing backticks": growing("`", " "),
    "growing emphasis": growing("*", "a "),
    "growing tildes": growing("~", " a"),
    "backticks": repeated("`", "``` ", "`a ``", "` `` ", "\\`"),
    "fences": repeated("```\n", "~~~~\n```\n", "```rust\nx\n```\n", "````\n"),
    "deep containers": deep_block_quote,
    "indented list": indented_list,
    "lists": repeated(
        "- x\n", "1. x\n", "- \n", "*\n", "- x\n\n", "- [ ] x\n",
        "-\n+\n*\n", "* * * * a\n", "- - - x\n",
    ),
    "quotes": repeated("> x\n", ">\n", ">x\n\n", "> > x\n>\n"),
    "tables": repeated(
        "| a | b |\n|---|---|\n| c | d |\n\n", "|", "|-",
        "|\n", "a|b\n-|-\n\n", "|a|\n|:-:|\n",
    ),
    "wide tables": wide_table,
    "table rows": repeated("| a | b |\n", "|||||||||||||||\n", prefix="| a | b |\n|---|---|\n"),
    "table-like": repeated("a | b\n", "---|---\n", "|-|\n|\n", "\\|"),
    "reference bomb": amplified("[a]: /@\n\n", "[a] "),
    "reference title bomb": amplified('[a]: /u "@"\n\n', "[a]\n"),
    "image bomb": amplified("[a]: /@\n\n", "![a]"),
    "NUL reference bomb": lambda rng: to_size("[a] ", "[a]: urn:" + "\x00" * rng.randint(5_000, 80_000) + "\n\n"),
    "footnote label bomb": amplified("[^@]: x\n\n", "[^x] "),
    "footnote bomb": repeated("[^1]", "[^1] ", "a[^1]\n\n", prefix="[^1]: note\n\n"),
    "footnotes": numbered("[^{n}]\n\n[^{n}]: x\n\n"),
    "nested footnotes": numbered("[^{n}]: a[^1{n}] [^2{n}]\n\n", prefix="[^0]\n\n"),
    "footnote openers": repeated("[^", "[^a", "[^a]:", "[^a]: [^", "\n[^a\n", "[^\n", "[^ a", "<[^\n"),
    "references": numbered("[{n}]: /u\n"),
    "reference uses": numbered("[a{n}] ", prefix="[a1]: /u\n\n"),
    "reference openers": repeated(
        "[a]: \n", "[a\n", '[a]: u "\n', "[a]:\n[a]:\n",
        "[a]: <", "[\\\n", "[a]: u '\n",
    ),
    "autolinks": repeated(
        "<http://a.b> ", "<a@b.c> ", "<http://", "<a:",
        "http://a.b ", "www.a.b ", "@", "a@b.", "<a@",
    ),
    "entities": repeated(
        "&", "&amp;", "&#0;", "&#x10FFFF;",
        "&CounterClockwiseContourIntegral;", "&amp", "&#", "&a",
    ),
    "escapes": repeated("\\", "\\*", "\\\\", "\\\n", "\\["),
    "comments": repeated(
        "<!--", "<!-->", "<!-- a -->", "a <!--", "--><!--",
        "<!--a\n\n", "\n<!--\n", "<!---",
    ),
    "declarations": repeated("<?", "a <?", "<!A", "a <!A", "<![CDATA[", "a <![CDATA[", "<!A>\n", "<?>\n"),
    "open tags": repeated(
        "<a ", "<a b=", '<a b="', "<a b='", "<", "</", "a <b ",
        "<div ", '<a href="x" ', "<script", "<style",
    ),
    "raw elements": repeated(
        "<div>", "<b>", "<i>a ", "<p>", "<a>",
        "<table><tr><td>", "<details><summary>", "<ul><li>",
    ),
    "nested raw elements": nested(
        ("<div>", "</div>"), ("<b>", "</b>"), ("<ul><li>", "</li></ul>"),
        ("<sup>", "</sup>"), ("<b>\n\n", "</b>\n\n"),
        ("<details>", "</details>"), ("<blockquote>", "</blockquote>"), ("<i><b>", "</i></b>"), ("<q>", "</q>"),
    ),
    "html blocks": repeated(
        "<div>\n\n", "<p>x\n\n", "</div>\n\n",
        "<details>\n", "<table>\n\n<tr>\n\n<td>\n\n",
    ),
    "misnested": repeated(
        "<b><i></b></i>", "<a><b></a>", "<b><p></b>", "<table><b>",
        "<i></p>", "</p>", "</br>", "<b><div></b>",
    ),
    "formatting": numbered("<b title=x{n}>a<p>", prefix="\n"),
    "foreign": repeated(
        "<svg>", "<math><mi>", "<svg><desc>", "<svg><style>",
        "<select><option>", "<template>", "<frameset>",
    ),
    "text elements": repeated(
        "<textarea>", "<title>", "<noscript>", "<xmp>",
        "<plaintext>", "<script>", "<style>a", "<iframe>",
    ),
    "attributes": lambda _: "<b " + "".join(f"a{n}=x " for n in range(LENGTH // 9)) + ">x",
    "many attributes": repeated(
        "<b " + "title=x " * 400 + ">", "<a " + "href=é " * 400 + ">",
        "<b " + "a=b " * 900 + ">", "<p>" + "<b title=x>" * 300,
    ),
    "headings with links": repeated("# [a](b)\n", "# [a](<a b)\n", "# <http://é.b>\n"),
    "links": repeated('[a](b "c")', "![](b)", '![a](é "c")', "[a](é)", "<http://é.b> "),
    "raw attributes": repeated('a="b" ', "a=b ", "class=language-x ", prefix="x <b ", suffix=">y</b>"),
    "headings": repeated("# a\n", "#", "# \n", "a\n=\n", "###### a b c\n", "a\n-\n"),
    "long heading": repeated("# a ", "a ", "é", "*a* ", prefix="# ", suffix="\n"),
    "setext": repeated("a\n", "a\nb\n", "=\n", "-\n", suffix="\n===\n"),
    "spaces": repeated(" ", "\t", " \n", "\n", "  \n", "a  \n", "     a\n", "a" + " " * 2_000),
    "lines": repeated("a\n", "a\r", "a\r\n", "a\\\n", "\x00", "\x00\n", "\x0b", "\u2028"),
    "words": repeated("a ", "漢字", "🙂", "aaaa bbbb ", "é", "\u202e", "\ufeff", "ß"),
    "one word": repeated("a", "0", "-", "=", "#" * 7, "."),
    "rules": repeated("***\n", "---\n", "- - -\n", "* * *\n", "_ _ _"),
    "random tokens": random_tokens,
    "random halves": random_halves,
    "token soup": token_soup,
}  # fmt: skip


def hostile_bodies() -> Iterator[tuple[str, str]]:
    """Yield the name of the family and the body, 1,000 of them."""
    names = list(FAMILIES)
    for number in range(BODIES):
        name = names[number % len(names)]
        yield name, FAMILIES[name](random.Random(f"{SEED}-{number}"))[:LENGTH]


def corpus_bodies(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each Markdown file below `folder`."""
    for path in sorted(folder.rglob("*.md")):
        yield path.name, FRONT_MATTER.sub("", path.read_text(encoding="utf-8"))


def measure(
    render: Callable[[str], object], bodies: Iterator[tuple[str, str]], longest: int
) -> list[tuple[float, str, str]]:
    """Return the milliseconds of CPU time, name and beginning of each body, fastest first; `longest` cuts them."""
    measured = []
    for name, body in bodies:
        text = body[:longest]
        begin = time.process_time()
        render(text)
        measured.append(((time.process_time() - begin) * 1_000, name, body[:40]))
    return sorted(measured)


def report(title: str, measured: list[tuple[float, str, str]]) -> None:
    """Print the distribution, and which body was the worst."""
    times = [milliseconds for milliseconds, _, _ in measured]
    worst, name, beginning = measured[-1]
    print(
        f"{title}: {len(times)} texts, mean {statistics.mean(times):.2f} ms, "
        f"median {statistics.median(times):.2f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms, "
        f"worst {worst:.1f} ms: {name} ({beginning!r})"
    )


def report_families(measured: list[tuple[float, str, str]]) -> None:
    """Print the worst body of each family, slowest family first."""
    worst: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    for milliseconds, name, beginning in measured:
        worst[name] = max(worst[name], (milliseconds, beginning))
    for name, (milliseconds, beginning) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"  {milliseconds:7.1f} ms  {name:20} {beginning!r}")


def main() -> int:
    """Print the numbers; 1 if a hostile text took more than the time or the memory that the service allows it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="render the Markdown files below this folder instead")
    parser.add_argument("--families", action="store_true", help="print the worst body of each family")
    arguments = parser.parse_args()
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    slowest = 0.0
    for title, render, longest in (
        ("posts", render_post, BODY_MAX),
        ("comments", render_comment, COMMENT_MAX),
    ):
        bodies = corpus_bodies(arguments.corpus) if arguments.corpus else hostile_bodies()
        measured = measure(render, bodies, longest)
        report(title, measured)
        if arguments.families:
            report_families(measured)
        slowest = max(slowest, measured[-1][0])
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: at most {memory_mb:.0f} MB, of which {before_mb:.0f} MB before the first text")
    return int(not arguments.corpus and (slowest > LIMIT_MS or memory_mb - before_mb > LIMIT_MB))


if __name__ == "__main__":
    sys.exit(main())
