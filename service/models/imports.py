"""Models of imports: what was uploaded, how far its import has come, and what became of each file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Enum, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, IntegerId, Model, utcnow
from service.models.ids import uuid7
from service.models.jobs import JobState
from service.models.posts import Post
from service.models.uploads import UploadId
from service.models.users import User

FILE_NAME_MAX = 255
SITE_URL_MAX = 500
SITE_URLS_MAX = 10
SUMMARY_MAX = 500
ITEM_PATH_MAX = 1_000
ITEM_REASON_MAX = 500
ITEM_NOTES_MAX = 100


class ItemOutcome(StrEnum):
    """What became of a file of an import. `skipped` ones are no posts, or their posts are in the trash."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Import(Model):
    """An import of a zip archive by a job.

    `last_path` is the last post of the batches so far: a job that takes over goes on behind it. The counters and the
    items are written in the transaction of the posts that they count. `state` is the last one that is known when the
    job is no longer kept; before that the job tells it. `upload_id` is None when the archive is no longer kept.
    """

    __tablename__ = "imports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True)
    job_id: Mapped[UUID]
    state: Mapped[JobState] = mapped_column(
        Enum(
            JobState,
            native_enum=False,
            length=16,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=JobState.WAITING,
    )
    upload_id: Mapped[str | None] = mapped_column(UploadId)
    file_name: Mapped[str] = mapped_column(String(FILE_NAME_MAX))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True)
    site_urls: Mapped[list[str]] = mapped_column(JSON)
    dry_run: Mapped[bool]
    generator: Mapped[str | None] = mapped_column(String(40))
    summary: Mapped[str | None] = mapped_column(String(SUMMARY_MAX))
    total_posts: Mapped[int | None]
    last_path: Mapped[str | None] = mapped_column(String(ITEM_PATH_MAX))
    created_count: Mapped[int] = mapped_column(default=0)
    updated_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    skipped_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    note_count: Mapped[int] = mapped_column(default=0)
    image_count: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ImportItem(Model):
    """What became of a file: `reason` tells why it was skipped or failed, `notes` what was left out of its post."""

    __tablename__ = "import_items"
    __table_args__ = (Index("ix_import_items_import_id", "import_id", "id"),)

    id: Mapped[IntegerId]
    import_id: Mapped[UUID] = mapped_column(ForeignKey(Import.id, ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(ITEM_PATH_MAX))
    outcome: Mapped[ItemOutcome] = mapped_column(
        Enum(
            ItemOutcome,
            native_enum=False,
            length=16,
            values_callable=lambda outcomes: [outcome.value for outcome in outcomes],
        )
    )
    reason: Mapped[str | None] = mapped_column(String(ITEM_REASON_MAX))
    notes: Mapped[list[str]] = mapped_column(JSON)
    has_notes: Mapped[bool]
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey(Post.id, ondelete="SET NULL"), index=True)
