"""When do two texts count as the same? Whatever their case and their way of writing accents."""

from __future__ import annotations

import unicodedata

LIKE_ESCAPE = "\\"
_WILDCARDS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def casefold(text: str) -> str:
    """Return the form of `text` in which it is compared and searched (up to 3 times as long).

    Databases disagree on the case of letters beyond ASCII (ILIKE and LIKE on É), so this is kept in
    a column of its own.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def like_pattern(text: str) -> str:
    r"""Return the LIKE pattern of folded texts that contain `text`; for use with `escape="\\"`."""
    return f"%{casefold(text).translate(_WILDCARDS)}%"
