"""Which characters texts can have, in Python and in the validator of the service, and the repair of imported texts."""

import re

import jsonschema_rs
import pytest

from service.contract.types import PLAIN_TEXT
from service.core.texts import (
    SINGLE_LINE_PATTERN,
    VISIBLE_TEXT_PATTERN,
    is_visible_line,
    repair_text,
    to_line,
)

# Everything but surrogates, which no string of a validated document contains; of the other planes their ends.
CODE_POINTS = [*range(0xD800), *range(0xE000, 0x10000), 0x10000, 0x1F980, 0x1FFFE, 0x10FFFF]


def is_plain(code):
    """Tell whether XML 1.0 allows a character and HTML does too."""
    is_xml = code in {0x9, 0xA, 0xD} or code >= 0x20
    return is_xml and not 0x7F <= code <= 0x9F and code not in {0xFFFE, 0xFFFF}


@pytest.mark.parametrize("dialect", ["jsonschema-rs", "re"])
@pytest.mark.parametrize("pattern", [PLAIN_TEXT, VISIBLE_TEXT_PATTERN, SINGLE_LINE_PATTERN])
def test_every_code_point_is_accepted_or_refused(pattern, dialect):
    if dialect == "re":
        matches = re.compile(pattern).search
    else:
        matches = jsonschema_rs.validator_for({"type": "string", "pattern": pattern}).is_valid
    on_a_line = pattern == SINGLE_LINE_PATTERN
    for code in CODE_POINTS:
        allowed = is_plain(code) and not (on_a_line and code < 0x20)
        assert bool(matches(f"a{chr(code)}b")) == allowed, hex(code)


@pytest.mark.parametrize("pattern", [VISIBLE_TEXT_PATTERN, SINGLE_LINE_PATTERN])
@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u200b", "\ufeff", "\u00a0", "\ufffe", "\u0085"])
def test_something_must_be_visible(pattern, text):
    assert not re.search(pattern, text)


@pytest.mark.parametrize(
    ("text", "repaired", "count"),
    [
        ("a\tb\r\nc\n", "a\tb\r\nc\n", 0),
        ("a\x0bb\x00\x7f\ufffe\uffff", "ab", 5),
        ("it\x92s \x93here\x94\x85", "it\u2019s \u201chere\u201d\u2026", 4),
        ("\x81\x8d\x9d", "", 3),  # Windows-1252 has nothing there
        ("🦀\U0010ffff", "🦀\U0010ffff", 0),
    ],
)
def test_repair(text, repaired, count):
    assert repair_text(text) == (repaired, count)
    assert re.search(PLAIN_TEXT, repaired)


def test_lines():
    assert to_line("one line") == "one line"
    assert to_line("two\nlines\x0b and\ttabs") == "two lines and tabs"
    assert to_line("it\x92s") == "it\u2019s"
    assert not is_visible_line(to_line("\x01\n"))
