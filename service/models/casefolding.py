"""Unicode case folding, for case-insensitive uniqueness and search in both databases."""

from __future__ import annotations

import unicodedata

LIKE_ESCAPE = "\\"
_WILDCARDS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def casefold(text: str) -> str:
    """Return the case-folded, normalized form of `text` for comparison and search (up to 3 times as long).

    It is stored in a column of its own, because databases differ in the case of letters beyond ASCII (LIKE on É).
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def like_pattern(text: str) -> str:
    r"""Return a LIKE pattern that matches folded texts which contain `text`; use it with `escape="\\"`."""
    return f"%{casefold(text).translate(_WILDCARDS)}%"
