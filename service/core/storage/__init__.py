"""The files of media and their renditions, in a local folder or in a bucket of an S3-compatible service.

    storage = open_storage()
    storage.put("0123456789abcdef0123456789abcdef.png", path, "image/png")

A name is written once and its bytes never change. Not in here: who may read a file, what it contains, and which row
refers to it.
"""

from service.core.storage.content_names import NotAnImage, StoredImage, inspect_image, store_image
from service.core.storage.interface import (
    FileInfo,
    FileReader,
    Storage,
    StorageUnavailable,
    is_storage_name,
)
from service.core.storage.opening import open_storage

__all__ = [
    "FileInfo",
    "FileReader",
    "NotAnImage",
    "Storage",
    "StorageUnavailable",
    "StoredImage",
    "inspect_image",
    "is_storage_name",
    "open_storage",
    "store_image",
]
