"""Prepares imported posts for writing: validates them, rewrites links and image URLs, renders the Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from service.config import settings
from service.core.post_paths import post_path
from service.core.texts import is_visible_line, repair_text, to_line
from service.importing import links
from service.importing.alt_texts import alt_texts_in
from service.importing.export_metadata import ExportMetadata, read_export_metadata
from service.importing.files import FileRejected
from service.importing.image_keys import NamedImage, card_image, cover_image
from service.importing.link_map import POSTS, RASTER
from service.importing.records import FileLink, PostLink, SourcePost
from service.importing.tree_media import TreeFile, TreeMedia
from service.importing.trees import SourceTree
from service.media.images import media_url
from service.models.media import ALT_TEXT_MAX, CAPTION_MAX, CREDIT_MAX
from service.models.posts import BODY_MAX, EXCERPT_MAX, PATH_MAX, TAGS_MAX, TITLE_MAX
from service.models.tags import TAG_NAME_MAX
from service.posts.content import content_columns

_NOT_A_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?|\{")
_ELSEWHERE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|data:")
_END_OF_PATH = re.compile(r"[?#].*", re.DOTALL)


class _ResolvedLink(NamedTuple):
    """A resolved destination; without a `link` it looks like a post or an image that is not in the tree."""

    text: str
    link: PostLink | FileLink | None


@dataclass(frozen=True, slots=True)
class ChosenImage:
    """An image that a front matter names as cover or for sharing, and what is said about it there.

    `named` is its destination as it is written; `file` is None if that is none of the tree, or was refused.
    """

    named: str
    file: TreeFile | None
    alt_text: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class UsedFile:
    """A file that a post refers to; the texts are for its row in the media if it is new."""

    file: TreeFile
    alt_text: str = ""
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """A post that is ready to be written: content columns, tags, files and notes."""

    source: SourcePost
    own: ExportMetadata
    content: dict[str, Any]
    tags: tuple[str, ...]
    cover: ChosenImage | None
    card: ChosenImage | None
    media: tuple[UsedFile, ...]
    notes: tuple[str, ...]


class PostPreparer:
    """Prepares the posts of a tree; `slugs` has their slugs by source path."""

    def __init__(self, tree: SourceTree, slugs: Mapping[str, str], media: TreeMedia) -> None:
        self._tree = tree
        self._slugs = slugs
        self._media = media

    def prepare(self, source: SourcePost) -> PreparedPost:
        """Prepare a post; raise `FileRejected` if it exceeds the limits of a post.

        Its files are stored before the rows that refer to them. If the post is rejected later, they are swept.
        """
        own = read_export_metadata(source.extra)
        title, tags = _title(source), _tags(source)
        _check_sizes(source)
        source, repaired = _repaired(source)
        replacements, files, notes = self._destinations(source)
        body = links.rewrite(source.body, replacements.get) if replacements else source.body
        if len(body) > BODY_MAX:
            raise FileRejected(f"its text has more than {BODY_MAX:,} characters")
        content = content_columns(title, body, None if own.derived_excerpt else _excerpt(source.description))
        in_body = [UsedFile(file) for file in files]
        if own.id is None:
            # What an export does not say about an image, nobody has said.
            alt_texts = alt_texts_in(content["body_html"])
            in_body = [UsedFile(file, _cut(alt_texts.get(file.name), ALT_TEXT_MAX)) for file in files]
        named_cover, named_card = self._named_images(source, own)
        cover = self._chosen(source, named_cover, "cover", notes)
        card = self._chosen(source, named_card, "image for sharing", notes)
        chosen = [
            _used(one, named) for one, named in ((cover, named_cover), (card, named_card)) if one and named
        ]
        media = (*in_body, *(one for one in chosen if one is not None))
        return PreparedPost(source, own, content, tags, cover, card, media, (*repaired, *notes))

    def _destinations(self, source: SourcePost) -> tuple[dict[str, str], list[TreeFile], dict[str, None]]:
        """Return the replacements of destinations, the files, and the notes of a body."""
        replacements: dict[str, str] = {}
        files: dict[str, TreeFile] = {}
        notes: dict[str, None] = {}
        for _, lead in links.resolved(source.body, partial(self._lead, source)):
            try:
                if isinstance(lead.link, PostLink):
                    replacements[lead.text] = post_path(self._slugs[lead.link.source_path]) + lead.link.suffix
                elif lead.text not in replacements:
                    file = self._file(lead)
                    files[file.name] = file
                    replacements[lead.text] = media_url(file.name)
            except FileRejected as refused:
                notes[str(refused)] = None
        return replacements, list(files.values()), notes

    def _lead(self, source: SourcePost, text: str) -> _ResolvedLink | None:
        """Resolve a destination; None if it does not look like a file of the tree."""
        link = self._tree.resolve_link(source, text)
        return _ResolvedLink(text, link) if link or _names_a_file(text) else None

    def _file(self, lead: _ResolvedLink) -> TreeFile:
        if not isinstance(lead.link, FileLink):
            raise FileRejected(f"link to {lead.text[:200]}: not found in the folder")
        if not (lead.link.raster or _is_document(lead.link.file)):
            raise FileRejected(f"link to {lead.link.file}: file type not imported")
        try:
            return self._media.take(lead.link.file)
        except FileRejected as refused:
            kind = "image" if lead.link.raster else "file"
            raise FileRejected(f"{kind} {lead.link.file}: {refused}") from None

    def _named_images(
        self, source: SourcePost, own: ExportMetadata
    ) -> tuple[NamedImage | None, NamedImage | None]:
        """Return the images that the front matter names: those of an export, or those of its generator and theme."""
        if own.id is not None:
            cover = NamedImage(own.cover, own.cover_alt_text, own.cover_caption) if own.cover else None
            return cover, NamedImage(own.card) if own.card else None
        return cover_image(source.extra) or self._tree.bundled_cover(source), card_image(source.extra)

    def _chosen(
        self, source: SourcePost, named: NamedImage | None, purpose: str, notes: dict[str, None]
    ) -> ChosenImage | None:
        if named is None:
            return None
        file = None
        try:
            file = self._media.take(self._image_path(source, named.destination))
        except FileRejected as refused:
            notes[f"{purpose} {named.destination[:200]}: {refused}"] = None
        alt_text, caption = (text and repair_text(text)[0] for text in (named.alt_text, named.caption))
        return ChosenImage(
            named.destination, file, alt_text and alt_text[:ALT_TEXT_MAX], caption and caption[:CAPTION_MAX]
        )

    def _image_path(self, source: SourcePost, destination: str) -> str:
        """Return the path of the image that a front matter names; raise `FileRejected`."""
        link = self._tree.resolve_image(source, destination)
        if isinstance(link, FileLink) and link.raster:
            return link.file
        if isinstance(link, FileLink):
            raise FileRejected("file type not imported")
        if _ELSEWHERE.match(destination):
            raise FileRejected("it is on another site, and was not imported")
        raise FileRejected("not found in the folder")


def _used(chosen: ChosenImage, named: NamedImage) -> UsedFile | None:
    credit = _cut(named.credit, CREDIT_MAX)
    if chosen.file is None:
        return None
    return UsedFile(chosen.file, chosen.alt_text or "", chosen.caption or "", credit)


def _cut(text: str | None, length: int) -> str:
    return repair_text(text or "")[0].strip()[:length]


def _is_document(file: str) -> bool:
    """Tell whether the name of a file is that of a document which can be uploaded."""
    return PurePosixPath(file).suffix.lower().removeprefix(".") in settings().media_document_types


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
