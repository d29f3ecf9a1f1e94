"""The number by which response times are judged."""

from __future__ import annotations

import pytest

from benchmarks.account_timing import area_under_curve


@pytest.mark.parametrize(
    ("longer", "shorter", "expected"),
    [
        ([3, 4], [1, 2], 1.0),
        ([1, 2], [3, 4], 0.0),
        ([1, 2], [1, 2], 0.5),
        ([5, 5, 5], [5], 0.5),
        ([1, 4], [2, 3], 0.5),
        ([2, 4], [1, 3], 0.75),
    ],
)
def test_area_under_curve(longer: list[float], shorter: list[float], expected: float) -> None:
    assert area_under_curve(longer, shorter) == expected
