"""Decodes an image once into the largest picture that is rendered: upright, in sRGB, eight bits, with transparency.

At any time there is one decoded original in memory at the most: colours are converted and pixels scaled strip by strip.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageFile

from service.media.renderer.sizes import largest_size

_STRIP_PIXELS = 1_500_000
# Profiles for print have half a megabyte to two; nobody needs more to show a picture.
_PROFILE_MAX_BYTES = 4 * 1024 * 1024
_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
# EXIF 2.32, 4.6.4: what has to be done to see the image upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Convert = Callable[[Image.Image], Image.Image]


def open_image(path: Path, media_type: str, size: tuple[int, int]) -> ImageFile.ImageFile:
    """Open a file of a type without decoding it; raise ValueError if it has another size than its header says."""
    # Text and profiles that unpack to more than a megabyte are ignored, not an error.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image = Image.open(path, formats=[_FORMATS[media_type]])
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if image.size != size:
        image.close()
        raise ValueError(f"{image.size} instead of {size}")
    return image


def decode(image: ImageFile.ImageFile, orientation: int) -> Image.Image:
    """Decode an image and return it upright, in the largest size that is rendered, as RGB or RGBA.

    The decoded original is released.
    """
    stored = image.size
    size = largest_size(*stored, is_turned=orientation >= 5)
    if image.format == "JPEG":
        # libjpeg leaves out what is not needed: a photo of 40 megapixels is decoded at half its size.
        image.draft(None, size)
    image.load()
    scaled = scale(image, size, converter(image))
    image.close()
    return _without_full_alpha(upright(scaled, orientation))


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return an image as its EXIF orientation says that it is to be seen."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def scale(source: Image.Image, size: tuple[int, int], convert: Convert) -> Image.Image:
    """Return `source` in another size, its colours converted. Strips keep both from doubling the memory."""
    (source_width, source_height), (width, height) = source.size, size
    step = source_height / height
    rows = max(1, int(_STRIP_PIXELS / (source_width * step)))
    # Lanczos looks at three pixels on each side, of the size of the result.
    margin = math.ceil(3 * max(1.0, step)) + 1
    result: Image.Image | None = None
    for first in range(0, height, rows):
        last = min(first + rows, height)
        top = max(0, math.floor(first * step) - margin)
        bottom = min(source_height, math.ceil(last * step) + margin)
        strip = convert(source.crop((0, top, source_width, bottom)))
        box = (0, first * step - top, source_width, min(last * step - top, bottom - top))
        part = strip.resize((width, last - first), Image.Resampling.LANCZOS, box=box)
        if result is None:
            result = Image.new(part.mode, size)
        result.paste(part, (0, first))
    assert result is not None  # noqa: S101  # for the type checker: a picture has a row
    return result


def converter(image: Image.Image) -> Convert:
    """Return the function that converts strips of `image` to RGB or RGBA in sRGB."""
    has_alpha = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
    target = "RGBA" if has_alpha else "RGB"
    plain = _plain_converter(image.mode, target)
    transform = _profile_transform(image, target)
    if transform is None:
        return plain

    def convert(strip: Image.Image) -> Image.Image:
        before = strip if strip.mode == transform.input_mode else plain(strip)
        converted = ImageCms.applyTransform(before, transform)
        assert converted is not None  # noqa: S101  # for the type checker: it is not in place
        return converted

    return convert


def _plain_converter(mode: str, target: str) -> Convert:
    if mode.startswith("I"):
        # 16 bits: the upper eight. Pillow would cut off what is above 255.
        def convert(strip: Image.Image) -> Image.Image:
            if "transparency" in strip.info:
                del strip.info["transparency"]
            return strip.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert(target)

        return convert
    return lambda strip: strip if strip.mode == target else strip.convert(target)


def _profile_transform(image: Image.Image, target: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from the colour profile of an image to sRGB; None if there is none that can be used."""
    data = image.info.get("icc_profile")
    if not data or len(data) > _PROFILE_MAX_BYTES:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        space = profile.profile.xcolor_space.strip()
        if space == "CMYK" and image.mode == "CMYK":
            return ImageCms.buildTransform(profile, srgb, "CMYK", "RGB")
        if space == "GRAY" and image.mode == "L" and target == "RGB":
            return ImageCms.buildTransform(profile, srgb, "L", "RGB")
        if space == "RGB" and image.mode in {"RGB", "RGBA", "P", "PA"}:
            return ImageCms.buildTransform(profile, srgb, target, target)
    # Whatever is in a profile: without one the picture is shown as sRGB.
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None


def _without_full_alpha(image: Image.Image) -> Image.Image:
    """Return RGB for a picture whose transparency is used nowhere."""
    if image.mode == "RGBA":
        lowest, _highest = image.getchannel("A").getextrema()
        if lowest == 255:
            return image.convert("RGB")
    return image
