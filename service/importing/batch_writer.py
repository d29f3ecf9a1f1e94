"""Writes a batch of prepared posts in the caller's transaction, with a few statements per post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from service.core.database import database_time
from service.core.events import emit
from service.core.jobs.queue import enqueue_periodic
from service.extensions import db
from service.importing.authors import Authors
from service.importing.export_metadata import KEY
from service.importing.matching import PostMatcher, claimed_paths
from service.importing.media_rows import MediaRows
from service.importing.preparing import ChosenImage, PreparedPost
from service.importing.records import SourcePost
from service.importing.redirects import add_redirects
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.ids import uuid7
from service.models.imports import ItemOutcome
from service.models.posts import Post, PostStatus
from service.posts.content import apply_columns
from service.posts.images import record_uses, set_images
from service.posts.tasks import publish_scheduled
from service.tags.tagging import LockedTag, get_or_create_tags, normalize_tag_name, set_post_tags

_SCHEDULED_AT = "scheduled_at"  # beside the state, in our table of `extra`
SKIPPED_IN_TRASH = "the post is in the trash and was not updated"


class WrittenPost(NamedTuple):
    """The result of writing a post; `reason` tells why it was skipped."""

    outcome: ItemOutcome
    post_id: UUID | None = None
    reason: str | None = None
    notes: Sequence[str] = ()
    new_images: int = 0


class BatchWriter:
    """Writes one batch in one transaction.

    The lock order is that of all writers: tags, then posts by id, then media by id, then new rows.
    """

    def __init__(
        self,
        matches: PostMatcher,
        batch: Sequence[PreparedPost],
        default_author_id: int | None,
        uploader_id: int | None,
    ) -> None:
        self._matches = matches
        self._batch = batch
        self._default_author_id = default_author_id
        names = dict.fromkeys(name for ready in batch for name in ready.tags)
        self._tags = {casefold(tag.name): tag for tag in get_or_create_tags(names)}
        # Before any post is added: a query would flush incomplete posts.
        authors = Authors()
        self._author_ids = [self._author_id(ready, authors) for ready in batch]
        self._rows = self._held()
        # Before the posts that refer to them.
        self._media = MediaRows(
            chain.from_iterable(ready.media for ready in batch if self._left_alone(ready) is None),
            uploader_id,
        )

    def write(self) -> list[WrittenPost]:
        """Write the batch and return the result for each post."""
        outcomes = [
            self._left_alone(ready) or self._set(ready, author_id)
            for ready, author_id in zip(self._batch, self._author_ids, strict=True)
        ]
        images = set_images(
            [
                self._rows[ready.source.source_path]
                for ready, outcome in zip(self._batch, outcomes, strict=True)
                if not isinstance(outcome, WrittenPost)
            ]
        )
        db.session.flush()
        record_uses(images)
        written = [
            outcome if isinstance(outcome, WrittenPost) else self._connected(ready, outcome)
            for ready, outcome in zip(self._batch, outcomes, strict=True)
        ]
        _tell(written)
        return written

    def _held(self) -> dict[Any, Post]:
        """Lock the existing rows of the batch and return them by source and id; another import may have added some."""
        existing = [self._matches.known(ready.source.source_path) for ready in self._batch]
        sources = [ready.source.source_path for ready in self._batch]
        condition = or_(
            Post.source.in_(sources), Post.id.in_([one.id for one in existing if one is not None])
        )
        rows = db.session.scalars(
            select(Post).where(condition).order_by(Post.id).with_for_update(key_share=True)
        ).all()
        return {key: row for row in rows for key in (row.id, row.source) if key is not None}

    def _row(self, ready: PreparedPost) -> Post | None:
        source = ready.source.source_path
        existing = self._matches.known(source)
        return self._rows.get(source) or (self._rows.get(existing.id) if existing is not None else None)

    def _left_alone(self, ready: PreparedPost) -> WrittenPost | None:
        """Return the result for a post that is not written; None for one that is."""
        source, row = ready.source, self._row(ready)
        if row is not None and row.trashed_at is not None:
            return WrittenPost(ItemOutcome.SKIPPED, row.id, reason=SKIPPED_IN_TRASH)
        if row is not None and (row.source, row.source_hash) == (source.source_path, source.content_hash):
            return WrittenPost(ItemOutcome.UNCHANGED, row.id)
        return None

    def _set(self, ready: PreparedPost, author_id: int | None) -> ItemOutcome:
        source, row = ready.source, self._row(ready)
        post = row or self._new_post(ready)
        post.author_id = author_id
        post.tag_list = [{"name": tag.name, "slug": tag.slug} for tag in self._tags_of(ready)]
        apply_columns(post, ready.content)
        self._choose_images(post, ready)
        _set_state(post, ready, is_new=row is None)
        post.source, post.source_hash = source.source_path, source.content_hash
        self._rows[source.source_path] = post
        db.session.add(post)
        return ItemOutcome.CREATED if row is None else ItemOutcome.UPDATED

    def _connected(self, ready: PreparedPost, outcome: ItemOutcome) -> WrittenPost:
        """Set the tags and redirects of a stored post; paths that are taken are noted."""
        post, source = self._rows[ready.source.source_path], ready.source
        set_post_tags(post.id, self._tags_of(ready))
        own = self._matches.addresses(source)
        elsewhere = [path for path in claimed_paths(source) if path not in own]
        elsewhere += add_redirects(post, own, self._matches.has_released_path)
        notes = [f"{path} already redirects to another post" for path in elsewhere]
        return WrittenPost(outcome, post.id, notes=notes, new_images=self._media.count_new(ready.media))

    def _choose_images(self, post: Post, ready: PreparedPost) -> None:
        """Set the cover and the image for sharing.

        As the status, they change only if the post is new or its file names another one than the last time: an image
        that was chosen here stays when the text is updated. An export tells what there was.
        """
        last = (post.extra or {}).get(KEY, {}) if post.source is not None else {}
        for name, chosen in _named(ready):
            if ready.own.id is None and (chosen.named if chosen else None) == last.get(name):
                continue
            setattr(post, f"{name}_id", self._media.id_of(chosen.file) if chosen and chosen.file else None)
            if name == "cover":
                post.cover_alt_text = chosen.alt_text if chosen and chosen.file else None
                post.cover_caption = chosen.caption if chosen and chosen.file else None

    def _new_post(self, ready: PreparedPost) -> Post:
        source, own = ready.source, ready.own
        return Post(
            id=self._matches.new_id(own.id) or uuid7(),
            slug=self._matches.slugs[source.source_path],
            created_at=own.created_at or min(source.published_at or utcnow(), utcnow()),
        )

    def _author_id(self, ready: PreparedPost, authors: Authors) -> int | None:
        if ready.own.author == "":
            return None
        if ready.source.authors:
            return authors.id_of(ready.source.authors[0], ready.own.author)
        return self._default_author_id

    def _tags_of(self, ready: PreparedPost) -> list[LockedTag]:
        return [
            self._tags[key]
            for key in dict.fromkeys(casefold(normalize_tag_name(name)) for name in ready.tags)
        ]


def _tell(written: Sequence[WrittenPost]) -> None:
    """Tell of the whole batch in one event: a job for each post would outlast the import."""
    created, updated = (
        [post.post_id for post in written if post.outcome is outcome]
        for outcome in (ItemOutcome.CREATED, ItemOutcome.UPDATED)
    )
    if created or updated:
        emit("posts.imported", created=created, updated=updated)


def _set_state(post: Post, ready: PreparedPost, *, is_new: bool) -> None:
    """Set the status, timestamps and metadata of a post from its file.

    The status changes only if the post is new or the status in its file has changed: a post that was published,
    scheduled or unpublished here stays so when its text is updated. A date in the future is a schedule, as it is for
    site generators; the post follows it when it changes in the file.
    """
    source, own = ready.source, ready.own
    state = _state_in_file(ready)
    if state != (None if is_new else _state_last_time(post)) or _is_rescheduled(post, source):
        _change_status(post, state, source.published_at)
    for name, value in own.fields.items():
        setattr(post, name, value)
    if post.status is not PostStatus.SCHEDULED:
        post.published_at = source.published_at or (None if is_new else post.published_at)
        if post.published_at is None and post.status is not PostStatus.DRAFT:
            post.published_at = utcnow()
    post.listed_at = post.scheduled_at or post.published_at or post.created_at
    post.updated_at = source.updated_at or (post.published_at if is_new else None) or utcnow()
    post.extra = _kept(ready, state)


def _is_rescheduled(post: Post, source: SourcePost) -> bool:
    """Tell whether a scheduled post has another date in its file than at the last import, which was in the future."""
    last = (post.extra or {}).get(KEY, {}).get(_SCHEDULED_AT)
    return (
        post.status is PostStatus.SCHEDULED
        and source.published_at is not None
        and last is not None
        and source.published_at != datetime.fromisoformat(last)
    )


def _change_status(post: Post, state: PostStatus, published_at: datetime | None) -> None:
    """Give a post the status in its file; one that is to be published later is scheduled."""
    post.status, post.scheduled_at, post.publication_failure = state, None, None
    if state is PostStatus.PUBLISHED and published_at is not None and published_at > database_time():
        post.status, post.scheduled_at = PostStatus.SCHEDULED, published_at
        enqueue_periodic(publish_scheduled, due_at=published_at)


def _state_in_file(ready: PreparedPost) -> PostStatus:
    if ready.source.draft:
        return PostStatus.DRAFT
    return PostStatus.ARCHIVED if ready.own.archived else PostStatus.PUBLISHED


def _state_last_time(post: Post) -> PostStatus | None:
    """Return the status in the post's file at the last import; None if it was never imported."""
    if post.source is None:
        return None
    return PostStatus((post.extra.get(KEY) or {}).get("state", PostStatus.PUBLISHED))


def _kept(ready: PreparedPost, state: PostStatus) -> dict[str, Any]:
    """Return the `extra` column: keys without a column, further authors, and what the file said last.

    That is the status or the schedule, and the names of the images.
    """
    source = ready.source
    extra = {key: value for key, value in source.extra.items() if key != KEY}
    if len(source.authors) > 1:
        extra["authors"] = list(source.authors)
    said: dict[str, str] = {}
    if state is not PostStatus.PUBLISHED:
        said["state"] = str(state)
    elif source.published_at is not None and source.published_at > utcnow():
        said[_SCHEDULED_AT] = source.published_at.isoformat()
    said |= {name: chosen.named for name, chosen in _named(ready) if chosen is not None}
    return {**extra, KEY: said} if said else extra


def _named(ready: PreparedPost) -> tuple[tuple[str, ChosenImage | None], ...]:
    return ("cover", ready.cover), ("card", ready.card)
