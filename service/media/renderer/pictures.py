"""Renders an image: widths in WebP and AVIF, crops around the focal point, dominant colour and placeholder."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from service.media.renderer.animation import render_animation
from service.media.renderer.decoding import decode, open_image
from service.media.renderer.encoding import (
    AVIF,
    JPEG,
    LOSSLESS_WEBP,
    WEBP,
    RenderedFile,
    Target,
    kept_files,
)
from service.media.renderer.sizes import WIDTH_MAX

WIDTHS = (320, 480, 640, 960, 1280, 1920, WIDTH_MAX)
SQUARES = (64, 128, 256, 512)
# What Open Graph and the other kinds of share cards ask for, and half of it for smaller pictures.
CARDS = ((1200, 630), (600, 315))
PLACEHOLDER_MAX = 1_000
# Below that, in bytes for each pixel, a lossless file is a drawing or a screenshot and no photo.
_DRAWING_DENSITY = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """What to render: the stored size is that before the orientation is applied, the focal point is in percent."""

    path: Path
    folder: Path
    stem: str
    media_type: str
    size: tuple[int, int]
    orientation: int
    frames: int
    focal_point: tuple[int, int]
    crops_only: bool


def render(request: Request) -> dict[str, Any]:
    """Write the files and return what they are. Decoders raise whatever they come upon in a damaged file."""
    target = Target(request.folder, request.stem)
    # Named by nothing, so that it is released with its decoder: encoders need the memory.
    picture = decode(open_image(request.path, request.media_type, request.size), request.orientation)
    files = list(_crops(picture, request.focal_point, target))
    answer = {"dominant_color": dominant_color(picture), "placeholder": placeholder(picture)}
    if not request.crops_only:
        if request.frames > 1:
            source = open_image(request.path, request.media_type, request.size)
            files += render_animation(source, request.orientation, target, request.path.stat().st_size)
        else:
            files += _renditions(picture, request, target)
    return {**answer, "files": [file.as_json() for file in files]}


def rendition_widths(picture_width: int, original_width: int) -> list[int]:
    """Return the widths to render, the widest first.

    The picture's own is one, unless the next narrower one is almost as wide: a picture is never shown blurred. None, if
    the picture had to be made so much smaller than the original that it would be.
    """
    if picture_width < min(original_width, WIDTH_MAX) * 0.75 and picture_width < WIDTHS[3]:
        return []
    widths = [width for width in WIDTHS if width <= picture_width]
    if not widths or widths[-1] * 1.1 < picture_width:
        widths.append(picture_width)
    return widths[::-1]


def _renditions(picture: Image.Image, request: Request, target: Target) -> list[RenderedFile]:
    original_bytes = request.path.stat().st_size
    width, height = request.size
    original_width = height if request.orientation >= 5 else width
    widths = rendition_widths(picture.width, original_width)
    is_drawing = (
        request.media_type in {"image/png", "image/gif"}
        and original_bytes < _DRAWING_DENSITY * width * height
        and picture.width == original_width
    )

    def webp_options(width: int) -> dict[str, Any]:
        return LOSSLESS_WEBP if is_drawing and width == original_width else WEBP

    limits = dict.fromkeys(widths, original_bytes)
    webp = _of_format(picture, widths, target, webp_options, limits)
    limits |= {file.width: file.size_bytes for file in webp}
    return webp + _of_format(picture, widths, target, lambda _width: AVIF, limits)


def _of_format(
    picture: Image.Image,
    widths: list[int],
    target: Target,
    options: Callable[[int], dict[str, Any]],
    limits: dict[int, int],
) -> list[RenderedFile]:
    """Encode a picture in all widths, unless already the widest one is larger than what it would replace."""
    files: list[RenderedFile] = []
    for width in widths:
        files.append(target.write(scaled_to(picture, width), options(width)))
        if files[0].size_bytes >= limits[widths[0]]:
            break
    return kept_files(files, target, limits)


def scaled_to(picture: Image.Image, width: int) -> Image.Image:
    """Return a picture in another width."""
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _crops(picture: Image.Image, focal_point: tuple[int, int], target: Target) -> Iterator[RenderedFile]:
    place = f"-{focal_point[0]}-{focal_point[1]}"
    square = _crop(picture, focal_point, (1, 1))
    for side in SQUARES:
        if side <= square.width or side == SQUARES[0]:
            image = square.resize((side, side), Image.Resampling.LANCZOS)
            yield target.write(image, WEBP, crop="square", label=f"{side}x{side}{place}")
    for size in CARDS:
        card = _crop(picture, focal_point, size)
        if card.width >= size[0]:
            image = card.resize(size, Image.Resampling.LANCZOS)
            label = f"{size[0]}x{size[1]}{place}"
            yield target.write(image, WEBP, crop="card", label=label)
            yield target.write(_on_white(image), JPEG, crop="card", label=label)
            return


def _crop(picture: Image.Image, focal_point: tuple[int, int], proportions: tuple[int, int]) -> Image.Image:
    """Return the largest part of these proportions whose centre is as near to the focal point as it can be."""
    across, down = proportions
    width = min(picture.width, picture.height * across / down)
    height = width * down / across
    left = min(max(0.0, picture.width * focal_point[0] / 100 - width / 2), picture.width - width)
    top = min(max(0.0, picture.height * focal_point[1] / 100 - height / 2), picture.height - height)
    box = (
        round(left),
        round(top),
        max(round(left) + 1, round(left + width)),
        max(round(top) + 1, round(top + height)),
    )
    return picture.crop(box)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def dominant_color(picture: Image.Image) -> str:
    """Return the colour, as `#rrggbb`, of which there is most when a picture is reduced to eight."""
    small = picture.copy()
    small.thumbnail((64, 64))
    reduced = _on_white(small).quantize(8)
    counts = reduced.histogram()
    index = counts.index(max(counts))
    palette = reduced.getpalette() or [0, 0, 0]
    red, green, blue = palette[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def placeholder(picture: Image.Image) -> str | None:
    """Return a blurred picture as `data:` URL of at most `PLACEHOLDER_MAX` characters; None for a transparent one.

    Behind a picture with transparency it would be seen for ever.
    """
    if picture.mode == "RGBA":
        return None
    for side, quality in ((32, 50), (24, 40), (16, 30), (8, 20)):
        small = picture.copy()
        small.thumbnail((side, side))
        file = BytesIO()
        small.save(file, "WEBP", quality=quality, method=6)
        url = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
        if len(url) <= PLACEHOLDER_MAX:
            return url
    return None
