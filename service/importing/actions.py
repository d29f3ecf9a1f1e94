"""Imports a tree of posts in batches, one transaction each; importing it again changes nothing (idempotent).

Files are identified by their path, and changes are detected by a hash: a changed file updates its post. A tree is a
whole publication: two trees with the same paths are taken for the same one. Posts are rendered before the
transaction begins, so that no locks are held meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from service.contract.problems import ServiceUnavailable
from service.core.cli_errors import DATABASE_UNAVAILABLE
from service.core.database import read_connection, transaction
from service.core.database_errors import problem_from_database_error, violated_constraint
from service.core.events import emit
from service.core.storage import StorageUnavailable
from service.core.uploads.files import InsufficientStorage
from service.importing.batch_writer import SKIPPED_IN_TRASH, BatchWriter, WrittenPost
from service.importing.files import FileRejected
from service.importing.matching import PostMatcher
from service.importing.media_rows import FileGone
from service.importing.preparing import PostPreparer, PreparedPost
from service.importing.records import FileIssue, SourcePost
from service.importing.tree_media import TreeMedia
from service.importing.trees import SourceTree
from service.models.imports import ItemOutcome

T = TypeVar("T")

DATABASE_GONE = f"{DATABASE_UNAVAILABLE}."
BATCH = 50  # posts per transaction: many enough to be fast, few enough to let others write in between


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file; `reason` of one that was skipped or failed, and what was left out of its post.

    `images` are the digests of its files in the tree; `new_images` of them were added to the media for it.
    """

    path: str
    outcome: ItemOutcome
    reason: str | None = None
    notes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    new_images: int = 0
    post_id: UUID | None = None


