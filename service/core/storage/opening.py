"""The storage of the current application, by its settings."""

from __future__ import annotations

from flask import current_app

from service.config import Settings, settings
from service.core.storage.interface import Storage
from service.core.storage.local import LocalStorage

_EXTENSION = "media_storage"


def open_storage() -> Storage:
    """Return the storage of the current application; it is opened when it is first used."""
    storage = current_app.extensions.get(_EXTENSION)
    if not isinstance(storage, Storage):
        storage = new_storage(settings().media_storage, settings())
        current_app.extensions[_EXTENSION] = storage
    return storage


def new_storage(kind: str, settings: Settings) -> Storage:
    """Open the storage of a kind, `local` or `s3`, whatever the application uses."""
    if kind == "local":
        return LocalStorage(settings.media_dir)
    # Late: its library takes 9 MB of each process.
    from service.core.storage.s3 import S3Storage  # noqa: PLC0415

    return S3Storage(settings)
