"""Models of webhooks: endpoints, the messages for each of them, and the attempts to deliver those."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Enum, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, IntegerId, Model, utcnow
from service.models.ids import uuid7

URL_MAX = 2_000
DESCRIPTION_MAX = 200
EVENT_NAME_MAX = 80
SUBJECT_MAX = 200
ERROR_CODE_MAX = 40
ERROR_MAX = 500


class DisabledReason(StrEnum):
    """Why an endpoint was switched off, if no administrator did it."""

    FAILING = "failing"
    GONE = "gone"


class DeliveryState(StrEnum):
    """The states of a delivery. A waiting one is sent when it is due; the others are final until it is sent again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


# The condition of the indexes of what is to be sent.
WAITING = text("state = 'waiting'")
UNFINISHED = text("finished_at IS NULL")


class WebhookEndpoint(Model):
    """A URL that is told of events.

    `events` are the names of those that it wants, None for all. `tags` (slugs) and `authors` (ids) are filters, empty
    for none. `secret` is encrypted, and so is `previous_secret`, which signs too until `previous_secret_expires_at`.
    `failing_since` is the time of the first failure after the last success. `version` grows with each change of what is
    shown.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    url: Mapped[str] = mapped_column(String(URL_MAX))
    description: Mapped[str] = mapped_column(String(DESCRIPTION_MAX), default="")
    events: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    authors: Mapped[list[int]] = mapped_column(JSON, default=list)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(
        Enum(
            DisabledReason,
            native_enum=False,
            length=16,
            values_callable=lambda reasons: [reason.value for reason in reasons],
        )
    )
    disabled_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    version: Mapped[int] = mapped_column(default=1)


class WebhookDelivery(Model):
    """A message for an endpoint, written in the transaction of the change that it tells of.

    Ids grow in the order of the changes of one object, for its row is locked until they are committed: the deliveries
    of a `subject` to an endpoint are sent in the order of their ids. `attempts` counts from the last time that it was
    asked for; `last_status` and `last_error` are those of the last attempt that has ended.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_attempt_at",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_webhook_deliveries_subject",
            "endpoint_id",
            "subject",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_webhook_deliveries_log", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )

    id: Mapped[IntegerId]
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey(WebhookEndpoint.id, ondelete="CASCADE"))
    message_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(String(EVENT_NAME_MAX))
    subject: Mapped[str] = mapped_column(String(SUBJECT_MAX))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(
        Enum(
            DeliveryState,
            native_enum=False,
            length=16,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=DeliveryState.WAITING,
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(ERROR_CODE_MAX))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]


class WebhookAttempt(Model):
    """An attempt at a delivery: the request, and the response or why there is none.

    The row is written before the request: of an attempt whose worker was killed it says so.
    """

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        Index(
            "ix_webhook_attempts_unfinished",
            "id",
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
    )

    id: Mapped[IntegerId]
    delivery_id: Mapped[int] = mapped_column(
        BigId, ForeignKey(WebhookDelivery.id, ondelete="CASCADE"), index=True
    )
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    url: Mapped[str] = mapped_column(String(URL_MAX))
    request_headers: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    status: Mapped[int | None]
    response_headers: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    response_body: Mapped[str | None] = mapped_column(Text)
    is_response_cut: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[str | None] = mapped_column(String(ERROR_CODE_MAX))
    error: Mapped[str | None] = mapped_column(String(ERROR_MAX))
