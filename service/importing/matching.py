"""Matches files to existing posts, so that an import is idempotent, and chooses slugs for new posts.

Files are matched by path. A file with a new path can still belong to an existing post: to the one whose id an export
has written into it, or, for a renamed file, to the one whose file is gone and whose URL path it claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from service.core.post_paths import post_path
from service.core.slugs import slugify, unique_slug
from service.importing.export_metadata import read_export_metadata
from service.importing.files import FileRejected
from service.importing.records import SourcePost
from service.models.posts import SLUG_MAX, Post, PostSlug, Redirect


@dataclass(frozen=True, slots=True)
class ExistingPost:
    """An existing post that belongs to a file."""

    id: UUID
    slug: str
    source: str | None
    hash: str | None
    in_trash: bool


class PostMatcher:
    """The existing posts of the files of a tree, as of the start of the import."""

    def __init__(self, heads: Iterable[SourcePost], connection: Connection) -> None:
        self.slugs: dict[str, str] = {}
        self._headers = {head.source_path: head for head in heads}
        self._in_use: dict[str, str] = {}
        for source, head in self._headers.items():
            self._in_use.setdefault(claimed_paths(head)[0], source)
        self._here = _posts_here(connection)
        self._holders = _holders(self._here, connection)
        self._known = self._match()
        self._claims = {
            existing.id: frozenset(self.addresses(self._headers[source]))
            for source, existing in self._known.items()
        }
        self._choose_slugs({existing.slug for existing in self._here.values()} | _former_slugs(connection))

    def known(self, source_path: str) -> ExistingPost | None:
        """Return the existing post of a file; None if there is none."""
        return self._known.get(source_path)

    def addresses(self, head: SourcePost) -> list[str]:
        """Return the paths that lead to a post: those it claims, except those that are another post's current path."""
        first, *former = claimed_paths(head)
        return [
            first,
            *(path for path in former if self._in_use.get(path, head.source_path) == head.source_path),
        ]

    def new_id(self, own_id: UUID | None) -> UUID | None:
        """Return the id from an export if no existing post has it."""
        return None if own_id in self._here else own_id

    def has_released_path(self, post_id: UUID, path: str) -> bool:
        """Tell whether the file of a post is in this tree and no longer claims a path that leads to the post."""
        return post_id in self._claims and path not in self._claims[post_id]

    def _match(self) -> dict[str, ExistingPost]:
        matched = {
            existing.source: existing
            for existing in self._here.values()
            if existing.source and existing.source in self._headers
        }
        taken = {existing.id for existing in matched.values()}
        for source, head in self._headers.items():
            if source not in matched and (continued := self._without_file(head, taken)) is not None:
                matched[source] = continued
                taken.add(continued.id)
        return matched

    def _without_file(self, head: SourcePost, taken: set[UUID]) -> ExistingPost | None:
        """Return the existing post of a file with a new path; posts without a file are not matched by URL path."""
        own = self._here.get(_own_id(head))  # type: ignore[arg-type]  # None is no key
        holders = (self._here[self._holders[path]] for path in claimed_paths(head) if path in self._holders)
        candidates = [
            *([own] if own else []),
            *(existing for existing in holders if existing.source is not None),
        ]
        return next((existing for existing in candidates if existing.id not in taken), None)

    def _choose_slugs(self, taken: set[str]) -> None:
        for source, head in self._headers.items():
            if (existing := self._known.get(source)) is not None:
                self.slugs[source] = existing.slug
                continue
            base = slugify(head.slug, SLUG_MAX) or slugify(head.title, fallback="post")
            self.slugs[source] = unique_slug(base, taken, SLUG_MAX)
            taken.add(self.slugs[source])


def claimed_paths(head: SourcePost) -> tuple[str, ...]:
    """Return the paths of a post on its own site, as browsers request them: the current one, then previous ones."""
    return tuple(dict.fromkeys(path.replace(" ", "%20") for path in (head.canonical_path, *head.aliases)))


def _own_id(head: SourcePost) -> UUID | None:
    try:
        return read_export_metadata(head.extra).id
    except FileRejected:
        return None


def _posts_here(connection: Connection) -> dict[UUID, ExistingPost]:
    rows = connection.execute(
        select(Post.id, Post.slug, Post.source, Post.source_hash, Post.trashed_at.is_not(None))
    )
    return {row[0]: ExistingPost(*row) for row in rows}


def _holders(here: dict[UUID, ExistingPost], connection: Connection) -> dict[str, UUID]:
    """Return the post that each path leads to."""
    redirects = dict(connection.execute(select(Redirect.path, Redirect.post_id)).all())
    former = connection.execute(select(PostSlug.slug, PostSlug.post_id))
    holders = {**redirects, **{post_path(slug): post_id for slug, post_id in former}}
    holders |= {post_path(existing.slug): existing.id for existing in here.values()}
    # Autocommit: posts that were added between the SELECTs are left to the next import.
    return {path: post_id for path, post_id in holders.items() if post_id in here}


def _former_slugs(connection: Connection) -> set[str]:
    return set(connection.scalars(select(PostSlug.slug)))
