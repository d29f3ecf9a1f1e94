"""The task that deletes files from the storage after the deletion of their rows was committed."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.jobs.tasks import task
from service.core.storage import open_storage


# Repeated as long as the storage cannot be reached; what is left after that is deleted by the sweep.
@task(
    "media.delete_files",
    payload={"names": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 120}}},
    kept=False,
)
def delete_files(names: Sequence[str]) -> None:
    """Delete files that no row names any more; those that are gone are no error."""
    open_storage().delete(*names)
