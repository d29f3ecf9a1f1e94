"""Finds the stored files that the HTML of a post shows and links to; no database access."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from service.config import settings

# Of the images of one post that are sent with it: the HTML of a body can name thousands.
IMAGES_MAX = 200

# The HTML is that of `core.markdown`: attributes are quoted, and `<` is escaped everywhere but in tags.
_TAG = re.compile(r'<(img|a)((?: [a-z-]+="[^"]*")+)')
_ADDRESS = re.compile(r' (?:src|href)="([^"]*)"')
_FILE = re.compile(r"/media/([0-9a-f]{32}|[0-9a-f]{64})(-[0-9x-]+)?\.([a-z0-9]{1,8})(?=[?#]|$)")
_IMAGE_ENDINGS = ("avif", "gif", "jpg", "png", "webp")


class MediaLink(NamedTuple):
    """A stored file in the HTML of a post: `stem` is its name without ending, shared with its renditions."""

    stem: str
    name: str | None
    is_shown: bool

    @property
    def possible_names(self) -> Collection[str]:
        """Return the names that the original file can have; that of a rendition does not tell its ending."""
        return [self.name] if self.name else [f"{self.stem}.{ending}" for ending in _IMAGE_ENDINGS]


def media_links(html: str) -> list[MediaLink]:
    """Return the stored files in the HTML of a post, each once, in order of appearance.

    A file that is both shown and linked to is shown. Addresses are paths (`/media/...`), or begin with the public URL
    of the service or of the site.
    """
    found: dict[str, MediaLink] = {}
    for link in _links(html) if "/media/" in html else ():
        known = found.get(link.stem)
        if known is None or (link.is_shown and not known.is_shown):
            found.pop(link.stem, None)
            found[link.stem] = link
    return list(found.values())


def _links(html: str) -> Iterator[MediaLink]:
    origins = (settings().public_url, settings().site_url)
    for tag in _TAG.finditer(html):
        for address in _ADDRESS.finditer(tag[2]):
            path = address[1]
            for origin in origins:
                path = path.removeprefix(origin.rstrip("/"))
            if file := _FILE.match(path):
                name = None if file[2] else f"{file[1]}.{file[3]}"
                yield MediaLink(file[1], name, is_shown=tag[1] == "img")
