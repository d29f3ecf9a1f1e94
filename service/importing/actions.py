"""How does a folder of posts become posts here? Batch by batch, each post whole or not at all.

A file is known by its path, and by its hash when it has not changed: a second run changes nothing, a changed file
updates its post. Nothing is rendered while the database is held.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, insert, select, union_all

from service.core.addresses import post_path, slug_in
from service.core.database import transaction
from service.core.slugs import slugify, unique_slug
from service.core.storage import NotAnImage, Storage
from service.extensions import db
from service.importing import links
from service.importing.authors import Authors
from service.importing.files import Refused, read_file
from service.importing.records import FileLink, PostLink, Refusal, SourcePost
from service.importing.trees import Tree
from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import (
    BODY_MAX,
    EXCERPT_MAX,
    PATH_MAX,
    TAGS_MAX,
    TITLE_MAX,
    Post,
    PostSlug,
    PostStatus,
    Redirect,
)
from service.models.tags import TAG_NAME_MAX
from service.posts.content import new_content, set_content
from service.tags.tagging import claim_tags, give_tags

T = TypeVar("T")

BATCH = 50  # posts in one transaction: long enough to be fast, short enough to let others write
SLUG_LENGTH = 100
# Where an export keeps what front matter has no key for.
OWN_KEYS = "colophon"
OWN_COLUMNS = ("seo_title", "seo_description", "canonical_url")


@dataclass(slots=True)
class Report:
    """What an import did, or with `dry_run` would do: paths of files, and what was refused or noticed, with reasons."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    images: set[str] = field(default_factory=set)
    problems: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    slug: str
    hash: str | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A post, checked and rendered, ready to be written."""

    source: SourcePost
    slug: str
    content: dict[str, Any]
    own: dict[str, Any]


def import_tree(
    tree: Tree,
    storage: Storage,
    *,
    default_author_id: int | None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Import every post of `tree`; `progress` hears how many more files are done.

    Posts without an author get `default_author_id`. With `dry_run` everything is read, checked and rendered, and
    nothing is written.
    """
    run = _Run(tree, storage, default_author_id, dry_run=dry_run)
    for batch in _batches(tree.posts(), BATCH):
        run.take(batch)
        progress(len(batch))
    run.report.problems += tree.problems
    run.report.problems.sort()
    return run.report


class _Run:
    """One import: what was there before it, and what it decided so far."""

    def __init__(self, tree: Tree, storage: Storage, default_author_id: int | None, *, dry_run: bool) -> None:
        self.report = Report()
        self._tree = tree
        self._storage = storage
        self._default_author_id = default_author_id
        self._dry_run = dry_run
        self._authors = Authors()
        self._known = _known_posts()
        self._slugs = _slugs_for(tree, self._known)
        db.session.rollback()

    def take(self, batch: Iterable[SourcePost]) -> None:
        """Prepare the posts of a batch and write them in one transaction."""
        prepared = [ready for source in batch if (ready := self._prepare(source))]
        if self._dry_run or not prepared:
            return
        with transaction():
            for post in prepared:
                self._write(post)

    def _prepare(self, source: SourcePost) -> _Prepared | None:
        known = self._known.get(source.source_path)
        if known is not None and known.hash == source.content_hash:
            self.report.unchanged += 1
            return None
        try:
            _check(source)
            body = links.rewrite(source.body, lambda text: self._destination(source, text))
        except Refused as refused:
            self.report.problems.append(Refusal(source.source_path, str(refused)))
            return None
        (self.report.created if known is None else self.report.updated).append(source.source_path)
        own = source.extra.get(OWN_KEYS)
        content = new_content(source.title, body, _excerpt(source))
        return _Prepared(
            source, self._slugs[source.source_path], content, own if isinstance(own, dict) else {}
        )

    def _destination(self, source: SourcePost, text: str) -> str | None:
        """Return what a link in `source` becomes; None leaves it as it is."""
        match self._tree.resolve_link(source, text):
            case PostLink(source_path=path, suffix=suffix) if path in self._slugs:
                return post_path(self._slugs[path]) + suffix
            case FileLink(file=file, raster=True):
                return self._image(source, file)
            case FileLink(file=file):
                self.report.notes.append(Refusal(source.source_path, f"links to {file}, which is not taken"))
        return None

    def _image(self, source: SourcePost, file: str) -> str | None:
        try:
            data = read_file(self._tree.root, file)
            stored = self._storage.describe(data) if self._dry_run else self._storage.store(data)
        except (Refused, NotAnImage) as refused:
            self.report.notes.append(Refusal(source.source_path, f"shows {file}: {refused}"))
            return None
        self.report.images.add(stored.name)
        return f"/media/{stored.name}"

    def _write(self, ready: _Prepared) -> None:
        source, known = ready.source, self._known.get(ready.source.source_path)
        claimed, author_id = claim_tags(source.tags), self._author(source)
        post = (db.session.get(Post, known.id) if known else None) or _new_post(ready)
        post.author_id = author_id
        post.tag_list = [{"name": tag.name, "slug": tag.slug} for tag in claimed]
        set_content(post, ready.content)
        _set_state(post, ready)
        post.source_hash = source.content_hash
        post.extra = _kept(source)
        db.session.add(post)
        db.session.flush()
        give_tags(post.id, claimed)
        self._redirect(post, source)

    def _author(self, source: SourcePost) -> int | None:
        return self._authors.id_of(source.authors[0]) if source.authors else self._default_author_id

    def _redirect(self, post: Post, source: SourcePost) -> None:
        """Have the post's earlier addresses lead to it; an address that leads to another post stays with that."""
        wanted = dict.fromkeys([source.canonical_path, *source.aliases])
        paths = [path for path in wanted if len(path) <= PATH_MAX and path != post_path(post.slug)]
        slugs = [slug for path in paths if (slug := slug_in(path)) is not None]
        paths = [path for path in paths if slug_in(path) is None]
        db.session.execute(delete(Redirect).where(Redirect.post_id == post.id, Redirect.path.not_in(paths)))
        self._add(Redirect, "path", paths, post, source)
        self._add(PostSlug, "slug", slugs, post, source)

    def _add(self, table: Any, column: str, values: list[str], post: Post, source: SourcePost) -> None:
        found = select(getattr(table, column), table.post_id).where(getattr(table, column).in_(values))
        taken: dict[str, UUID] = dict(db.session.execute(found).tuples().all()) if values else {}
        for value in values:
            if taken.setdefault(value, post.id) != post.id:
                self.report.notes.append(
                    Refusal(source.source_path, f"{value} leads to another post already")
                )
        new = [
            value
            for value in values
            if taken[value] == post.id and (value, post.id) not in self._there(table, post)
        ]
        if new:
            db.session.execute(insert(table), [{column: value, "post_id": post.id} for value in new])

    @staticmethod
    def _there(table: Any, post: Post) -> set[tuple[str, UUID]]:
        key = table.path if table is Redirect else table.slug
        return set(db.session.execute(select(key, table.post_id).where(table.post_id == post.id)).tuples())


