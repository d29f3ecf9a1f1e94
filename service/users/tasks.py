"""Background tasks of users: what happens to the image of an avatar, and accounts whose grace period is over."""

from __future__ import annotations

from uuid import UUID

from service.core.jobs.running import DELETED, add_deleted
from service.core.jobs.tasks import task
from service.models.events import MEDIA_ID
from service.users import avatars
from service.users.deletion import delete_due_account

# Before the renditions of other images.
PRIORITY = 60


@task("users.refresh_avatars", payload={"media_id": MEDIA_ID}, priority=PRIORITY, kept=False)
def refresh_avatars(media_id: str) -> None:
    """Show an image as it is now wherever it is somebody's avatar."""
    avatars.refresh_avatars(UUID(media_id))


@task("users.delete_due_accounts", every_s=3_600, result=DELETED)
def delete_due_accounts() -> bool:
    """Delete the accounts whose owners have asked for it `ACCOUNT_DELETION_DAYS` ago, each in its own transaction."""
    return add_deleted(delete_due_account())
