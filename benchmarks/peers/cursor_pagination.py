"""The cursor of a list's item, as the service writes it: 8 bytes of microseconds since 1970, 16 of the id."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

_FORM = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_cursor(instant: datetime, post_id: UUID) -> str:
    return urlsafe_b64encode(_FORM.pack((instant - _EPOCH) // _MICROSECOND, post_id.bytes)).decode("ascii")


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    microseconds, post_id = _FORM.unpack(urlsafe_b64decode(cursor))
    return _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=post_id)
