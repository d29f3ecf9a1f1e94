"""Data classes of the import: posts, links and problems, independent of the generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class FileIssue(NamedTuple):
    """A file with a problem or a note, and the reason; `source_path` is relative to the tree."""

    source_path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceImage:
    """A raster image: `file` is relative to the tree, `reference` is its unescaped destination in the body."""

    file: str
    reference: str


@dataclass(frozen=True, slots=True)
class SourcePost:
    """A post as read from its file, before any rule of this service applies.

    `source_path` (relative, with `/`) is its identity; `content_hash` (SHA-256 of the file, hex) detects changes.
    `slug` is the one that its generator would use: any case, any script, not unique. `canonical_path` and `aliases`
    start with `/` and do not end with it. `published_at` is `None` only for drafts. `extra` has all unknown keys as
    JSON-compatible values. `skipped_assets` has the references to files of the tree that are neither posts nor raster
    images.
    """

    source_path: str
    content_hash: str
    title: str
    slug: str
    canonical_path: str
    body: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    draft: bool = False
    description: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    images: tuple[SourceImage, ...] = ()
    skipped_assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostLink:
    """A link to another post of the tree; `suffix` is its query and fragment, `?` and `#` included."""

    source_path: str
    slug: str
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A link to a file of the tree that is not a post; `raster` tells whether it is an image to import."""

    file: str
    raster: bool
