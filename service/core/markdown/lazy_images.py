"""Images that a script was to load: their addresses, and the copies of them in `<noscript>`, which are shown once."""

from __future__ import annotations

import re

# Where the common scripts keep the address of an image until it is scrolled to (lazysizes, WordPress, jQuery).
ADDRESS_ATTRIBUTES = ("data-src", "data-lazy-src", "data-original")
_OTHER_ATTRIBUTES = ("data-srcset", "data-lazy-srcset")

# Pictures of this width or height count visitors.
_COUNTERS = frozenset({"0", "1"})


class LazyImages:
    """Which images of one text have been written for a script, and which from `<noscript>`.

    A script and `<noscript>` show the same image; without scripts, as in a post, both are there.
    """

    def __init__(self) -> None:
        """Begin a text."""
        self.in_noscript = False
        self._by_script: str | None = None
        self._by_noscript: str | None = None

    def is_shown(self, attributes: dict[str, str], raw: dict[str, str]) -> bool:
        """Tell whether to write an image with the allowed `attributes`, of those that it has in the source (`raw`)."""
        address = _comparable(attributes.get("src"))
        if self.in_noscript:
            if address is None or _COUNTERS & {raw.get("width"), raw.get("height")}:
                return False
            is_copy, self._by_script = address == self._by_script, None
            self._by_noscript = None if is_copy else address
            return not is_copy
        if not any(name in raw for name in ADDRESS_ATTRIBUTES + _OTHER_ATTRIBUTES):
            return True
        is_copy, self._by_noscript = address == self._by_noscript, None
        self._by_script = None if is_copy else address
        return address is not None and not is_copy


def _comparable(address: str | None) -> str | None:
    """Return an address without its query, in which sizes are asked for; None for no address."""
    return re.split("[?#]", address, maxsplit=1)[0] if address else None
