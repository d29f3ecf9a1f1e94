"""Opens the posts of a folder in the rich editor, without a browser, and tells how it takes them.

    .venv/bin/python -m tests.web.editor_posts ~/blog/content

prints how many posts are opened as they are, with their formatting normalised, or not at all, and whether the service
renders what the editor would save as it renders the original.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from service.core.markdown import render_post
from service.importing.front_matter import read as read_front_matter
from tests.npm import environment
from tests.servers import require_command
from tests.web.node import WEB

# Beside the checkout, as in tests/importing: a real blog is too large to be a part of the repository.
RUST_BLOG = Path(__file__).resolve().parents[3] / "shared/corpus/rust-blog/content"

Opening = dict[str, Any]
Reading = list[tuple[str, frozenset[Any]]]

_KINDS = {
    "footnotes": re.compile(r"\[\^"),
    "HTML": re.compile("<"),
    "tables": re.compile(r".*\|.*\n[-|: ]+(\n|$)"),
    "task lists": re.compile(r"[-*+] \[[ xX]\]"),
}
_REFUSALS = {
    "nestedDefinition": "link addresses defined inside of other blocks",
    "unclosedHtml": "HTML that is not closed",
    "other": "other Markdown",
}


def posts_of(folder: Path) -> dict[str, str]:
    """Return the Markdown of all posts in `folder`, without their front matter, by path."""
    texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.md"))}
    return {path: text[read_front_matter(text).body_start :] for path, text in texts.items()}


def opened(posts: dict[str, str], generated: int = 0) -> dict[str, Any]:
    """Open `posts` in the rich editor, and write that many generated documents: see web/scripts/open-posts.mjs."""
    done = subprocess.run(
        [require_command("node"), "scripts/open-posts.mjs"],
        cwd=WEB,
        env=environment(),
        input=json.dumps({"posts": posts, "generated": generated}),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


_INLINE = "a abbr b bdi cite code del dfn em i ins kbd mark q s samp small span strong sub sup time u var"
_IN_LINES = frozenset(["br", "img", "input", "wbr"])


class _Reader(HTMLParser):
    """Reads HTML as letters with the inline elements around them, and the tags of blocks between them."""

    inline = frozenset(_INLINE.split())

    def __init__(self) -> None:
        super().__init__()
        self.found: Reading = []
        self._around: list[tuple[str, Any]] = []
        self._marks: frozenset[Any] = frozenset()
        self._code_blocks = 0
        self._is_space_due = False
        self._is_in_line = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code_blocks += tag == "pre"
        attributes = tuple(sorted(attrs, key=str))
        if tag in self.inline and not self._code_blocks:
            self._around.append((tag, attributes))
            self._marks = frozenset(self._around)
        elif tag in _IN_LINES:
            self._add(f"<{tag} {attributes}>")
        else:
            self._add_block(f"<{tag} {attributes}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inline and not self._code_blocks:
            del self._around[max(at for at, (name, _) in enumerate(self._around) if name == tag)]
            self._marks = frozenset(self._around)
        else:
            self._add_block(f"</{tag}>")
        self._code_blocks -= tag == "pre"

    def handle_data(self, data: str) -> None:
        for letter in data:
            if self._code_blocks or letter not in " \t\n":
                self._add(letter)
            else:
                self._is_space_due = True

    def _add(self, what: str) -> None:
        if self._is_space_due and self._is_in_line:
            self.found.append((" ", frozenset()))
        self._is_space_due, self._is_in_line = False, True
        self.found.append((what, self._marks))

    def _add_block(self, tag: str) -> None:
        # Space beside the tag of a block is none.
        self._is_space_due, self._is_in_line = False, False
        self.found.append((tag, frozenset()))


def reading_of(html: str) -> Reading:
    """Return what a reader gets of `html`: equal for two texts that differ in the order of nested marks or in space."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def changed_posts(posts: dict[str, str], openings: dict[str, Opening]) -> list[str]:
    """Return the opened posts that the service would render differently after all of their blocks were changed."""
    taken = {path: opening["normalised"] for path, opening in openings.items() if "refusal" not in opening}
    return [path for path, text in taken.items() if not _is_rendered_alike(posts[path], text)]


def _is_rendered_alike(one: str, other: str) -> bool:
    before, after = render_post(one).html, render_post(other).html
    return before == after or reading_of(before) == reading_of(after)


def table(openings: dict[str, Opening], changed: int) -> Iterator[str]:
    """Yield the lines of a Markdown table of how the rich editor takes posts."""
    taken = [opening for opening in openings.values() if "refusal" not in opening]
    with_source = [opening["sources"] for opening in taken if opening["sources"]]
    kinds = Counter(kind for sources in with_source for kind in set(map(_kind, sources)))
    refusals = Counter(opening["refusal"] for opening in openings.values() if "refusal" in opening)
    rows = [
        ("opened", len(taken)),
        ("- written as it is, whatever is changed", sum(not opening["isNormalised"] for opening in taken)),
        ("- normalised where it is changed", sum(opening["isNormalised"] for opening in taken)),
        ("- with parts shown as source", len(with_source)),
        *((f"  - {kind}", count) for kind, count in kinds.most_common()),
        ("refused", len(openings) - len(taken)),
        *((f"- {_REFUSALS[refusal]}", count) for refusal, count in refusals.most_common()),
        ("rendered differently by the service", changed),
    ]
    yield "| in the rich editor | posts | share |"
    yield "|---|---|---|"
    for name, count in rows:
        yield f"| {name} | {count} | {count / len(openings):.1%} |"


def _kind(source: str) -> str:
    return next((kind for kind, pattern in _KINDS.items() if pattern.match(source)), "other Markdown")


def main(folders: Iterable[str]) -> int:
    """Print the table for the posts in a folder; the Rust project's blog unless another one is named."""
    folder = Path(next(iter(folders), RUST_BLOG)).expanduser()
    if not folder.is_dir():
        sys.stderr.write(f"There is no folder {folder}.\n")
        return 2
    posts = posts_of(folder)
    openings = opened(posts)["posts"]
    changed = changed_posts(posts, openings)
    sys.stdout.write("\n".join([*table(openings, len(changed)), *changed, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
