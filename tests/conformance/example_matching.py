"""Compares a response with its documented example: keys, types, and values where they are determined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# What the server chooses by itself, and what it counts: of these an example can show only the kind.
CHOSEN = frozenset(
    {
        "id",
        "post_id",
        "author_id",
        "request_id",
        "recorded_at",
        "job_id",
        "sha256",
        "parent_id",
        "created_at",
        "last_used_at",
        "due_at",
        "started_at",
        "finished_at",
        "updated_at",
        "published_at",
        "first_published_at",
        "edited_at",
        "trashed_at",
        "expires_at",
        "deletion_at",
        "revoked_at",
        "written_at",
        "failing_since",
        "disabled_at",
        "previous_secret_expires_at",
        "message_id",
        "ordering_key",
        "request_body",
        "webhook_id",
        "secret",
        "prefix",
        "key",
        "challenge",
        "otpauth_url",
        "enabled_at",
        "month",
        "etag",
        "cursor",
        "access_token",
        "refresh_token",
        "kid",
        "x",
    }
)
COUNTED = frozenset(
    {
        "count",
        "post_count",
        "comment_count",
        "posts",
        "images",
        "size_bytes",
        "uses_count",
        "comments",
        "draft",
        "scheduled",
        "published",
        "archived",
        "trashed",
    }
)
_RECOVERY_CODE = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){5}")


def shown(media: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """Return the example that a reader finds for a media type: its own, else that of the component it refers to."""
    if "example" in media:
        return media["example"]
    schema = media["schema"]
    reference = (schema["items"] if schema.get("type") == "array" else schema)["$ref"]
    (example,) = document["components"]["schemas"][reference.rpartition("/")[2]]["examples"]
    return [example] if schema.get("type") == "array" else example


def differences(example: Any, answer: Any, place: str = "") -> Iterator[str]:
    """Yield in what `answer` is not like `example`; of a list, some item must be like each item of the example."""
    match example, answer:
        case dict(), dict():
            if example.keys() != answer.keys():
                yield f"{place}: the keys differ in {sorted(example.keys() ^ answer.keys())}"
            for name in example.keys() & answer.keys():
                yield from differences(example[name], answer[name], f"{place}/{name}")
        case list(), list():
            for number, item in enumerate(example):
                found = [list(differences(item, other, f"{place}/{number}")) for other in answer]
                yield from min(found, key=len, default=[f"{place}: nothing is in it"])
        case _ if _kind(example) != _kind(answer):
            yield f"{place}: {answer!r} is of another kind than {example!r}"
        case _ if example != answer and not _is_chosen(place.rpartition("/")[2], example):
            yield f"{place}: {answer!r} is not {example!r}"


def _is_chosen(name: str, example: Any) -> bool:
    """Tell whether the server chooses the value, or counts it; names of files and recovery codes are random."""
    is_recovery_code = _RECOVERY_CODE.fullmatch(str(example)) is not None
    return (
        is_recovery_code or name in CHOSEN | COUNTED or (name == "url" and str(example).startswith("/media/"))
    )


def _kind(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
