"""Column type of references to uploads: files in `UPLOAD_DIR` that came with a request."""

from __future__ import annotations

from sqlalchemy import String, TypeDecorator

UPLOAD_ID_LENGTH = 32


class UploadId(TypeDecorator[str]):
    """A column that refers to an upload, as `keep_upload` names it; null once the file is not needed any more.

    A file that no column of this type refers to is deleted after a while: nothing else has to tell who needs it.
    """

    impl = String(UPLOAD_ID_LENGTH)
    cache_ok = True
