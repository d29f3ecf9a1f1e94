"""Model of exports: archives of all posts and images, or of one account's data, made by a job and kept for days."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow
from service.models.ids import uuid7
from service.models.jobs import JobState
from service.models.users import User


class Export(Model):
    """An export to a zip archive, whose file has the export's id as its name.

    It has all posts and images, or with an `account_id` what belongs to that account, which has one such export at a
    time; the row is deleted with the account. `owner_id` is who asked for it.
    `sha256` is that of the archive, in hexadecimal digits; it and the numbers are None until the job has finished.
    `state` is the last one that is known when the job is no longer kept; before that the job tells it. The row is
    deleted together with the archive, after `expires_at`.
    """

    __tablename__ = "exports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey(User.id, ondelete="CASCADE"), unique=True, index=True
    )
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
    post_count: Mapped[int | None]
    image_count: Mapped[int | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
