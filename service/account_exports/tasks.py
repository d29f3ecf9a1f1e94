"""Background task that writes the archive of an account's data."""

from __future__ import annotations

from uuid import UUID

from service.account_exports import contents
from service.core.jobs.running import current_job
from service.core.jobs.tasks import task

_COUNT = {"type": "integer", "minimum": 0}


@task(
    "account_exports.write",
    payload={"export_id": {"type": "string", "format": "uuid"}},
    result={"posts": _COUNT, "size_bytes": _COUNT},
    time_limit_s=3_600,
    priority=150,
    concurrency=1,
)
def write_account_export(export_id: str) -> None:
    """Write the data of an account to the archive of its export."""
    job = current_job()
    archive = contents.write_account_archive(
        UUID(export_id),
        lambda posts, total: job.report_progress(posts, total, f"{posts:,} of {total:,} posts"),
    )
    job.result.update(
        posts=archive.posts if archive else 0,
        size_bytes=archive.size_bytes if archive else 0,
    )
