"""Renders media: its renditions, colour and placeholder go to the storage and to its row, in a job.

What the row says decides on what is to be done, so that a job can be repeated: after a crash in the middle, after a
replacement, with another focal point. Files are stored before the transaction that names them.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Update, delete, insert, select, update

from service.config import settings
from service.core.database import database_now, read_connection
from service.core.events import emit
from service.core.images import ImageError, ImageHeader, read_header, remove_metadata
from service.core.jobs.queue import enqueue
from service.core.jobs.running import current_job
from service.core.jobs.tasks import AttemptFailed, Task
from service.core.storage import StorageUnavailable, open_storage
from service.core.uploads.files import InsufficientStorage
from service.extensions import db
from service.media.render_process import (
    CRASHED,
    Rendered,
    RendererLost,
    RenderingFailed,
    RenderingPostponed,
    render,
)
from service.models.jobs import Job
from service.models.media import MEDIA_FAILURE_MAX, ImageCrop, Media, MediaKind, MediaState, Rendition

# Longer than a job takes: a folder that is older is of one that was killed.
LEFTOVER_S = 3_600
# A crash can be the machine's fault, which ran out of memory.
ATTEMPTS_AFTER_CRASH = 3
RESUME_AFTER_S = 3_600
RESUME_BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is to be rendered of a file: everything, or only its crops around another focal point."""

    media_id: UUID
    name: str
    focal_point: tuple[int, int]
    crops_only: bool

    @property
    def stem(self) -> str:
        """Return the name without its ending, with which the names of renditions begin."""
        return self.name.partition(".")[0]


def render_media(media_id: UUID) -> bool:
    """Do what is missing: render an image that is `processing`, or crops around its present focal point.

    Return whether there is more to do, because the file or its focal point has been changed meanwhile. Raise
    `AttemptFailed` for what another attempt can do better. No transaction is open while it decodes.
    """
    delete_leftovers()
    rendering = _find_rendering(media_id)
    if rendering is None:
        return False
    try:
        with _rendered(rendering) as rendered:
            storage = open_storage()
            for file in rendered.files:
                storage.put(file.name, file.path, file.media_type)
            _record(rendering, rendered)
    except RenderingFailed as failure:
        _record_failure(rendering, str(failure))
    except (RenderingPostponed, OSError) as error:
        raise AttemptFailed(f"The files of the image cannot be written: {error}.") from error
    except (StorageUnavailable, InsufficientStorage) as error:
        raise AttemptFailed("The storage of media cannot be reached, or is full.") from error
    except RendererLost as lost:
        if _attempts() < ATTEMPTS_AFTER_CRASH:
            raise AttemptFailed(f"The process that renders images was lost: {lost}.") from lost
        _record_failure(rendering, CRASHED)
    return _find_rendering(media_id, in_transaction=True) is not None


def resume_rendering(task: Task) -> int:
    """Enqueue the rendering of images that wait for it since an hour and whose job is gone; return how many."""
    waiting = select(Media.id).where(
        Media.state == MediaState.PROCESSING,
        Media.kind == MediaKind.IMAGE,
        Media.updated_at < database_now(-RESUME_AFTER_S),
    )
    found = read_connection().scalars(waiting.order_by(Media.updated_at).limit(RESUME_BATCH_SIZE)).all()
    for media_id in found:
        enqueue(task, unique_key=f"{task.name}:{media_id}", media_id=str(media_id))
    return len(found)


def delete_leftovers(older_than_s: float = LEFTOVER_S) -> int:
    """Delete the folders of renderings that were killed; return how many."""
    folder, deleted = _work_dir(), 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < time.time() - older_than_s:
            shutil.rmtree(path, ignore_errors=True)
            deleted += 1
    return deleted


