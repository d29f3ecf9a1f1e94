"""Reads the posts of a folder in two passes: front matters first, then post by post.

After the first pass links can be resolved before the first post is returned. Bodies are not kept: memory grows with the
front matters only. Nothing outside the folder is opened.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import PurePosixPath

from service.core.texts import counted
from service.importing import bodies, links, site_generators
from service.importing.files import FileRejected, FileSource, Folder, as_text, printable
from service.importing.front_matter import BadFrontMatter, FrontMatter, Kind, read
from service.importing.image_keys import NamedImage
from service.importing.link_map import POSTS, RASTER, LinkMap
from service.importing.metadata import BadMetadata, read_metadata
from service.importing.records import FileIssue, FileLink, PostLink, SourceImage, SourcePost
from service.importing.sites import SiteGenerator, read_site

_OTHER_TEXTS = frozenset({".adoc", ".asciidoc", ".ipynb", ".org", ".rst", ".textile"})


@dataclass(frozen=True, slots=True)
class _ScannedFile:
    """A file after the first pass: its front matter, and the position of the body for the second."""

    source_path: str
    content_hash: str
    matter: FrontMatter
    heading: str | None
    body_start: int
    has_text: bool


@dataclass(slots=True)
class SourceTree:
    """A folder of posts after the first pass.

    `problems` are the files that cannot be imported, with reasons; more can be added while `posts` is iterated, if
    files change meanwhile. `skipped` are Markdown files that are not posts for their generator.
    """

    files: FileSource
    generator: SiteGenerator
    summary: str
    problems: list[FileIssue]
    skipped: list[FileIssue]
    _headers: list[tuple[SourcePost, int]]
    _links: LinkMap

    def __len__(self) -> int:
        """Return the number of posts."""
        return len(self._headers)

    def headers(self) -> Iterator[SourcePost]:
        """Return the posts without bodies, sorted by path."""
        return (head for head, _ in self._headers)

    def posts(self, after: str = "") -> Iterator[SourcePost]:
        """Read the posts one by one, sorted by path, from the one behind the path `after`; only one is in memory."""
        first = bisect_right(self._headers, after, key=lambda header: header[0].source_path)
        for head, body_start in islice(self._headers, first, None):
            try:
                text = _same_text(self.files, head)
            except FileRejected as refused:
                self.problems.append(FileIssue(head.source_path, str(refused)))
            else:
                yield self._whole(head, text[body_start:])

    def resolve_link(self, post: SourcePost, destination: str) -> PostLink | FileLink | None:
        """Resolve a `destination` in the body of `post`; `None` if it leads out of the tree.

        Supported are paths relative to the file and to the URL of the post, absolute paths and URLs of the site,
        `@/folder/post.md`, `{% post_url %}`, `{% link %}`, `{{< ref >}}` and previous paths of posts.
        """
        return self._links.resolve(post.source_path, post.canonical_path, destination)

    def resolve_image(self, post: SourcePost, destination: str) -> PostLink | FileLink | None:
        """Resolve the `destination` of an image that the front matter of `post` names; `None` if it is not in the tree.

        Jekyll and Next.js take a path without a leading slash from the root of the site.
        """
        return self.resolve_link(post, destination) or self.resolve_link(post, f"/{destination}")

    def bundled_cover(self, post: SourcePost) -> NamedImage | None:
        """Return the image in the folder of a Hugo page that is its cover by its name; `None` if there is none."""
        name = self._links.bundled_cover(post.source_path) if self.generator is SiteGenerator.HUGO else None
        return None if name is None else NamedImage(name)

    def has_file(self, path: str) -> bool:
        """Tell whether there is a file at this path in the tree."""
        return self._links.has_file(path)

    def _whole(self, head: SourcePost, body: str) -> SourcePost:
        body = bodies.convert_shortcodes(self.generator, head.source_path, body)
        files: dict[str, FileLink] = {}
        for span, link in links.resolved(body, lambda text: self.resolve_link(head, text)):
            if isinstance(link, FileLink):
                files.setdefault(span.text, link)
        return dataclasses.replace(
            head,
            body=body,
            description=head.description or bodies.summary(body),
            images=tuple(SourceImage(link.file, text) for text, link in files.items() if link.raster),
            skipped_assets=tuple(text for text, link in files.items() if not link.raster),
        )


def read_tree(
    source: str | os.PathLike[str] | FileSource, *, site_urls: Sequence[str] = (), zone: tzinfo = UTC
) -> SourceTree:
    """Read the front matters of the posts in a folder, of which the path is given, or in another source (first pass).

    `site_urls` are URLs of the site in addition to those in its settings: links to them are links within the tree.
    `zone` is that of dates without one, where the settings of the site name none.
    Raise `UnreadableTree` if it is not a readable folder or has more than 200,000 files.
    """
    source = Folder(source) if isinstance(source, (str, os.PathLike)) else source
    files, problems = source.walk()
    site, refusals = read_site(source.root_parts, files, lambda name: as_text(source.read_file(name)), zone)
    site = dataclasses.replace(site, urls=(*site.urls, *(url.rstrip("/") for url in site_urls)))
    problems += refusals
    scanned: list[_ScannedFile] = []
    for file in files:
        try:
            if (one := _first_pass(source, file)) is not None:
                scanned.append(one)
        except (FileRejected, BadFrontMatter) as refused:
            problems.append(FileIssue(printable(file), str(refused)))
    generator = site_generators.detect_generator(site, [(one.source_path, one.matter) for one in scanned])
    headers, skipped, more_problems = _understand(
        site_generators.scan_layout(generator, site, [one.source_path for one in scanned]), scanned
    )
    problems += more_problems
    problems.sort()
    summary = _sentence(generator, site.zone, headers, files, scanned)
    return SourceTree(
        source,
        generator,
        summary,
        problems,
        skipped,
        headers,
        LinkMap(site, [head for head, _ in headers], files),
    )


def _same_text(source: FileSource, head: SourcePost) -> str:
    data = source.read_file(head.source_path)
    if hashlib.sha256(data).hexdigest() != head.content_hash:
        raise FileRejected("changed while the folder was read")
    return as_text(data)


def _first_pass(source: FileSource, source_path: str) -> _ScannedFile | None:
    path = PurePosixPath(source_path)
    if path.suffix.lower() not in POSTS:
        _refuse_other_text(path)
        return None
    if printable(source_path) != source_path:
        raise FileRejected("its name is not UTF-8")
    data = source.read_file(source_path)
    text = as_text(data)
    matter = read(text)
    opening = None if "title" in matter.values else bodies.heading(text, matter.body_start)
    title, start = opening or (None, matter.body_start)
    has_text = re.compile(r"\S").search(text, start) is not None
    return _ScannedFile(source_path, hashlib.sha256(data).hexdigest(), matter, title, start, has_text)


def _refuse_other_text(path: PurePosixPath) -> None:
    if path.suffix.lower() in _OTHER_TEXTS or (path.suffix == ".html" and "_posts" in path.parts[:-1]):
        raise FileRejected(f"not Markdown ({path.suffix})")


def _understand(
    layout: site_generators.SiteLayout, scanned: list[_ScannedFile]
) -> tuple[list[tuple[SourcePost, int]], list[FileIssue], list[FileIssue]]:
    headers: list[tuple[SourcePost, int]] = []
    skipped: list[FileIssue] = []
    problems: list[FileIssue] = []
    for one in scanned:
        reason = site_generators.skip_reason(layout, one.source_path, one.matter, has_text=one.has_text)
        try:
            if reason is None:
                headers.append((_head(layout, one), one.body_start))
            else:
                skipped.append(FileIssue(one.source_path, reason))
        except BadMetadata as bad:
            problems.append(FileIssue(one.source_path, str(bad)))
    return headers, skipped, problems


def _head(layout: site_generators.SiteLayout, one: _ScannedFile) -> SourcePost:
    metadata = read_metadata(
        one.matter.values,
        split_on_spaces=layout.generator is SiteGenerator.JEKYLL,
        zone=layout.site.zone,
    )
    if not one.has_text and not metadata.title and not one.heading:
        raise BadMetadata("it has neither a title nor a text")
    location = site_generators.resolve_location(layout.generator, layout.site, one.source_path, metadata)
    parts = {layout.site.root_name, *PurePosixPath(one.source_path).parts}
    draft = metadata.draft or "_drafts" in parts
    # The date in the name of a draft is only planned; a date in the front matter is kept.
    published_at = metadata.published_at or (None if draft else location.dated)
    return SourcePost(
        source_path=one.source_path,
        content_hash=one.content_hash,
        title=metadata.title or one.heading or site_generators.title_from_file_name(location.slug),
        slug=location.slug,
        canonical_path=location.path,
        body="",
        published_at=published_at,
        updated_at=metadata.updated_at,
        draft=draft or published_at is None,
        description=metadata.description,
        authors=metadata.authors,
        tags=metadata.tags,
        aliases=site_generators.aliases(layout.generator, location.path, metadata),
        extra=metadata.extra,
    )


def _sentence(
    generator: SiteGenerator,
    zone: tzinfo,
    headers: list[tuple[SourcePost, int]],
    files: list[str],
    scanned: list[_ScannedFile],
) -> str:
    posts = [head for head, _ in headers]
    kinds = Counter(one.matter.kind for one in scanned)
    written = ", ".join(
        f"{count} with {kind} front matter" for kind, count in kinds.most_common() if kind is not Kind.NONE
    )
    days = sorted(post.published_at.astimezone(zone) for post in posts if post.published_at)
    between = f" from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}" if days else ""
    images = sum(PurePosixPath(file).suffix.lower() in RASTER for file in files)
    return (
        f"{generator}: {counted(len(posts), 'post')}{between}, {sum(post.draft for post in posts)} of them drafts, "
        f"by {counted(len({name for post in posts for name in post.authors}), 'author')}, "
        f"with {counted(len({tag.casefold() for post in posts for tag in post.tags}), 'tag')}, "
        f"{counted(sum(len(post.aliases) for post in posts), 'old address', 'old addresses')} and "
        f"{counted(images, 'raster image')}; {counted(len(scanned), 'Markdown file')}"
        f"{f' ({written})' if written else ''}."
    )
