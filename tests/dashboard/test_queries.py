"""The twelve months of the dashboard, around time zones and year boundaries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.dashboard.queries import month_starts


@pytest.mark.parametrize(
    ("now", "first", "end"),
    [
        ("2026-11-21T12:00", "2025-12", "2026-12"),
        ("2026-12-31T23:59:59.999999", "2026-01", "2027-01"),
        ("2026-01-01T00:00", "2025-02", "2026-02"),
    ],
)
def test_from_the_first_to_the_next(now: str, first: str, end: str) -> None:
    starts = month_starts(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert len(starts) == 13
    assert (f"{starts[0]:%Y-%m}", f"{starts[-1]:%Y-%m}") == (first, end)
    assert all((start.day, start.hour, start.tzinfo) == (1, 0, UTC) for start in starts)
    assert starts == sorted(set(starts))
