"""The work of an import's job: one batch of posts after the other, each in the transaction of a run of the job.

What a batch has done, its items and how far it has come are committed together, or not at all: a job that takes over
after a worker was killed or after a cancellation goes on behind the last batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from service.config import settings
from service.core.database import database_now, read_connection
from service.core.jobs.tasks import AttemptFailed, PermanentFailure
from service.core.texts import repair_text
from service.core.uploads import discard_upload, upload_path
from service.extensions import db
from service.importing.actions import BATCH, BatchImport, CannotGoOn, FileResult, in_batches, tell_end
from service.importing.archives import Archive
from service.importing.files import UnreadableTree
from service.importing.records import SourcePost
from service.importing.trees import SourceTree, read_tree
from service.models.imports import (
    ITEM_NOTES_MAX,
    ITEM_PATH_MAX,
    ITEM_REASON_MAX,
    SUMMARY_MAX,
    Import,
    ImportItem,
    ItemOutcome,
)
from service.models.jobs import JobState

# Each run reads the front matters of all posts again: with this many runs at most, unless the batches would get too
# large for a transaction.
MAX_RUNS = 40
MAX_BATCH = 500


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far an import has come: the posts so far and all of them, and what became of them."""

    done: int
    total: int
    counts: dict[str, int]
    is_last: bool


def import_next_batch(import_id: UUID) -> BatchProgress | None:
    """Import the next batch of posts, in the session's transaction; None if the import was deleted.

    Raise `PermanentFailure` if there is no archive, or one that cannot be imported, and `AttemptFailed` if the
    database or the storage becomes unavailable.
    """
    # Not in the session, whose transaction would lock SQLite while posts are rendered.
    row = read_connection().execute(select(Import.__table__).where(Import.id == import_id)).one_or_none()
    if row is None:
        return None
    if row.finished_at is not None:
        return BatchProgress(row.total_posts, row.total_posts, _counts(row), is_last=True)
    try:
        with _opened(row) as archive:
            return _import_batch(row, read_tree(archive, site_urls=row.site_urls, zone=settings().site_zone))
    except UnreadableTree as error:
        raise PermanentFailure(str(error)) from error
    except CannotGoOn as stop:
        raise AttemptFailed(f"{stop} The import goes on later.") from stop


def _opened(row: Any) -> Archive:
    try:
        return Archive(upload_path(row.upload_id or ""))
    except (OSError, ValueError) as error:
        raise PermanentFailure("The archive is no longer there. Upload it again.") from error


def _import_batch(row: Any, tree: SourceTree) -> BatchProgress:
    paths = [head.source_path for head in tree.headers()]
    size = min(MAX_BATCH, max(BATCH, -(-len(paths) // MAX_RUNS)))
    after, known_problems = row.last_path or "", len(tree.problems)
    batch = _Batch(row, tree)
    results = list(batch.take(islice(tree.posts(after), size)))
    # Fewer than there should be: those behind the last one could not be read a second time.
    is_last = batch.taken < size or batch.last_path == paths[-1]
    if row.started_at is None:
        results = [*_set_aside(tree, known_problems), *results]
    # Of posts that could not be read a second time.
    results += _failed(tree.problems[known_problems:])
    _add_items(row.id, results)
    _count(row, tree, results, batch.last_path, is_last=is_last)
    counts = Counter(_counts(row)) + Counter(result.outcome.value for result in results)
    done = sum(path <= batch.last_path for path in paths)
    if is_last and not row.dry_run:
        tell_end(counts[ItemOutcome.CREATED], counts[ItemOutcome.UPDATED])
        discard_upload(row.upload_id)
    return BatchProgress(done, len(paths), {name: counts[name] for name in ItemOutcome}, is_last=is_last)


class _Batch:
    """The posts of one run, in the groups that an event tells of; `last_path` is the last of the `taken` ones."""

    def __init__(self, row: Any, tree: SourceTree) -> None:
        self.last_path: str = row.last_path or ""
        self.taken = 0
        self._import = BatchImport(
            tree,
            row.author_id,
            row.owner_id,
            dry_run=row.dry_run,
            unit=db.session.begin_nested,
        )

    def take(self, posts: Iterable[SourcePost]) -> Iterator[FileResult]:
        for group in in_batches(posts, BATCH):
            yield from self._import.take(group)
            self.last_path = group[-1].source_path
            self.taken += len(group)


def _set_aside(tree: SourceTree, problems: int) -> Iterator[FileResult]:
    """Yield the files that are no posts, or cannot be read."""
    yield from _failed(tree.problems[:problems])
    for path, reason in tree.skipped:
        yield FileResult(path, ItemOutcome.SKIPPED, reason)


def _failed(problems: Iterable[tuple[str, str]]) -> list[FileResult]:
    return [FileResult(path, ItemOutcome.FAILED, reason) for path, reason in problems]


def _add_items(import_id: UUID, results: Iterable[FileResult]) -> None:
    rows = [
        {
            "import_id": import_id,
            "path": _shown(result.path, ITEM_PATH_MAX),
            "outcome": result.outcome,
            "reason": result.reason and _shown(result.reason, ITEM_REASON_MAX),
            "notes": [_shown(note, ITEM_REASON_MAX) for note in result.notes[:ITEM_NOTES_MAX]],
            "has_notes": bool(result.notes),
            "post_id": result.post_id,
        }
        for result in results
    ]
    if rows:
        db.session.execute(insert(ImportItem), rows)


def _shown(text: str, length: int) -> str:
    """Return a text of a foreign file as it can be stored and sent."""
    return repair_text(text)[0][:length]


def _count(row: Any, tree: SourceTree, results: list[FileResult], last_path: str, *, is_last: bool) -> None:
    """Write how far the import has come."""
    counts = Counter(result.outcome for result in results)
    values: dict[str, Any] = {
        "last_path": last_path,
        "total_posts": len(tree),
        "generator": tree.generator.value,
        "summary": tree.summary[:SUMMARY_MAX],
        "state": JobState.RUNNING,
        "note_count": row.note_count + sum(len(result.notes[:ITEM_NOTES_MAX]) for result in results),
        "image_count": row.image_count + sum(result.new_images for result in results),
        **{f"{name.value}_count": getattr(row, f"{name.value}_count") + counts[name] for name in ItemOutcome},
    }
    if row.started_at is None:
        values["started_at"] = database_now()
    if is_last:
        values |= {"state": JobState.SUCCEEDED, "finished_at": database_now()}
        # A dry run can be followed by the import itself.
        values["upload_id"] = row.upload_id if row.dry_run else None
    db.session.execute(
        update(Import).where(Import.id == row.id).values(**values),
        execution_options={"synchronize_session": False},
    )


def _counts(row: Any) -> dict[str, int]:
    return {name.value: getattr(row, f"{name.value}_count") for name in ItemOutcome}