def _known_posts() -> dict[str, _Known]:
    rows = db.session.execute(select(Post.source, Post.id, Post.slug, Post.source_hash)).tuples()
    return {
        source: _Known(post_id, slug, digest) for source, post_id, slug, digest in rows if source is not None
    }


def _slugs_for(tree: Tree, known: dict[str, _Known]) -> dict[str, str]:
    """Return the slug of every post of `tree`: the one it has here, or a free one made from its generator's."""
    taken = set(db.session.scalars(union_all(select(Post.slug), select(PostSlug.slug))))
    slugs: dict[str, str] = {}
    for head in tree.heads():
        if head.source_path in known:
            slugs[head.source_path] = known[head.source_path].slug
            continue
        base = slugify(head.slug, SLUG_LENGTH) or slugify(head.title, SLUG_LENGTH, fallback="post")
        slugs[head.source_path] = unique_slug(base, taken, SLUG_LENGTH)
        taken.add(slugs[head.source_path])
    return slugs


def _check(source: SourcePost) -> None:
    """Raise `Refused` for what a post here cannot hold."""
    if len(source.title) > TITLE_MAX:
        raise Refused(f"its title has more than {TITLE_MAX} characters")
    if len(source.source_path) > PATH_MAX:
        raise Refused(f"its path has more than {PATH_MAX} characters")
    if len(source.tags) > TAGS_MAX:
        raise Refused(f"it has more than {TAGS_MAX} tags")
    if len(source.body) > BODY_MAX:
        raise Refused(f"its text has more than {BODY_MAX:,} characters")
    if any(len(tag) > TAG_NAME_MAX for tag in source.tags):
        raise Refused(f"one of its tags has more than {TAG_NAME_MAX} characters")


def _new_post(ready: _Prepared) -> Post:
    created_at = ready.source.published_at or utcnow()
    return Post(id=uuid7(), slug=ready.slug, source=ready.source.source_path, created_at=created_at)


def _excerpt(source: SourcePost) -> str | None:
    text = " ".join((source.description or "").split())
    return text if len(text) <= EXCERPT_MAX else f"{text[: EXCERPT_MAX - 1].rpartition(' ')[0]}…"


def _kept(source: SourcePost) -> dict[str, Any]:
    """Return the keys that no column has, all authors included where there are several."""
    extra = {key: value for key, value in source.extra.items() if key != OWN_KEYS}
    return {**extra, "authors": list(source.authors)} if len(source.authors) > 1 else extra


def _set_state(post: Post, ready: _Prepared) -> None:
    source = ready.source
    for column in OWN_COLUMNS:
        setattr(post, column, ready.own.get(column))
    if source.draft:
        post.status = PostStatus.DRAFT
    elif ready.own.get("status") == PostStatus.ARCHIVED or post.status is PostStatus.ARCHIVED:
        post.status = PostStatus.ARCHIVED
    else:
        post.status = PostStatus.PUBLISHED
    post.published_at = source.published_at
    post.listed_at = source.published_at or post.created_at
    post.updated_at = source.updated_at or source.published_at or utcnow()


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is complete or absent."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.write_bytes(content)
    draft.replace(path)
