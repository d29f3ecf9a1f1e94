"""The storage in a bucket of an S3-compatible service, by `obstore`: the bindings of Apache's Rust `object_store`.

The alternative was boto3, which everybody knows. A client of it takes 49 MB and half a second in each worker, obstore
9 MB; obstore reads and writes in pieces without the GIL, aborts the upload of a large file that fails, and gives up
after a time.

Keys and secrets come from the settings, else from where obstore finds them: `AWS_*` of the environment, and the role of
an ECS or EKS container or of an EC2 instance. It does not read `~/.aws`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from service.config import Settings
from service.core.storage.interface import (
    PIECE_BYTES,
    Content,
    FileInfo,
    FileReader,
    Storage,
    StorageUnavailable,
    checked_name,
    is_storage_name,
)
from service.core.storage.media_types import type_of_name
from service.core.uploads.files import InsufficientStorage

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig, S3Config

# A connection is there at once or not at all; a pause is as long as a service may take to commit a large file.
CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 10
# No whole file takes longer, however slowly a reader takes it.
REQUEST_TIMEOUT_S = 900
RETRIES = 2
RETRY_TIMEOUT_S = 5

# A smaller file is one request. Of a larger one so many parts are in memory; S3 wants 5 MiB or more of each.
PART_BYTES = 8 * 1024 * 1024
PARTS_AT_A_TIME = 2
LIST_BATCH = 1_000

# A bucket that does not exist answers 404 like a file that does not.
_NO_BUCKET = "NoSuchBucket"
# MinIO's answer of a full disk, by status and by code; others of its kind have a quota.
_FULL = ("507 Insufficient Storage", "XMinioStorageFull", "QuotaExceeded")
_IMMUTABLE = f"public, max-age={365 * 86_400}, immutable"


class S3Storage(Storage):
    """The files of a bucket, or of a prefix in it.

    To be created in the process that uses it: the threads of obstore do not survive a fork.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process_id = os.getpid()
        self._opened = S3Store(
            settings.s3_bucket,
            prefix=settings.s3_prefix or None,
            config=_config(settings),
            client_options=_client_options(settings.s3_endpoint_url),
            retry_config=_retries(),
        )

    @property
    def label(self) -> str:
        """Return the bucket and the prefix."""
        return f"the bucket {'/'.join(filter(None, (self._settings.s3_bucket, self._settings.s3_prefix)))}"

    @property
    def _store(self) -> S3Store:
        if os.getpid() != self._process_id:
            raise RuntimeError("opened before a fork: a request would never end")
        return self._opened

    def put(self, name: str, content: Content, media_type: str) -> None:
        """Write a file; it is there when the last of its bytes has arrived."""
        key = checked_name(name)
        if isinstance(content, Path):
            with content.open("rb") as file:
                self._put(key, file, media_type)
        else:
            self._put(key, content, media_type)

    def _put(self, key: str, content: Any, media_type: str) -> None:
        # The headers are for readers that are sent to the bucket.
        attributes = {"Content-Type": media_type, "Cache-Control": _IMMUTABLE}
        with _translated_errors():
            obstore.put(
                self._store,
                key,
                content,
                attributes=attributes,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_A_TIME,
            )

    def stat(self, name: str) -> FileInfo | None:
        """Return what is known of a file; None if there is none. One request."""
        if not is_storage_name(name):
            return None
        try:
            with _translated_errors():
                return _info(name, obstore.head(self._store, name))
        except FileNotFoundError:
            return None

    def read(self, name: str, start: int = 0, length: int | None = None) -> FileReader | None:
        """Return a reader; None if there is no such file. One request."""
        if not is_storage_name(name):
            return None
        options: Any = None
        if length is not None:
            options = {"range": (start, start + length)}
        elif start:
            options = {"range": {"offset": start}}
        try:
            with _translated_errors():
                found = obstore.get(self._store, name, options=options)
                return FileReader(_info(name, found.meta), _pieces(found), lambda: None)
        except FileNotFoundError:
            return None

    @contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """Yield the path of a temporary copy."""
        reader = self.read(name)
        if reader is None:
            raise FileNotFoundError(2, "no such file in the storage", name)
        with tempfile.NamedTemporaryFile(suffix=f"-{name}") as file:
            with reader:
                file.writelines(reader)
            file.flush()
            yield Path(file.name)

    def delete(self, *names: str) -> None:
        """Delete files; one that does not exist is no error."""
        keys = [*filter(is_storage_name, names)]
        if keys:
            with _translated_errors():
                obstore.delete(self._store, keys)

    def names(self) -> Iterator[FileInfo]:
        """Yield all files; one request for each thousand."""
        with _translated_errors():
            for batch in obstore.list(self._store, chunk_size=LIST_BATCH):
                for found in batch:
                    if is_storage_name(found["path"]):
                        yield _info(found["path"], found)

    def delete_drafts(self, older_than_s: float) -> int:
        """Do nothing: parts of an upload that was killed are no files, and a rule of the bucket deletes them."""
        del older_than_s
        return 0

    def temporary_url(self, name: str, valid_s: int) -> str | None:
        """Return a presigned URL; the service is not asked."""
        with _translated_errors():
            return obstore.sign(self._store, "GET", checked_name(name), timedelta(seconds=valid_s))


def _config(settings: Settings) -> S3Config:
    config: S3Config = {"region": settings.s3_region}
    if settings.s3_endpoint_url:
        config["endpoint"] = settings.s3_endpoint_url
    if settings.s3_access_key_id and settings.s3_secret_access_key:
        config["access_key_id"] = settings.s3_access_key_id
        config["secret_access_key"] = settings.s3_secret_access_key
    return config


def _client_options(endpoint_url: str) -> ClientConfig:
    return {
        "allow_http": endpoint_url.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
        "read_timeout": timedelta(seconds=READ_TIMEOUT_S),
        "timeout": timedelta(seconds=REQUEST_TIMEOUT_S),
    }


def _retries() -> RetryConfig:
    return {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=1),
            "base": 2,
        },
    }


def _info(name: str, found: ObjectMeta) -> FileInfo:
    changed_at = found["last_modified"]
    # Services without entity tags are told apart by time and size.
    tag = (found["e_tag"] or f"{changed_at.timestamp():.0f}-{found['size']}").removeprefix("W/").strip('"')
    return FileInfo(name, found["size"], type_of_name(name), tag, changed_at)


def _pieces(found: obstore.GetResult) -> Iterator[bytes]:
    with _translated_errors():
        for piece in found.stream(min_chunk_size=PIECE_BYTES):
            yield bytes(piece)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise `InsufficientStorage` for a full service and `StorageUnavailable` for whatever else it refuses."""
    try:
        yield
    except FileNotFoundError as error:
        if _NO_BUCKET in str(error):
            raise StorageUnavailable from error
        raise
    except BaseError as error:
        text = str(error)
        raise (InsufficientStorage if any(sign in text for sign in _FULL) else StorageUnavailable) from error
