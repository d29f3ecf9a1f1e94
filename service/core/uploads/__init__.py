"""Uploads: files that come with a request, are written to disk as they arrive, and belong to a row from then on.

Not in here: what a file contains. Images that are served to readers are in `core.storage`.
"""

from service.core.uploads.files import (
    InsufficientStorage,
    UploadedFile,
    discard_upload,
    file_name,
    keep_upload,
    received_path,
    shown_file_name,
    storage_error,
    temporary_file,
    upload_path,
)

__all__ = [
    "InsufficientStorage",
    "UploadedFile",
    "discard_upload",
    "file_name",
    "keep_upload",
    "received_path",
    "shown_file_name",
    "storage_error",
    "temporary_file",
    "upload_path",
]
