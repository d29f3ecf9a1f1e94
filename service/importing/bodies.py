"""Converts shortcodes for highlighted code to fenced code; finds the leading heading and the summary of a body."""

from __future__ import annotations

import itertools
import re
from pathlib import PurePosixPath

from service.importing.sites import SiteGenerator

SUMMARY_CHARACTERS = 600

# The opening tag, with the language, or the closing tag.
_HIGHLIGHT = {
    SiteGenerator.JEKYLL: re.compile(
        r"^\{% *highlight +([\w+#.-]+)[^%\n]*%\}[ \t]*\n|^\{% *endhighlight *%\}", re.MULTILINE
    ),
    SiteGenerator.HUGO: re.compile(
        r"^\{\{[<%] *highlight +\"?([\w+#.-]+)[^>%\n]*[>%]\}\}[ \t]*\n|^\{\{[<%] */ *highlight *[>%]\}\}",
        re.MULTILINE,
    ),
}
_MODULE_LINES = re.compile(r"(?:\s*^(?:import|export)\b[^\n]*(?:\n[^\n]+)*\n?)+", re.MULTILINE)
_MORE = re.compile(r"^<!-- *more *-->", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(r"(!?)\[([^\[\]]*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_LEADING_BLANK = re.compile(r"(?:[ \t]*\r?\n)*")


def convert_shortcodes(generator: SiteGenerator, source_path: str, body: str) -> str:
    """Convert highlight shortcodes to fenced code; remove the import lines of an MDX file."""
    pattern = _HIGHLIGHT.get(generator)
    if pattern is not None and "highlight" in body:
        body = _to_fenced_code(pattern, body)
    if PurePosixPath(source_path).suffix == ".mdx" and (lines := _MODULE_LINES.match(body)):
        body = body[lines.end() :].lstrip("\r\n")
    return body


def heading(text: str, start: int) -> tuple[str, int] | None:
    """Return the level-1 heading at the beginning of the body, and the index of the text after it."""
    start = _after_blank_lines(text, start)
    end = text.find("\n", start)
    end = len(text) if end < 0 else end + 1
    line = text[start:end].rstrip()
    if not line.startswith(("# ", "#\t")):
        return None
    bare = line.rstrip("#")
    words = (bare if bare.endswith((" ", "\t")) else line)[1:].strip()
    return (words, _after_blank_lines(text, end)) if words else None


def _after_blank_lines(text: str, start: int) -> int:
    blank = _LEADING_BLANK.match(text, start)
    return blank.end() if blank else start


def summary(body: str) -> str | None:
    """Return the text before `<!-- more -->` without markup; None if it is too long for a summary."""
    more = _MORE.search(body)
    if more is None or more.start() > 2 * SUMMARY_CHARACTERS:
        return None
    text = _LINK.sub(lambda link: "" if link[1] else link[2], body[: more.start()])
    text = " ".join(re.sub(r"[*_`]+|^#+ .*$|^> ?", "", text, flags=re.MULTILINE).split())
    return text if 0 < len(text) <= SUMMARY_CHARACTERS else None


def _to_fenced_code(pattern: re.Pattern[str], body: str) -> str:
    tags = [*pattern.finditer(body)]
    pieces, end = [], 0
    for opening, closing in itertools.pairwise(tags):
        if opening[1] and not closing[1]:
            pieces += [
                body[end : opening.start()],
                _fenced(opening[1], body[opening.end() : closing.start()]),
            ]
            end = closing.end()
    return "".join([*pieces, body[end:]])


def _fenced(language: str, code: str) -> str:
    ticks = max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1
    fence = "`" * ticks
    return f"{fence}{language}\n{code.removesuffix(chr(10))}\n{fence}"
