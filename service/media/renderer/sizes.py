"""The largest picture that is rendered. Without Pillow: who starts the process reckons with it as well."""

from __future__ import annotations

import math

# Both are the most that one encoder takes within the memory of the process: AVIF needs 37 bytes for each pixel.
WIDTH_MAX = 2560
PIXELS_MAX = WIDTH_MAX * WIDTH_MAX
# WebP has 14 bits for a side.
HEIGHT_MAX = 16_383


def largest_size(width: int, height: int, *, is_turned: bool = False) -> tuple[int, int]:
    """Return the size in which an image is rendered at the most, in the same proportions.

    Both sizes are as stored; an image that `is_turned` is shown with its sides exchanged.
    """
    shown_width, shown_height = (height, width) if is_turned else (width, height)
    factor = min(
        1.0,
        WIDTH_MAX / shown_width,
        HEIGHT_MAX / shown_height,
        math.sqrt(PIXELS_MAX / (width * height)),
    )
    return max(1, int(width * factor)), max(1, int(height * factor))
