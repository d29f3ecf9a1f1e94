"""Model of invitations: what an invitation has beyond its single-use link."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Model
from service.models.single_use_links import SingleUseLink
from service.models.users import DISPLAY_NAME_MAX

MESSAGE_MAX = 1_000


class Invitation(Model):
    """The name and message of an invitation, and the job that mails it.

    `mail_number` counts its mails: only the newest may make a link. It is deleted together with its link.
    """

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(ForeignKey(SingleUseLink.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(DISPLAY_NAME_MAX))
    message: Mapped[str | None] = mapped_column(String(MESSAGE_MAX))
    mail_job_id: Mapped[UUID | None]
    mail_number: Mapped[int] = mapped_column(default=1)
