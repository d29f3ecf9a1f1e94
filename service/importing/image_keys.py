"""Finds the cover image and the image for sharing that a front matter names, by the keys of generators and themes.

Names of keys are compared without case, `-` and `_`. Supported are Zola's `[extra]` and Hugo's `[params]`; Jekyll's
`image` with `path` (jekyll-seo-tag, Chirpy) and `header` (Minimal Mistakes); `cover` with `image` (PaperMod), Hugo's
`images` and `resources`; `coverImage` and `ogImage` of Next.js blogs, and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.importing.metadata import folded

# The first of these keys with an image is the cover; `thumbnail` and `teaser` are made for lists.
COVER_KEYS = (
    "coverimage",
    "cover",
    "featuredimage",
    "featureimage",
    "featuredimg",
    "heroimage",
    "hero",
    "bannerimage",
    "banner",
    "headerimage",
    "headerimg",
    "coverimg",
    "overlayimage",
    "image",
    "thumbnail",
    "thumbnailimg",
    "thumbnailimage",
    "teaser",
)
CARD_KEYS = (
    "ogimage",
    "opengraphimage",
    "socialmediacard",
    "socialimage",
    "shareimage",
    "shareimg",
    "twitterimage",
    "metaimage",
    "images",
)
# Tables in which the keys can be.
_TABLES = ("extra", "params", "header", "seo", "meta")
_DESTINATION = ("image", "src", "path", "url", "file", "href")
_ALT_TEXT = ("alt", "alttext", "imagealt", "imagedescription")
_CAPTION = ("caption", "imagecaption")
_CREDIT = ("credit", "attribution", "imagecredit")
# What the resources of a page are called that are its cover, by their name or their file's.
_COVER_RESOURCE = re.compile(r"(?:feature|cover|thumbnail)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image that a front matter names, by its destination as it is written, and what is said about it."""

    destination: str
    alt_text: str | None = None
    caption: str | None = None
    credit: str | None = None


def cover_image(extra: Mapping[str, Any]) -> NamedImage | None:
    """Return the cover that the keys of a front matter name; None if there is none."""
    named = _first(extra, COVER_KEYS)
    return named or next(_resources(extra), None)


def card_image(extra: Mapping[str, Any]) -> NamedImage | None:
    """Return the image for links that are shared which the keys of a front matter name; None if there is none."""
    return _first(extra, CARD_KEYS)


def _first(extra: Mapping[str, Any], keys: tuple[str, ...]) -> NamedImage | None:
    for table in _tables(extra):
        names = {folded(key): value for key, value in table.items()}
        for key in keys:
            if (named := _understood(names.get(key), key, names)) is not None:
                return named
    return None


def _tables(extra: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield extra
    yield from (table for name in _TABLES if isinstance(table := extra.get(name), Mapping))


def _understood(value: Any, key: str, beside: Mapping[str, Any]) -> NamedImage | None:
    """Return the image of a key: a text, a table, or a list of these of which the first counts."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        own = {folded(name): each for name, each in value.items()}
        destination = _text(own, *_DESTINATION)
        return None if destination is None else _named(destination, own, _ALT_TEXT, _CAPTION, _CREDIT)
    if not isinstance(value, str) or not value.strip():
        return None
    stems = dict.fromkeys((key, key.removesuffix("image").removesuffix("img"), "image"))
    alt_text = [f"{stem}{end}" for stem in stems if stem for end in ("alt", "alttext", "description")]
    caption = [f"{stem}caption" for stem in stems if stem]
    credit = [f"{stem}{end}" for stem in stems if stem for end in ("credit", "attribution")]
    return _named(value.strip(), beside, alt_text, [*caption, "caption"], credit)


def _named(
    destination: str, values: Mapping[str, Any], alt_text: Any, caption: Any, credit: Any
) -> NamedImage:
    return NamedImage(destination, _text(values, *alt_text), _text(values, *caption), _text(values, *credit))


def _text(values: Mapping[str, Any], *names: str) -> str | None:
    texts = (values.get(name) for name in names)
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), None)


def _resources(extra: Mapping[str, Any]) -> Iterator[NamedImage]:
    """Yield the resources of a Hugo page that are called a cover."""
    resources = extra.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        if not isinstance(resource, Mapping) or not isinstance(source := resource.get("src"), str):
            continue
        names = (resource.get("name"), source.rpartition("/")[2])
        if any(isinstance(name, str) and _COVER_RESOURCE.match(name) for name in names):
            own = resource.get("params")
            values = {folded(name): each for name, each in own.items()} if isinstance(own, Mapping) else {}
            caption = _text(values, *_CAPTION) or _text(resource, "title")
            yield NamedImage(source, _text(values, *_ALT_TEXT), caption, _text(values, *_CREDIT))
