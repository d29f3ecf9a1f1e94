"""Imports a folder of posts in batches, one transaction each; importing it again changes nothing (idempotent).

Files are identified by their path, and changes are detected by a hash: a changed file updates its post. A folder is a
whole publication: two folders with the same paths are taken for the same one. Posts are rendered before the
transaction begins, so that no locks are held meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from service.contract.problems import ServiceUnavailable
from service.core.database import read_connection, transaction
from service.core.database_errors import problem_from_database_error, violated_constraint
from service.core.events import emit
from service.core.storage import MediaStorage
from service.importing.batch_writer import SKIPPED_IN_TRASH, BatchWriter, ImportOutcome
from service.importing.files import FileRejected
from service.importing.matching import PostMatcher
from service.importing.preparing import PostPreparer, PreparedPost
from service.importing.records import FileIssue, SourcePost
from service.importing.trees import SourceTree

T = TypeVar("T")

BATCH = 50  # posts per transaction: many enough to be fast, few enough to let others write in between


@dataclass(slots=True)
class ImportReport:
    """The result of an import, or of a dry run: paths of files, and problems and notes with their reasons."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    images: set[str] = field(default_factory=set)
    problems: list[FileIssue] = field(default_factory=list)
    notes: list[FileIssue] = field(default_factory=list)


class ImportInterrupted(Exception):
    """The database became unavailable. `report` has what was imported; run the import again to continue."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.report = report


def import_tree(
    tree: SourceTree,
    storage: MediaStorage,
    *,
    default_author_id: int | None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> ImportReport:
    """Import all posts of `tree`; `progress` is called with the number of files of each batch.

    Posts without an author get `default_author_id`. With `dry_run` everything is read, checked and rendered, but
    nothing is written. Raise `ImportInterrupted` if the database becomes unavailable; earlier batches stay.
    """
    run = _ImportRun(tree, storage, default_author_id, dry_run=dry_run)
    for batch in _batches(tree.posts(), BATCH):
        run.take(batch)
        progress(len(batch))
    run.report.problems += tree.problems
    run.report.problems.sort()
    created, updated = len(run.report.created), len(run.report.updated)
    if (created or updated) and not dry_run:
        with transaction():
            emit("import.finished", posts_created=created, posts_updated=updated)
    return run.report


class _ImportRun:
    """State of one import: the existing posts, and the report so far."""

    def __init__(
        self, tree: SourceTree, storage: MediaStorage, default_author_id: int | None, *, dry_run: bool
    ) -> None:
        self.report = ImportReport()
        self._matches = PostMatcher(tree.headers(), read_connection())
        self._preparation = PostPreparer(tree, self._matches.slugs, storage, dry_run=dry_run)
        self._default_author_id = default_author_id
        self._dry_run = dry_run

    def take(self, batch: Iterable[SourcePost]) -> None:
        """Prepare a batch and write it in one transaction; if that fails, each post in its own."""
        prepared = [ready for source in batch if (ready := self._prepared(source)) is not None]
        if self._dry_run:
            self._note(prepared, [self._would_be(ready) for ready in prepared])
            return
        try:
            outcomes = self._written(prepared)
        except Exception:  # noqa: BLE001 - it is raised again below, for the post that causes it
            for ready in prepared:
                self._write_alone(ready)
        else:
            self._note(prepared, outcomes)

    def _prepared(self, source: SourcePost) -> PreparedPost | None:
        existing = self._matches.known(source.source_path)
        if existing is not None and (existing.source, existing.hash) == (
            source.source_path,
            source.content_hash,
        ):
            self.report.unchanged += 1
            return None
        try:
            return self._preparation.prepare(source)
        except FileRejected as refused:
            self._refuse(source, str(refused))
        except Exception as error:  # noqa: BLE001 - one bad post must not stop the others
            self._refuse(source, f"cannot be rendered: {type(error).__name__}: {error}")
        return None

    def _write_alone(self, ready: PreparedPost) -> None:
        try:
            self._note([ready], self._written([ready]))
        except Exception as error:
            if isinstance(error, ServiceUnavailable) or isinstance(
                problem_from_database_error(error, ()), ServiceUnavailable
            ):
                raise ImportInterrupted(self.report) from error
            self._refuse(ready.source, _reason(error))

    def _written(self, prepared: Sequence[PreparedPost]) -> list[ImportOutcome]:
        if not prepared:
            return []
        with transaction():
            return BatchWriter(self._matches, prepared, self._default_author_id).write()

    def _would_be(self, ready: PreparedPost) -> ImportOutcome:
        existing = self._matches.known(ready.source.source_path)
        if existing is not None and existing.in_trash:
            return SKIPPED_IN_TRASH
        return ImportOutcome("created" if existing is None else "updated")

    def _note(self, prepared: Sequence[PreparedPost], outcomes: Iterable[ImportOutcome]) -> None:
        for ready, outcome in zip(prepared, outcomes, strict=True):
            path = ready.source.source_path
            if outcome.kind == "unchanged":
                self.report.unchanged += 1
            elif outcome.kind != "left alone":
                getattr(self.report, outcome.kind).append(path)
                self.report.images.update(image.name for image in ready.images)
                self.report.notes += [FileIssue(path, note) for note in ready.notes]
            self.report.notes += [FileIssue(path, note) for note in outcome.notes]

    def _refuse(self, source: SourcePost, reason: str) -> None:
        self.report.problems.append(FileIssue(source.source_path, reason))


def _reason(error: Exception) -> str:
    """Return the message for a post that could not be written."""
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


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
