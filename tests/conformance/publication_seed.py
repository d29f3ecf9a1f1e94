"""Imports and exports as the document's examples show them, for its examples and for a contract run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from service.models.base import utcnow
from service.models.exports import Export
from service.models.imports import Import, ImportItem, ItemOutcome
from service.models.jobs import JobState
from service.models.posts import Post, PostStatus
from service.posts.content import apply_columns, content_columns
from tests.conformance.example_calls import ARCHIVE

UPLOAD = "0123456789abcdef" * 2


def example_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the example of a schema."""
    (example,) = document["components"]["schemas"][name]["examples"]
    return dict(example)


def done_import(document: Mapping[str, Any], *, dry_run: bool) -> dict[str, Any]:
    """Return the columns of an import that has ended; a dry run keeps its archive."""
    example, now = example_of(document, "Import"), utcnow()
    counts = example["counts"]
    columns = {
        "state": JobState.SUCCEEDED,
        "dry_run": dry_run,
        "generator": example["generator"],
        "summary": example["summary"],
        "total_posts": counts["posts"],
        "note_count": counts["notes"],
        "image_count": counts["images"],
        **{f"{outcome.value}_count": counts[outcome.value] for outcome in ItemOutcome},
        "started_at": now,
        "finished_at": now,
    }
    return {**columns, "upload_id": UPLOAD if dry_run else None}


def seeded_import(document: Mapping[str, Any], import_id: str, owner_id: int) -> Import:
    """Return the import of the examples: a dry run, which can be resumed."""
    example = example_of(document, "Import")
    return Import(
        id=UUID(import_id),
        owner_id=owner_id,
        author_id=owner_id,
        job_id=uuid4(),
        file_name=example["file_name"],
        size_bytes=example["size_bytes"],
        site_urls=example["site_urls"],
        **done_import(document, dry_run=True),
    )


def imported_post(document: Mapping[str, Any]) -> Post:
    """Return the post of the item in the examples."""
    example, now = example_of(document, "ImportItem"), utcnow()
    post = Post(
        id=UUID(example["post_id"]),
        slug=example["slug"],
        status=PostStatus.PUBLISHED,
        created_at=now,
        updated_at=now,
        published_at=now,
        listed_at=now,
    )
    apply_columns(post, content_columns(example["title"], "Text.", None))
    return post


def import_item(document: Mapping[str, Any], import_id: str) -> ImportItem:
    """Return the item of the examples."""
    example = example_of(document, "ImportItem")
    return ImportItem(
        import_id=UUID(import_id),
        path=example["path"],
        outcome=ItemOutcome(example["outcome"]),
        notes=example["notes"],
        has_notes=True,
        post_id=UUID(example["post_id"]),
    )


def done_export(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an export whose archive is written."""
    example = example_of(document, "Export")
    return {
        "state": JobState.SUCCEEDED,
        "post_count": example["posts"],
        "image_count": example["images"],
        "size_bytes": len(ARCHIVE[1]),
        "sha256": example["sha256"],
        "finished_at": utcnow(),
    }


def seeded_export(document: Mapping[str, Any], export_id: str, owner_id: int) -> Export:
    """Return the export of the examples."""
    return Export(
        id=UUID(export_id),
        owner_id=owner_id,
        job_id=uuid4(),
        expires_at=utcnow().replace(year=utcnow().year + 1, day=1),
        **done_export(document),
    )


def write_archive(var_dir: Path, export_id: str) -> None:
    """Write the archive of an export."""
    path = var_dir / "exports" / f"{export_id}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ARCHIVE[1])


def write_upload(var_dir: Path) -> None:
    """Write the archive of the import of the examples."""
    path = var_dir / "uploads" / UPLOAD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ARCHIVE[1])
