"""Background tasks of exports: writing an archive, and the deletion of what has expired."""

from __future__ import annotations

from uuid import UUID

from service.core.jobs.running import DELETED, add_deleted, current_job
from service.core.jobs.tasks import task
from service.exports import files

_COUNT = {"type": "integer", "minimum": 0}


# After other work, which somebody may be waiting for; one at a time, because each reads everything.
@task(
    "exports.write",
    payload={"export_id": {"type": "string", "format": "uuid"}},
    result={"posts": _COUNT, "images": _COUNT, "size_bytes": _COUNT},
    time_limit_s=3_600,
    priority=200,
    concurrency=1,
)
def write_export(export_id: str) -> None:
    """Write all posts and images to the archive of an export."""
    job = current_job()
    archive = files.write_export(
        UUID(export_id),
        lambda posts, total: job.report_progress(posts, total, f"{posts:,} of {total:,} posts"),
    )
    job.result.update(
        posts=archive.posts if archive else 0,
        images=archive.images if archive else 0,
        size_bytes=archive.size_bytes if archive else 0,
    )


@task("exports.purge_expired", every_s=3_600, result=DELETED)
def purge_expired() -> bool:
    """Delete exports that have expired, `EXPORT_RETENTION_DAYS` after they were asked for, and their archives."""
    files.keep_state()
    if add_deleted(files.delete_expired()):
        return True
    files.delete_unclaimed()
    return False
