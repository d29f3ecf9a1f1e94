"""Background tasks of imports: the import itself, batch by batch, the deletion of what is kept no longer, and more.

That is the adoption of the files of imports from before there were media.
"""

from __future__ import annotations

from uuid import UUID

from service.core.jobs.running import DELETED, add_deleted, current_job
from service.core.jobs.tasks import task
from service.importing.adoption import adopt_batch
from service.imports import retention
from service.imports.batches import import_next_batch
from service.models.imports import ItemOutcome

_COUNT = {"type": "integer", "minimum": 0}


# One at a time, because two would wait for each other's tags and posts; after other work, which takes less long.
@task(
    "imports.run",
    payload={"import_id": {"type": "string", "format": "uuid"}},
    result={outcome.value: _COUNT for outcome in ItemOutcome},
    time_limit_s=600,
    priority=200,
    concurrency=1,
)
def run_import(import_id: str) -> bool:
    """Import the next batch of an archive; there is more to do unless it was the last."""
    job = current_job()
    progress = import_next_batch(UUID(import_id))
    if progress is None:
        job.result.update({outcome.value: 0 for outcome in ItemOutcome})
        return False
    job.report_progress(progress.done, progress.total, f"{progress.done:,} of {progress.total:,} posts")
    job.result.update(progress.counts)
    return not progress.is_last


@task("imports.purge_expired", every_s=3_600, result=DELETED)
def purge_expired() -> bool:
    """Delete old imports, `IMPORT_RETENTION_DAYS` after they were created, and before that archives of stopped ones."""
    retention.keep_state()
    retention.discard_archives()
    return add_deleted(retention.delete_expired())


# Periodic, so that nobody has to ask for it after an upgrade: its first run comes with the first worker of this
# version. Later ones find what a worker of the version before has stored meanwhile. Nothing to do costs one SELECT.
@task(
    "imports.adopt_files",
    every_s=86_400,
    result={"adopted": _COUNT, "skipped": _COUNT, "last_name": {"type": "string"}},
    time_limit_s=600,
    priority=205,
)
def adopt_files() -> bool:
    """Make media of the next batch of files that imports stored before there were media."""
    result = current_job().result
    batch = adopt_batch(result.get("last_name", ""))
    result["adopted"] = result.get("adopted", 0) + batch.adopted
    result["skipped"] = result.get("skipped", 0) + batch.skipped
    result["last_name"] = batch.last_name or result.get("last_name", "")
    return batch.last_name is not None
