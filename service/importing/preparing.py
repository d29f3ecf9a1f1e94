"""What does a file's post become here? It is checked, its links and images become ours, and it is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from service.core.post_paths import post_path
from service.core.storage import MediaStorage, NotAnImage, StoredImage
from service.importing import links
from service.importing.export_metadata import ExportMetadata, read_export_metadata
from service.importing.files import MAX_IMAGE_BYTES, FileRejected, read_file
from service.importing.link_map import POSTS, RASTER
from service.importing.records import FileLink, PostLink, SourcePost
from service.importing.trees import SourceTree
from service.models.posts import BODY_MAX, EXCERPT_MAX, PATH_MAX, TAGS_MAX, TITLE_MAX
from service.models.tags import TAG_NAME_MAX
from service.posts.content import content_columns
from service.tags.schemas import SINGLE_LINE_PATTERN

_LINE = re.compile(SINGLE_LINE_PATTERN)
_NOT_A_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?|\{")
_END_OF_PATH = re.compile(r"[?#].*", re.DOTALL)


class _ResolvedLink(NamedTuple):
    """Where a destination leads; without a `link` it names a post or an image, and leads to none of the tree."""

    text: str
    link: PostLink | FileLink | None


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post, ready to be written: the columns of its content, its tags, the images it shows, what was noticed."""

    source: SourcePost
    own: ExportMetadata
    content: dict[str, Any]
    tags: tuple[str, ...]
    images: tuple[StoredImage, ...]
    notes: tuple[str, ...]


class PostPreparer:
    """Prepares the posts of a tree; `slugs` are those at which they will be."""

    def __init__(
        self, tree: SourceTree, slugs: Mapping[str, str], storage: MediaStorage, *, dry_run: bool
    ) -> None:
        self._tree = tree
        self._slugs = slugs
        # A row must never show an image that is not there yet, so images come first. One whose post is
        # refused after all stays behind, unused, under the name that it will have when the post comes in.
        self._take_image = storage.inspect if dry_run else storage.store

    def prepare(self, source: SourcePost) -> PreparedPost:
        """Return what `source` becomes; raise `FileRejected` for what a post here cannot hold."""
        own = read_export_metadata(source.extra)
        title, tags = _title(source), _tags(source)
        _check_sizes(source)
        replacements, images, notes = self._destinations(source)
        body = links.rewrite(source.body, replacements.get) if replacements else source.body
        if len(body) > BODY_MAX:
            raise FileRejected(f"its text has more than {BODY_MAX:,} characters")
        content = content_columns(title, body, None if own.derived_excerpt else _excerpt(source.description))
        return PreparedPost(source, own, content, tags, images, notes)

    def _destinations(
        self, source: SourcePost
    ) -> tuple[dict[str, str], tuple[StoredImage, ...], tuple[str, ...]]:
        """Return what to write for which destinations of the body, the images it shows, and what is to be noticed."""
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
        """Return where a destination leads, if it leads to a file or was meant to."""
        link = self._tree.resolve_link(source, text)
        return _ResolvedLink(text, link) if link or _names_a_file(text) else None

    def _image(self, lead: _ResolvedLink) -> StoredImage:
        if not isinstance(lead.link, FileLink):
            raise FileRejected(f"leads to {lead.text[:200]}, which is not in the folder")
        if not lead.link.raster:
            raise FileRejected(f"links to {lead.link.file}, which is not taken")
        try:
            return self._take_image(read_file(self._tree.root, lead.link.file, MAX_IMAGE_BYTES))
        except (FileRejected, NotAnImage) as refused:
            raise FileRejected(f"shows {lead.link.file}: {refused}") from None


def _names_a_file(text: str) -> bool:
    """Tell whether a destination that leads nowhere was meant for a post or an image of the folder."""
    text = text.strip()
    if _NOT_A_PATH.match(text):
        return False
    return PurePosixPath(_END_OF_PATH.sub("", text)).suffix.lower() in POSTS | RASTER


def _check_sizes(source: SourcePost) -> None:
    if len(source.source_path) > PATH_MAX:
        raise FileRejected(f"its path has more than {PATH_MAX} characters")
    if len(source.body) > BODY_MAX:
        raise FileRejected(f"its text has more than {BODY_MAX:,} characters")


def _title(source: SourcePost) -> str:
    title = _one_line(source.title)
    if len(title) > TITLE_MAX:
        raise FileRejected(f"its title has more than {TITLE_MAX} characters")
    if not _LINE.search(title):
        raise FileRejected("its title shows nothing")
    return title


def _tags(source: SourcePost) -> tuple[str, ...]:
    tags = tuple(tag for tag in map(_one_line, source.tags) if _LINE.search(tag))
    if len(tags) > TAGS_MAX:
        raise FileRejected(f"it has more than {TAGS_MAX} tags")
    if any(len(tag) > TAG_NAME_MAX for tag in tags):
        raise FileRejected(f"one of its tags has more than {TAG_NAME_MAX} characters")
    return tags


def _one_line(text: str) -> str:
    """Return a text as it is if it is one line; what else YAML lets stand in it becomes spaces."""
    return text if _LINE.search(text) else " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def _excerpt(description: str | None) -> str | None:
    if description is None or len(description) <= EXCERPT_MAX:
        return description
    text = " ".join(description.split())
    return text if len(text) <= EXCERPT_MAX else f"{text[: EXCERPT_MAX - 1].rpartition(' ')[0]}…"
