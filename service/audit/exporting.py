"""The export of the audit log: a response that is written while it is read, as CSV or as JSON lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson
from flask import Flask, Response, current_app

from service.audit.queries import Entry, Filters, list_entries
from service.audit.schemas import ExportFormat, entry_output
from service.contract.event_streams import json_encoder
from service.core.database_waits import limit_database_waits
from service.models.base import utcnow

BATCH_SIZE = 1_000
# A worker thread writes it: whoever wants more, asks again.
ENTRIES_MAX = 100_000
MEDIA_TYPES = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.NDJSON: "application/x-ndjson"}
COLUMNS = (
    "recorded_at",
    "action",
    "actor_kind",
    "actor_id",
    "api_key_id",
    "object_type",
    "object_id",
    "request_id",
    "details",
    "position",
    "id",
    "cursor",
)

_encode_json = json_encoder(entry_output)


def export_log(filters: Filters, after: str | None, form: ExportFormat) -> Response:
    """Return a response that streams the entries, newest first; `ENTRIES_MAX` at most."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - used after the request
    name = f"audit-{utcnow():%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    # The first batch belongs to the request: what fails in it is an error response, not a broken download.
    first = list_entries(filters, after, BATCH_SIZE)
    batches = _batches(app, filters, first.items, first.next_cursor)
    body = _as_csv(batches) if form is ExportFormat.CSV else _as_lines(batches)
    return Response(body, headers=headers, content_type=MEDIA_TYPES[form])


def _batches(
    app: Flask, filters: Filters, first: Sequence[Entry], cursor: str | None
) -> Iterator[Sequence[Entry]]:
    """Yield the entries in batches; no connection is kept while the client reads."""
    batch, count = first, len(first)
    yield batch
    while cursor is not None and count < ENTRIES_MAX:
        with app.app_context():
            limit_database_waits()
            page = list_entries(filters, cursor, BATCH_SIZE)
        batch, cursor = page.items, page.next_cursor
        count += len(batch)
        yield batch


def _as_lines(batches: Iterator[Sequence[Entry]]) -> Iterator[bytes]:
    for batch in batches:
        yield b"".join(_encode_json(entry) + b"\n" for entry in batch)


def _as_csv(batches: Iterator[Sequence[Entry]]) -> Iterator[bytes]:
    yield _csv([COLUMNS])
    for batch in batches:
        yield _csv([_row(entry) for entry in batch])


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # ends lines with CR LF (RFC 4180)
    return text.getvalue().encode()


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        _time(entry.recorded_at),
        entry.action,
        entry.actor.kind,
        entry.actor.id,
        entry.actor.api_key_id,
        entry.object.type,
        entry.object.id,
        entry.request_id,
        orjson.dumps(entry.details).decode(),
        entry.position,
        entry.id,
        entry.cursor,
    )


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
