"""Patterns of texts that people write, and the repair of texts that were written elsewhere."""

from __future__ import annotations

import re

from service.contract.types import CONTROL_CHARACTERS, with_error

# White space and characters without an image are listed as ranges, because `\s` means something else in JavaScript,
# Python and Rust, and clients check with the patterns too.
_INVISIBLE = (
    r"\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufffe\uffff"
)
_NOT_ON_A_LINE = r"\u0000-\u001f\u007f-\u009f\ufffe\uffff"

# At least one visible character, on one line.
SINGLE_LINE_PATTERN = with_error(
    rf"^[^{_NOT_ON_A_LINE}]*[^{_INVISIBLE}][^{_NOT_ON_A_LINE}]*$",
    "It must be a single line with a visible character, without control characters.",
)
# At least one visible character, on one line or several.
VISIBLE_TEXT_PATTERN = with_error(
    rf"^[^{CONTROL_CHARACTERS}]*[^{_INVISIBLE}][^{CONTROL_CHARACTERS}]*$",
    "It must have a visible character and no control characters.",
)

_SINGLE_LINE = re.compile(SINGLE_LINE_PATTERN)
_OFF_LINE = re.compile(f"[{_NOT_ON_A_LINE}]")
_CONTROL = re.compile(f"[{CONTROL_CHARACTERS}]")


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 post`, `2 posts`; `many` where it is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def is_visible_line(text: str) -> bool:
    """Tell whether `text` matches `SINGLE_LINE_PATTERN`."""
    return _SINGLE_LINE.search(text) is not None


def to_line(text: str) -> str:
    """Return a valid single line unchanged; otherwise replace control characters and line breaks by spaces."""
    return text if is_visible_line(text) else " ".join(_OFF_LINE.sub(" ", repair_text(text)[0]).split())


def repair_text(text: str) -> tuple[str, int]:
    """Return `text` without control characters, and how many were replaced or removed.

    Tabs and line breaks stay. U+0080-009F become the characters that Windows-1252 has in their place, as in browsers
    (HTML, 13.2.5.80): such a text was decoded as Latin-1.
    """
    return _CONTROL.subn(_windows_1252, text)


def _windows_1252(character: re.Match[str]) -> str:
    code = ord(character[0])
    return bytes([code]).decode("cp1252", errors="ignore") if 0x80 <= code <= 0x9F else ""