@dataclass(slots=True)
class ImportReport:
    """The result of an import, or of a dry run: paths of files, and problems and notes with their reasons."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    images: set[str] = field(default_factory=set)
    new_images: int = 0
    problems: list[FileIssue] = field(default_factory=list)
    notes: list[FileIssue] = field(default_factory=list)

    def add(self, result: FileResult) -> None:
        """Count a file."""
        match result.outcome:
            case ItemOutcome.CREATED:
                self.created.append(result.path)
            case ItemOutcome.UPDATED:
                self.updated.append(result.path)
            case ItemOutcome.UNCHANGED:
                self.unchanged += 1
            case ItemOutcome.SKIPPED:
                self.notes.append(FileIssue(result.path, result.reason or ""))
            case ItemOutcome.FAILED:
                self.problems.append(FileIssue(result.path, result.reason or ""))
        self.images.update(result.images)
        self.new_images += result.new_images
        self.notes += [FileIssue(result.path, note) for note in result.notes]


class CannotGoOn(Exception):
    """The database or the storage became unavailable; the results so far have been returned.

    The message says which.
    """


class ImportInterrupted(Exception):
    """The import stopped for the reason in `reason`. `report` has what was imported; run it again to continue."""

    def __init__(self, report: ImportReport, reason: str) -> None:
        super().__init__(report, reason)
        self.report = report
        self.reason = reason


def import_tree(
    tree: SourceTree,
    *,
    default_author_id: int | None,
    uploader_id: int | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> ImportReport:
    """Import all posts of `tree`; `progress` is called with the number of files of each batch.

    Posts without an author get `default_author_id`, images are uploads of `uploader_id`. With `dry_run` everything is
    read, checked and rendered, but nothing is written. Raise `ImportInterrupted` if the database or the storage of
    images becomes unavailable; earlier batches stay.
    """
    report = ImportReport()
    batches = BatchImport(tree, default_author_id, uploader_id, dry_run=dry_run)
    for batch in in_batches(tree.posts(), BATCH):
        try:
            for result in batches.take(batch):
                report.add(result)
        except CannotGoOn as stop:
            raise ImportInterrupted(report, str(stop)) from stop.__cause__
        progress(len(batch))
    report.problems += tree.problems
    report.problems.sort()
    if not dry_run:
        with transaction():
            tell_end(len(report.created), len(report.updated))
    return report


def tell_end(created: int, updated: int) -> None:
    """Tell that an import has ended which has created or updated posts."""
    if created or updated:
        emit("import.finished", posts_created=created, posts_updated=updated)


class BatchImport:
    """Imports batches of the posts of a tree, which has been matched with the existing posts once.

    What is written is written in `unit`: a transaction, or a savepoint in the transaction of a job.
    """

    def __init__(
        self,
        tree: SourceTree,
        default_author_id: int | None,
        uploader_id: int | None,
        *,
        dry_run: bool,
        unit: Callable[[], AbstractContextManager[Any]] = transaction,
    ) -> None:
        self._matches = PostMatcher(tree.headers(), read_connection())
        self._preparation = PostPreparer(tree, self._matches.slugs, TreeMedia(tree, dry_run=dry_run))
        self._default_author_id = default_author_id
        self._uploader_id = uploader_id
        self._counted: set[str] = set()
        self._dry_run = dry_run
        self._unit = unit

    def take(self, batch: Iterable[SourcePost]) -> Iterator[FileResult]:
        """Prepare a batch and write it in one unit; if that fails, each post in its own. Raise `CannotGoOn`."""
        prepared: list[PreparedPost] = []
        for source in batch:
            outcome = self._prepared(source)
            if isinstance(outcome, PreparedPost):
                prepared.append(outcome)
            else:
                yield outcome
        if self._dry_run:
            yield from (_result(ready, self._would_be(ready)) for ready in prepared)
            return
        try:
            written = self._written(prepared)
        except Exception:  # noqa: BLE001 - it is raised again below, for the post that causes it
            yield from map(self._written_alone, prepared)
        else:
            yield from map(_result, prepared, written)

    def _prepared(self, source: SourcePost) -> PreparedPost | FileResult:
        existing = self._matches.known(source.source_path)
        if existing is not None and (existing.source, existing.hash) == (
            source.source_path,
            source.content_hash,
        ):
            return FileResult(source.source_path, ItemOutcome.UNCHANGED, post_id=existing.id)
        try:
            return self._preparation.prepare(source)
        except FileRejected as refused:
            return _failed(source, str(refused))
        except (InsufficientStorage, StorageUnavailable) as error:
            raise CannotGoOn(str(error)) from error
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the others
            return _failed(source, f"cannot be rendered: {type(error).__name__}: {error}")

    def _written_alone(self, ready: PreparedPost) -> FileResult:
        try:
            return _result(ready, *self._written([ready]))
        except Exception as error:
            if isinstance(error, ServiceUnavailable) or isinstance(
                problem_from_database_error(error, ()), ServiceUnavailable
            ):
                raise CannotGoOn(DATABASE_GONE) from error
            return _failed(ready.source, _reason(error))

    def _written(self, prepared: Sequence[PreparedPost]) -> list[WrittenPost]:
        if not prepared:
            return []
        with self._unit():
            return BatchWriter(self._matches, prepared, self._default_author_id, self._uploader_id).write()

    def _would_be(self, ready: PreparedPost) -> WrittenPost:
        existing = self._matches.known(ready.source.source_path)
        if existing is not None and existing.in_trash:
            return WrittenPost(ItemOutcome.SKIPPED, existing.id, reason=SKIPPED_IN_TRASH)
        new = {used.file.digest for used in ready.media if used.file.is_new} - self._counted
        self._counted |= new
        if existing is None:
            return WrittenPost(ItemOutcome.CREATED, new_images=len(new))
        return WrittenPost(ItemOutcome.UPDATED, existing.id, new_images=len(new))


def _result(ready: PreparedPost, written: WrittenPost) -> FileResult:
    is_stored = written.outcome in {ItemOutcome.CREATED, ItemOutcome.UPDATED}
    return FileResult(
        ready.source.source_path,
        written.outcome,
        written.reason,
        (*(ready.notes if is_stored else ()), *written.notes),
        tuple({used.file.digest for used in ready.media}) if is_stored else (),
        written.new_images,
        written.post_id,
    )


def _failed(source: SourcePost, reason: str) -> FileResult:
    return FileResult(source.source_path, ItemOutcome.FAILED, reason)


def _reason(error: Exception) -> str:
    """Return the message for a post that could not be written."""
    if isinstance(error, FileGone):
        return "an image of it was deleted during the import; run it again"
    if isinstance(error, StaleDataError):
        return "the post was changed during the import; run it again"
    if isinstance(error, IntegrityError) and (name := violated_constraint(error) or "").startswith(
        ("uq_", "pk_")
    ):
        return f"another transaction wrote the same row ({name}); run the import again"
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return (
        f"cannot be stored: {type(cause).__name__}: {str(cause).splitlines()[0][:200] if str(cause) else ''}"
    )


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items; the last one can have fewer."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
