"""The storage of the current application, by its settings."""

from __future__ import annotations

from flask import current_app

from service.config import settings
from service.core.storage.interface import Storage
from service.core.storage.local import LocalStorage

_EXTENSION = "media_storage"


def open_storage() -> Storage:
    """Return the storage of the current application; it is opened when it is first used."""
    storage = current_app.extensions.get(_EXTENSION)
    if not isinstance(storage, Storage):
        storage = current_app.extensions[_EXTENSION] = LocalStorage(settings().media_dir)
    return storage
