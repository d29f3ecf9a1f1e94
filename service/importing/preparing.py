"""Prepares imported posts for writing: validates them, rewrites links and image URLs, renders the Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from service.core.post_paths import post_path
from service.core.storage import NotAnImage, Storage, StoredImage, inspect_image, store_image
from service.core.texts import is_visible_line, repair_text, to_line
from service.importing import links
from service.importing.export_metadata import ExportMetadata, read_export_metadata
from service.importing.files import MAX_IMAGE_BYTES, FileRejected
from service.importing.link_map import POSTS, RASTER
from service.importing.records import FileLink, PostLink, SourcePost
from service.importing.trees import SourceTree
from service.models.posts import BODY_MAX, EXCERPT_MAX, PATH_MAX, TAGS_MAX, TITLE_MAX
from service.models.tags import TAG_NAME_MAX
from service.posts.content import content_columns

_NOT_A_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?|\{")
_END_OF_PATH = re.compile(r"[?#].*", re.DOTALL)


class _ResolvedLink(NamedTuple):
    """A resolved destination; without a `link` it looks like a post or an image that is not in the tree."""

    text: str
    link: PostLink | FileLink | None


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post that is ready to be written: content columns, tags, images and notes."""

    source: SourcePost
    own: ExportMetadata
    content: dict[str, Any]
    tags: tuple[str, ...]
    images: tuple[StoredImage, ...]
    notes: tuple[str, ...]


class PostPreparer:
    """Prepares the posts of a tree; `slugs` has their slugs by source path."""

    def __init__(
        self, tree: SourceTree, slugs: Mapping[str, str], storage: Storage, *, dry_run: bool
    ) -> None:
        self._tree = tree
        self._slugs = slugs
        # Images are stored before the rows that refer to them. If the post is rejected later, its image stays unused;
        # the next import finds it under the same name.
        self._take_image = inspect_image if dry_run else partial(store_image, storage)
        self._images: dict[str, StoredImage] = {}

    def prepare(self, source: SourcePost) -> PreparedPost:
        """Prepare a post; raise `FileRejected` if it exceeds the limits of a post."""
        own = read_export_metadata(source.extra)
        title, tags = _title(source), _tags(source)
        _check_sizes(source)
        source, repaired = _repaired(source)
        replacements, images, notes = self._destinations(source)
        body = links.rewrite(source.body, replacements.get) if replacements else source.body
        if len(body) > BODY_MAX:
            raise FileRejected(f"its text has more than {BODY_MAX:,} characters")
        content = content_columns(title, body, None if own.derived_excerpt else _excerpt(source.description))
        return PreparedPost(source, own, content, tags, images, repaired + notes)

    def _destinations(
        self, source: SourcePost
    ) -> tuple[dict[str, str], tuple[StoredImage, ...], tuple[str, ...]]:
        """Return the replacements of destinations, the images, and the notes of a body."""
        replacements: dict[str, str] = {}
        images: dict[str, StoredImage] = {}
        notes: dict[str, None] = {}
        for _, lead in links.resolved(source.body, partial(self._lead, source)):
            try:
                if isinstance(lead.link, PostLink):
                    replacements[lead.text] = post_path(self._slugs[lead.link.source_path]) + lead.link.suffix
                elif lead.text not in replacements:
                    image = self._image(lead)
                    images[image.name] = image
                    replacements[lead.text] = f"/media/{image.name}"
            except FileRejected as refused:
                notes[str(refused)] = None
        return replacements, tuple(images.values()), tuple(notes)

    def _lead(self, source: SourcePost, text: str) -> _ResolvedLink | None:
        """Resolve a destination; None if it does not look like a file of the tree."""
        link = self._tree.resolve_link(source, text)
        return _ResolvedLink(text, link) if link or _names_a_file(text) else None

    def _image(self, lead: _ResolvedLink) -> StoredImage:
        if not isinstance(lead.link, FileLink):
            raise FileRejected(f"link to {lead.text[:200]}: not found in the folder")
        if not lead.link.raster:
            raise FileRejected(f"link to {lead.link.file}: file type not imported")
        file = lead.link.file
        # Read once, however many posts show it.
        if file not in self._images:
            try:
                self._images[file] = self._take_image(self._tree.files.read_file(file, MAX_IMAGE_BYTES))
            except (FileRejected, NotAnImage) as refused:
                raise FileRejected(f"image {file}: {refused}") from None
        return self._images[file]


def _names_a_file(text: str) -> bool:
    """Tell whether an unresolved destination looks like a post or an image of the folder."""
    text = text.strip()
    if _NOT_A_PATH.match(text):
        return False
    return PurePosixPath(_END_OF_PATH.sub("", text)).suffix.lower() in POSTS | RASTER


def _check_sizes(source: SourcePost) -> None:
    if len(source.source_path) > PATH_MAX:
        raise FileRejected(f"its path has more than {PATH_MAX} characters")
    if len(source.body) > BODY_MAX:
        raise FileRejected(f"its text has more than {BODY_MAX:,} characters")


def _repaired(source: SourcePost) -> tuple[SourcePost, tuple[str, ...]]:
    """Replace or remove the control characters of text and description; return a note if there were any."""
    body, in_body = repair_text(source.body)
    description, in_description = repair_text(source.description or "")
    count = in_body + in_description
    if count == 0:
        return source, ()
    note = f"{count:,} control character{'s' * (count > 1)} replaced or removed"
    return replace(source, body=body, description=description or None), (note,)


def _title(source: SourcePost) -> str:
    title = to_line(source.title)
    if len(title) > TITLE_MAX:
        raise FileRejected(f"its title has more than {TITLE_MAX} characters")
    if not is_visible_line(title):
        raise FileRejected("its title shows nothing")
    return title


def _tags(source: SourcePost) -> tuple[str, ...]:
    tags = tuple(tag for tag in map(to_line, source.tags) if is_visible_line(tag))
    if len(tags) > TAGS_MAX:
        raise FileRejected(f"it has more than {TAGS_MAX} tags")
    if any(len(tag) > TAG_NAME_MAX for tag in tags):
        raise FileRejected(f"one of its tags has more than {TAG_NAME_MAX} characters")
    return tags


def _excerpt(description: str | None) -> str | None:
    if description is None or len(description) <= EXCERPT_MAX:
        return description
    text = " ".join(description.split())
    return text if len(text) <= EXCERPT_MAX else f"{text[: EXCERPT_MAX - 1].rpartition(' ')[0]}…"
