"""Background tasks of media: rendering images, and taking up what was left."""

from __future__ import annotations

from uuid import UUID

from service.core.jobs.running import current_job
from service.core.jobs.tasks import task
from service.media import rendering

_MEDIA_ID = {"media_id": {"type": "string", "format": "uuid"}}
_ENQUEUED = {"enqueued": {"type": "integer", "minimum": 0}}
# A storage that cannot be reached is tried for some hours.
_ATTEMPTS = 12
# More than the process that renders may take, and the time for storing thirty files.
_TIME_LIMIT_S = 600


# After mails and other short work, before imports and exports.
@task(
    "media.render",
    payload=_MEDIA_ID,
    attempts=_ATTEMPTS,
    time_limit_s=_TIME_LIMIT_S,
    priority=120,
    kept=False,
)
def render_media(media_id: str) -> bool:
    """Render an image that was uploaded, or has a new file."""
    return rendering.render_media(UUID(media_id))


# A few small files: somebody looks at them while choosing the focal point.
@task(
    "media.render_crops",
    payload=_MEDIA_ID,
    attempts=_ATTEMPTS,
    time_limit_s=_TIME_LIMIT_S,
    priority=110,
    kept=False,
)
def render_crops(media_id: str) -> bool:
    """Render the crops of an image around a new focal point."""
    return rendering.render_media(UUID(media_id))


# After what somebody waits for, also after imports: the originals are shown meanwhile.
@task(
    "media.render_imported",
    payload=_MEDIA_ID,
    attempts=_ATTEMPTS,
    time_limit_s=_TIME_LIMIT_S,
    priority=210,
    kept=False,
)
def render_imported_media(media_id: str) -> bool:
    """Render an image that came with an import."""
    return rendering.render_media(UUID(media_id))


@task("media.resume_rendering", every_s=3_600, result=_ENQUEUED)
def resume_rendering() -> None:
    """Enqueue images whose rendering was lost with its job, and delete what killed renderings have left."""
    rendering.delete_leftovers()
    current_job().result["enqueued"] = rendering.resume_rendering(render_imported_media)
