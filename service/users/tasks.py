"""Background tasks of users: what happens to the image of an avatar."""

from __future__ import annotations

from uuid import UUID

from service.core.jobs.tasks import task
from service.models.events import MEDIA_ID
from service.users import avatars

# Before the renditions of other images.
PRIORITY = 60


@task("users.refresh_avatars", payload={"media_id": MEDIA_ID}, priority=PRIORITY, kept=False)
def refresh_avatars(media_id: str) -> None:
    """Show an image as it is now wherever it is somebody's avatar."""
    avatars.refresh_avatars(UUID(media_id))
