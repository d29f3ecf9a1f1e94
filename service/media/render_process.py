"""Starts the process that renders an image, within limits of memory and time, and reads its answer.

It starts with a clean interpreter: what decodes a stranger's file has no database connection, no settings and no secret
in its memory. It ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

import service
from service.core.images import ImageHeader
from service.media.renderer.sizes import PIXELS_MAX, largest_size

WALL_S = 300.0
# The most that is resident at a time, and what of it is neither the decoder's nor the picture's.
MEMORY_BYTES = 300 * 1024 * 1024
_BASE_BYTES = 45 * 1024 * 1024
# What decoders need for each pixel, with the decoded picture, as measured. libwebp and libavif decode all of it into
# buffers of their own, of 16 bits for each channel in some files.
_BYTES_PER_PIXEL = {"image/png": 4, "image/jpeg": 4, "image/gif": 4, "image/webp": 16.5, "image/avif": 16}
_BYTES_PER_PIXEL_ANIMATED = {"image/png": 12, "image/gif": 12, "image/webp": 20.5, "image/avif": 20}
# The largest picture that is rendered, and with it the encoder.
_PICTURE_BYTES = PIXELS_MAX * 4
# Of all frames. Twice as many take longer than a minute.
ANIMATION_PIXELS = 120_000_000

# The status with which it ends if the system is at fault.
_TEMPORARY = 75

CRASHED = "The image could not be rendered; it is shown as it was uploaded."

log = structlog.get_logger(__name__)


class RenderingFailed(Exception):
    """The image cannot be rendered, now or later. The message is a sentence for users."""


class RenderingPostponed(Exception):
    """The system refused something: the disk is full, say. It has nothing to do with the image."""


class RendererLost(Exception):
    """The process has ended without an answer: it was killed, ran into a limit, or a decoder has crashed."""


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file that the process has written."""

    path: Path
    name: str
    width: int
    height: int
    media_type: str
    size_bytes: int
    crop: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was rendered, and the most memory that it took."""

    files: tuple[RenderedFile, ...]
    dominant_color: str
    placeholder: str | None
    peak_bytes: int


def check_memory(header: ImageHeader) -> None:
    """Raise `RenderingFailed` for an image whose decoding would take more than `MEMORY_BYTES`, or too long."""
    pixels = header.width * header.height
    if header.is_animated and pixels * header.frames > ANIMATION_PIXELS:
        raise RenderingFailed(
            f"The animation has {header.frames:,} frames of {header.width:,} x {header.height:,} pixels, too many to "
            "render; it is shown as it was uploaded."
        )
    table = _BYTES_PER_PIXEL_ANIMATED if header.is_animated else _BYTES_PER_PIXEL
    decoded = pixels * table[header.media_type]
    if header.media_type == "image/jpeg":
        # Decoded at half its size, a quarter or an eighth, as long as it is no smaller than what is rendered.
        shrink = header.width / largest_size(header.width, header.height)[0]
        scale = max(one for one in (1, 2, 4, 8) if one <= shrink)
        decoded = decoded / scale**2 + pixels * header.decoder_bytes_per_pixel
    if _BASE_BYTES + decoded + _PICTURE_BYTES > MEMORY_BYTES:
        raise RenderingFailed(
            f"The image has {header.width:,} x {header.height:,} pixels, too many to render in this format; it is "
            "shown as it was uploaded. Upload a smaller one, or a JPEG."
        )


def render(
    path: Path,
    folder: Path,
    *,
    stem: str,
    header: ImageHeader,
    focal_point: tuple[int, int],
    crops_only: bool,
) -> Rendered:
    """Write the renditions of a file into a folder. Raise `RenderingFailed`, `RendererLost` or `RenderingPostponed`."""
    check_memory(header)
    size = (header.width, header.height) if header.orientation < 5 else (header.height, header.width)
    answer = _run(
        {
            "parent": os.getpid(),
            "path": str(path),
            "folder": str(folder),
            "stem": stem,
            "media_type": header.media_type,
            "stored_size": size,
            "orientation": header.orientation,
            "frames": header.frames,
            "focal_point": focal_point,
            "crops_only": crops_only,
        }
    )
    if "failure" in answer:
        log.info("an image cannot be rendered", name=stem, error=answer.get("error"))
        raise RenderingFailed(answer["failure"])
    files = tuple(RenderedFile(folder / file["name"], **file) for file in answer["files"])
    return Rendered(files, answer["dominant_color"], answer["placeholder"], answer["peak_bytes"])


def _run(request: dict[str, Any]) -> dict[str, Any]:
    with subprocess.Popen(
        [sys.executable, "-m", "service.media.renderer"],
        cwd=Path(service.__file__).parent.parent,
        # One arena: each thread of a library would get its own, and keep what it has freed.
        env={"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            output, errors = process.communicate(json.dumps(request).encode(), timeout=WALL_S)
        except subprocess.TimeoutExpired:
            raise RendererLost(f"it took more than {WALL_S:g} s") from None
        finally:
            process.kill()
    if process.returncode == _TEMPORARY:
        raise RenderingPostponed(errors.decode(errors="replace"))
    if process.returncode or not output:
        last = errors.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise RendererLost(f"it ended with status {process.returncode}: {last}")
    answer: dict[str, Any] = json.loads(output)
    return answer
