"""What does a post look like that was read from a folder, whichever generator the folder was made for?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class FileIssue(NamedTuple):
    """A file that did not become a post, and why; `source_path` is relative to the tree."""

    source_path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceImage:
    """A raster image: `file` is relative to the tree, `reference` what the body calls it, unescaped."""

    file: str
    reference: str


@dataclass(frozen=True, slots=True)
class SourcePost:
    """One post as its folder tells it, before any rule of this service.

    `source_path` (relative, `/` between folders) is its identity; `content_hash` (SHA-256 of the
    file's bytes, hex) tells whether it has changed. `slug` is what its generator would use: any case,
    any script, not unique. `canonical_path` and `aliases` begin with `/` and do not end with one.
    `published_at` is `None` only for drafts. `extra` holds every key nobody here understands, JSON-able.
    `skipped_assets` names references to files of the tree that are neither posts nor raster images.
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
    """A link to a file of the tree that is no post; `raster` tells whether it is an image to take."""

    file: str
    raster: bool
