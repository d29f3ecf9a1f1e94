"""The examples of webhooks in the document."""

from __future__ import annotations

WEBHOOK_EXAMPLE = "01a22786-7b40-7d52-8f1a-3c5e9d2b6a44"
MESSAGE_EXAMPLE = "01a22786-3310-7137-8d61-f0667b81d6ea"
DELIVERY_EXAMPLE = 4711
SECRET_EXAMPLE = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1/yx3fiVyp0="  # noqa: S105 - of the document
BODY_EXAMPLE = (
    '{"type":"user.updated","timestamp":"2026-11-29T20:12:00Z","data":{"user":{"id":7,"username":"ada"}}}'
)
PING_EXAMPLE = (
    '{"type":"ping","timestamp":"2026-11-29T20:12:00Z",'
    '"data":{"webhook_id":"01a22786-7b40-7d52-8f1a-3c5e9d2b6a44"}}'
)
URL_EXAMPLE = "https://search.example.net/hooks/colophon"
