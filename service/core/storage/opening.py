"""The storage of the current application, by its settings."""

from __future__ import annotations

from typing import cast

from flask import current_app

from service.config import Settings, settings
from service.core.storage.interface import Storage
from service.core.storage.local import LocalStorage

_EXTENSION = "media_storage"


def open_storage() -> Storage:
    """Return the storage of the current application; it is opened when it is first used with these settings."""
    current, (of, storage) = settings(), current_app.extensions.get(_EXTENSION, (None, None))
    if of is not current:
        storage = new_storage(current.media_storage, current)
        current_app.extensions[_EXTENSION] = (current, storage)
    return cast(Storage, storage)


def new_storage(kind: str, settings: Settings) -> Storage:
    """Open the storage of a kind, `local` or `s3`, whatever the application uses."""
    if kind == "local":
        return LocalStorage(settings.media_dir)
    # Late: its library takes 9 MB of each process.
    from service.core.storage.s3 import S3Storage  # noqa: PLC0415

    return S3Storage(settings)
