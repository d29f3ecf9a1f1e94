"""Excerpt, word count and reading time of plain text."""

from __future__ import annotations

import re

EXCERPT_LENGTH = 280
WORDS_A_MINUTE = 220
CHARACTERS_A_MINUTE = 500  # for Chinese and Japanese, which have no spaces between words

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_WORD = re.compile(rf"[^\W{_CJK}]++(?:['\u2019.-][^\W{_CJK}]++)*+")


def excerpt(text: str, length: int = EXCERPT_LENGTH) -> str:
    """Return the beginning of `text` on one line, at most `length` characters, with an ellipsis if it was cut.

    Cut at a word boundary, unless there is none in the last third, as in scripts without spaces.
    """
    line = " ".join(text[: 20 * length].split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    space = line.rfind(" ", length * 2 // 3, length)
    return (cut if space < 0 else cut[:space]).rstrip(" ,;:-\u2013\u2014") + "…"


def count_words(text: str) -> int:
    """Count the words of `text`; each Chinese or Japanese character counts as one."""
    return len(_WORD.findall(text)) + len(_CJK_CHARACTER.findall(text))


def reading_minutes(text: str) -> int:
    """Return the reading time of `text` in whole minutes, at least 1."""
    characters = len(_CJK_CHARACTER.findall(text))
    words = len(_WORD.findall(text))
    return max(1, round(words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE))
