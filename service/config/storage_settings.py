"""Settings of the storage of media: a local folder, or a bucket of an S3-compatible service."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.config.variables import Variable, absolute_url, env_field, one_of, printable_text

STORAGES = ("local", "s3")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", re.ASCII)


def bucket(text: str) -> str:
    """Parse the name of a bucket."""
    if not _BUCKET.fullmatch(text):
        raise ValueError("the name of a bucket: 3 to 63 lower-case letters, digits, hyphens, dots")
    return text


def prefix(text: str) -> str:
    """Parse a prefix of keys; slashes at its ends are removed."""
    trimmed = text.strip("/")
    if len(trimmed) > 200 or not _PREFIX.fullmatch(trimmed):
        raise ValueError("folders such as blog/media, of letters, digits, hyphens, underscores and dots")
    return trimmed


@dataclass(frozen=True, kw_only=True)
class StorageSettings:
    """Where the files of media are."""

    media_storage: str = env_field(
        "local",
        Variable(
            "MEDIA_STORAGE",
            one_of(*STORAGES),
            "Storage of media files: the folder `media` in VAR_DIR, or a bucket of an S3-compatible service. `flask "
            "media move` brings the files from one to the other.",
        ),
    )
    s3_bucket: str = env_field("", Variable("S3_BUCKET", bucket, "Bucket of the media files."))
    s3_endpoint_url: str = env_field(
        "",
        Variable(
            "S3_ENDPOINT_URL",
            absolute_url,
            "URL of the S3-compatible service; the bucket is not part of it.",
            default_text="AWS, in S3_REGION",
        ),
    )
    s3_region: str = env_field(
        "us-east-1", Variable("S3_REGION", printable_text(64), "Region of the bucket.")
    )
    s3_access_key_id: str | None = env_field(
        None,
        Variable(
            "S3_ACCESS_KEY_ID",
            printable_text(255),
            "Access key.",
            default_text="AWS_ACCESS_KEY_ID, or the role of the container or instance",
        ),
    )
    s3_secret_access_key: str | None = env_field(
        None,
        Variable("S3_SECRET_ACCESS_KEY", printable_text(255), "Secret of the access key.", is_secret=True),
    )
    s3_prefix: str = env_field(
        "", Variable("S3_PREFIX", prefix, "Folder in the bucket, for several services in one bucket.")
    )
    s3_reads: str = env_field(
        "proxy",
        Variable(
            "S3_READS",
            one_of("proxy", "redirect"),
            "How images that everybody may see are read: through this service, or by a redirect to a URL of the bucket "
            "that is valid for an hour. All other files are read through this service.",
        ),
    )


def storage_problems(values: dict[str, object]) -> list[str]:
    """Return the error messages for settings of the storage that do not fit together."""
    wrong = []
    if values.get("media_storage") == "s3" and not values.get("s3_bucket"):
        wrong.append("S3_BUCKET is not set. MEDIA_STORAGE=s3 needs the name of a bucket.")
    if bool(values.get("s3_access_key_id")) != bool(values.get("s3_secret_access_key")):
        wrong.append(
            "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together. Set both, or neither to use the credentials of "
            "the environment."
        )
    return wrong
