"""Where a photo was taken, by whom and with what does not leave with it; how it looks does not change."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageSequence

from service.core.images import ImageRefused, NotAnImage, read_header, remove_metadata
from tests.image_files import (
    FORMATS,
    GPS_TEXT,
    animation,
    encoded,
    exif,
    picture,
    png_chunk,
    png_with,
    turned,
)

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + GPS_TEXT + b"</x:xmpmeta>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cleaned(data: bytes, tmp_path: Path) -> bytes:
    path = tmp_path / "file"
    path.write_bytes(data)
    remove_metadata(path)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    return path.read_bytes()


def located(kind: str, **options) -> bytes:
    options |= {"exif": exif(6, located=True), "icc_profile": PROFILE}
    if kind == "GIF":
        options = {"comment": GPS_TEXT}
    elif kind == "PNG":
        return png_with(
            png_chunk(b"tEXt", b"Comment\0" + GPS_TEXT),
            png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
            image=encoded(picture(), kind, **options),
        )
    else:
        options["xmp"] = XMP
    return encoded(picture(), kind, **options)


def frames(data: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(data)) as image:
        return [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("kind", FORMATS)
class TestEachFormat:
    def test_position_is_removed(self, kind, tmp_path):
        data = located(kind)
        assert GPS_TEXT in data
        clean = cleaned(data, tmp_path)
        assert GPS_TEXT not in clean
        with Image.open(io.BytesIO(clean)) as image:
            image.load()
            assert not image.getexif().get_ifd(0x8825)
            assert set(image.getexif()) <= {0x0112}
            assert not image.info.get("xmp", b"").strip()

    def test_pixels_are_the_same(self, kind, tmp_path):
        data = located(kind)
        clean = cleaned(data, tmp_path)
        for before, after in zip(frames(data), frames(clean), strict=True):
            assert not ImageChops.difference(before, after).getbbox(alpha_only=False)

    def test_colour_profile_stays(self, kind, tmp_path):
        if kind == "GIF":
            pytest.skip("Pillow writes no profile into a GIF")
        with Image.open(io.BytesIO(cleaned(located(kind), tmp_path))) as image:
            assert image.info["icc_profile"] == PROFILE

    def test_twice_is_once(self, kind, tmp_path):
        once = cleaned(located(kind), tmp_path)
        assert cleaned(once, tmp_path) == once

    def test_what_follows_the_image_is_removed(self, kind, tmp_path):
        tail = b"PK\x03\x04<script>" + GPS_TEXT
        if kind == "AVIF":
            tail = (8 + len(tail)).to_bytes(4) + b"uuid" + tail
        assert GPS_TEXT not in cleaned(encoded(picture(), kind) + tail, tmp_path)

    def test_incomplete_file_is_refused_and_left(self, kind, tmp_path):
        data = encoded(Image.effect_noise((100, 80), 90).convert("RGB"), kind)
        for size in (len(data) // 2, len(data) - 40):
            with pytest.raises(ImageRefused, match="incomplete"):
                cleaned(data[:size], tmp_path)
            assert (tmp_path / "file").read_bytes() == data[:size]
            assert len(list(tmp_path.iterdir())) == 1

    def test_header_is_the_same(self, kind, tmp_path):
        data = located(kind)
        clean = cleaned(data, tmp_path)
        assert read_header(io.BytesIO(clean), max_pixels=10**6) == read_header(
            io.BytesIO(data), max_pixels=10**6
        )


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_stays(kind, orientation, tmp_path):
    clean = cleaned(turned(orientation, kind), tmp_path)
    with Image.open(io.BytesIO(clean)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    assert upright.size == (64, 48)
    for place, colour in (((5, 5), (255, 0, 0)), ((58, 5), (0, 255, 0)), ((58, 43), (0, 0, 255))):
        assert all(abs(a - b) < 40 for a, b in zip(upright.getpixel(place), colour, strict=True)), place


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_animation_stays(kind, tmp_path):
    data = animation(kind, 4)
    clean = cleaned(data, tmp_path)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(clean)) as after:
        assert after.n_frames == before.n_frames == 4
        assert after.info.get("loop") == before.info.get("loop")
    for one, other in zip(frames(data), frames(clean), strict=True):
        assert not ImageChops.difference(one, other).getbbox(alpha_only=False)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_kinds_of_jpeg_stay(mode, progressive, tmp_path):
    data = encoded(picture(mode=mode), "JPEG", progressive=progressive, restart_marker_blocks=2)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(cleaned(data, tmp_path))) as after:
        assert after.mode == mode
        assert before.tobytes() == after.tobytes()


def test_second_image_of_a_photo_is_removed(tmp_path):
    """A multi-picture file (MPO) has whole JPEGs behind the first one, each with its own EXIF."""
    data = encoded(picture(), "JPEG") + encoded(picture(), "JPEG", exif=exif(located=True))
    assert cleaned(data, tmp_path) == encoded(picture(), "JPEG")


def test_other_files_are_left(tmp_path):
    with pytest.raises(NotAnImage):
        cleaned(b"%PDF-1.7", tmp_path)
    assert (tmp_path / "file").read_bytes() == b"%PDF-1.7"