def _find_rendering(media_id: UUID, *, in_transaction: bool = False) -> Rendering | None:
    """Return what is missing of an image; None if it is all there, has failed, or there is no such image."""
    connection = db.session.connection() if in_transaction else read_connection()
    columns = (Media.name, Media.state, Media.focal_x, Media.focal_y)
    found = connection.execute(select(*columns).where(Media.id == media_id, Media.kind == MediaKind.IMAGE))
    row = found.one_or_none()
    if row is None or row.state == MediaState.FAILED:
        return None
    rendering = Rendering(
        media_id, row.name, (row.focal_x, row.focal_y), crops_only=row.state == MediaState.READY
    )
    if rendering.crops_only:
        crops = select(Rendition.name).where(
            *_is_of(rendering),
            Rendition.crop.is_not(None),
            Rendition.name.contains(f"-{row.focal_x}-{row.focal_y}.", autoescape=True),
        )
        if connection.execute(crops.limit(1)).first() is not None:
            return None
    return rendering


@contextmanager
def _rendered(rendering: Rendering) -> Iterator[Rendered]:
    """Yield what was rendered, in files that are deleted afterwards. Raise `RenderingFailed` or `RendererLost`."""
    _work_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="media-", dir=_work_dir()) as name:
        folder = Path(name)
        path, header = _clean_copy(rendering, folder)
        yield render(
            path,
            folder,
            stem=rendering.stem,
            header=header,
            focal_point=rendering.focal_point,
            crops_only=rendering.crops_only,
        )


def _clean_copy(rendering: Rendering, folder: Path) -> tuple[Path, ImageHeader]:
    """Copy the original and remove its metadata, which files from before have: no decoder sees more than it must."""
    path = folder / "original"
    try:
        with open_storage().local_copy(rendering.name) as original:
            shutil.copyfile(original, path)
    except FileNotFoundError:
        raise RenderingFailed("The file is missing in the storage. Replace it with a new one.") from None
    try:
        remove_metadata(path)
        return path, read_header(path)
    except ImageError as error:
        raise RenderingFailed(str(error)) from None


def _record(rendering: Rendering, rendered: Rendered) -> None:
    """Write what was rendered to the row, unless the media was deleted or its file replaced meanwhile."""
    changed = _change(rendering).values(state=MediaState.READY, failure=None)
    if not rendering.crops_only:
        changed = changed.values(dominant_color=rendered.dominant_color, placeholder=rendered.placeholder)
    # The lock of the row orders two jobs for one image, whose files have the same names.
    if db.session.connection().execute(changed).rowcount != 1:
        return
    stale = delete(Rendition).where(*_is_of(rendering))
    if rendering.crops_only:
        stale = stale.where(Rendition.crop.is_not(None))
    db.session.execute(stale)
    db.session.execute(
        insert(Rendition),
        [
            {
                "name": file.name,
                "media_id": rendering.media_id,
                "width": file.width,
                "height": file.height,
                "media_type": file.media_type,
                "size_bytes": file.size_bytes,
                "crop": None if file.crop is None else ImageCrop(file.crop),
            }
            for file in rendered.files
        ],
    )
    emit("media.ready", media_id=rendering.media_id)


def _record_failure(rendering: Rendering, failure: str) -> None:
    changed = _change(rendering).values(state=MediaState.FAILED, failure=failure[:MEDIA_FAILURE_MAX])
    if db.session.connection().execute(changed).rowcount == 1:
        emit("media.failed", media_id=rendering.media_id, reason=failure)


def _change(rendering: Rendering) -> Update:
    """Return an UPDATE that leaves the version of the row alone: it is no conflict with somebody's edit."""
    return (
        update(Media)
        .where(Media.id == rendering.media_id, Media.name == rendering.name)
        .values(renditions_version=Media.renditions_version + 1)
    )


def _is_of(rendering: Rendering) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for renditions of the present file; those of a replaced one stay until nobody uses them."""
    is_of_file = Rendition.name.startswith(f"{rendering.stem}-", autoescape=True)
    return Rendition.media_id == rendering.media_id, is_of_file


def _attempts() -> int:
    return read_connection().scalar(select(Job.attempts).where(Job.id == current_job().id)) or 0


def _work_dir() -> Path:
    return settings().var_dir / "rendering"
