"""Which post here is which file's, and at which slug will the others be?

A file is known by its path. One that is new by its path may still be of a post here: of the one whose id an export
wrote into it, or of one whose own file is gone from the folder and whose address it claims, which is how a renamed
file looks.
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
    """What is here already of a file's post."""

    id: UUID
    slug: str
    source: str | None
    hash: str | None
    in_trash: bool


class PostMatcher:
    """The posts of the files of one tree, as they were when the import began."""

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
            known.id: frozenset(self.addresses(self._headers[source]))
            for source, known in self._known.items()
        }
        self._choose_slugs({known.slug for known in self._here.values()} | _former_slugs(connection))

    def known(self, source_path: str) -> ExistingPost | None:
        """Return the post of this file, if there is one."""
        return self._known.get(source_path)

    def addresses(self, head: SourcePost) -> list[str]:
        """Return the addresses that lead to a post: those it claims, but for one at which another post is now."""
        first, *former = claimed_paths(head)
        return [
            first,
            *(path for path in former if self._in_use.get(path, head.source_path) == head.source_path),
        ]

    def new_id(self, own_id: UUID | None) -> UUID | None:
        """Return the id that an export gave a post, if it is free here."""
        return None if own_id in self._here else own_id

    def has_released_path(self, post_id: UUID, path: str) -> bool:
        """Tell whether the file of a post is in this tree and does not claim an address that leads to the post."""
        return post_id in self._claims and path not in self._claims[post_id]

    def _match(self) -> dict[str, ExistingPost]:
        matched = {
            known.source: known
            for known in self._here.values()
            if known.source and known.source in self._headers
        }
        taken = {known.id for known in matched.values()}
        for source, head in self._headers.items():
            if source not in matched and (found := self._without_file(head, taken)) is not None:
                matched[source] = found
                taken.add(found.id)
        return matched

    def _without_file(self, head: SourcePost, taken: set[UUID]) -> ExistingPost | None:
        """Return the post that a new file continues; never by its address one that was written here."""
        own = self._here.get(_own_id(head))  # type: ignore[arg-type]  # None is no key
        held = (self._here[self._holders[path]] for path in claimed_paths(head) if path in self._holders)
        candidates = [*([own] if own else []), *(known for known in held if known.source is not None)]
        return next((known for known in candidates if known.id not in taken), None)

    def _choose_slugs(self, taken: set[str]) -> None:
        for source, head in self._headers.items():
            if (known := self._known.get(source)) is not None:
                self.slugs[source] = known.slug
                continue
            base = slugify(head.slug, SLUG_MAX) or slugify(head.title, fallback="post")
            self.slugs[source] = unique_slug(base, taken, SLUG_MAX)
            taken.add(self.slugs[source])


def claimed_paths(head: SourcePost) -> tuple[str, ...]:
    """Return the addresses that a post has or had on its own site, as browsers ask for them, the present one first."""
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
    """Return which post each address leads to."""
    redirects = dict(connection.execute(select(Redirect.path, Redirect.post_id)).all())
    former = connection.execute(select(PostSlug.slug, PostSlug.post_id))
    held = {**redirects, **{post_path(slug): post_id for slug, post_id in former}}
    held |= {post_path(known.slug): known.id for known in here.values()}
    # Autocommit: a post that came in between the statements is left to the next run.
    return {path: post_id for path, post_id in held.items() if post_id in here}


def _former_slugs(connection: Connection) -> set[str]:
    return set(connection.scalars(select(PostSlug.slug)))
