"""The type of an image is its content's, its size is that displayed, and nothing is decoded for it."""

from __future__ import annotations

import contextlib
import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from service.core.images import ImageError, ImageRefused, NotAnImage, read_header
from service.core.images.headers import FRAMES_MAX
from tests.image_files import (
    FORMATS,
    animation,
    claiming,
    deflated_zeros,
    encoded,
    picture,
    png_chunk,
    png_with,
    turned,
)

MAX_PIXELS = 40_000_000
TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}


def header(data: bytes):
    return read_header(io.BytesIO(data), max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("kind", FORMATS)
class TestEachFormat:
    def test_type_and_size(self, kind):
        found = header(encoded(picture(61, 35), kind))
        assert (found.media_type, found.width, found.height) == (TYPES[kind], 61, 35)
        assert not found.is_animated

    def test_transparent_image(self, kind):
        if kind == "JPEG":
            pytest.skip("JPEG has no transparency")
        found = header(encoded(picture(61, 35, "RGBA"), kind))
        assert (found.width, found.height) == (61, 35)

    def test_name_is_ignored(self, kind, tmp_path: Path):
        (tmp_path / "picture.html").write_bytes(encoded(picture(), kind))
        assert read_header(tmp_path / "picture.html", max_pixels=MAX_PIXELS).media_type == TYPES[kind]

    def test_hundred_megapixels_in_a_few_bytes_are_refused(self, kind):
        data = claiming(kind, 10_000, 10_000)
        assert len(data) < 2_000
        with pytest.raises(ImageRefused, match="10,000 x 10,000 pixels; at most 40 million"):
            header(data)

    def test_limit_is_inclusive(self, kind):
        data = encoded(picture(20, 10), kind)
        assert read_header(io.BytesIO(data), max_pixels=200).width == 20
        with pytest.raises(ImageRefused):
            read_header(io.BytesIO(data), max_pixels=199)

    def test_no_cut_of_it_ends_in_another_error(self, kind):
        data = encoded(picture(), kind)
        for size in range(min(len(data), 700)):
            with contextlib.suppress(ImageError):
                header(data[:size])

    def test_no_damage_ends_in_another_error(self, kind):
        # Seeded, so that what is found can be found again.
        dice = random.Random(kind)
        data = encoded(picture(), kind)
        for _ in range(300):
            bad = bytearray(data)
            for _ in range(dice.randint(1, 6)):
                bad[dice.randrange(min(len(bad), 500))] = dice.randrange(256)
            with contextlib.suppress(ImageError):
                header(bytes(bad))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_that_displayed(kind, orientation):
    data = turned(orientation, kind, (64, 48))
    found = header(data)
    with Image.open(io.BytesIO(data)) as image:
        assert (found.width, found.height) == ImageOps.exif_transpose(image).size == (64, 48)
    assert found.orientation == orientation


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_frames_are_counted(kind):
    found = header(animation(kind, 3))
    assert (found.frames, found.is_animated) == (3, True)
    assert (found.width, found.height) == (32, 24)


def test_animation_of_too_many_frames_is_refused():
    data = animation("GIF", 2, (1, 1))
    second = data.index(b"\x21\xf9", data.index(b"\x2c"))
    many = data[:second] + data[second:-1] * 10_000 + data[-1:]
    with pytest.raises(ImageRefused, match=f"10,001 frames; at most {FRAMES_MAX:,}"):
        header(many)


def test_frame_that_is_larger_than_its_screen_counts():
    data = bytearray(encoded(picture(), "GIF"))
    at = data.index(b"\x2c", 13 + 3 * 2) if data[10] & 0x80 == 0 else data.index(b"\x2c\0\0\0\0\x40\0\x30\0")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(ImageRefused, match="65,535 x 65,535"):
        header(bytes(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "can contain scripts"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<SVG/>", "can contain scripts"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"<!doctype html><script>alert(1)</script>", "is not a PNG"),
        (b"%PDF-1.7\n", "is not a PNG"),
        (b"BM" + bytes(60), "is not a PNG"),
        (b"PK\x03\x04", "is not a PNG"),
        (b" \x89PNG\r\n\x1a\n", "is not a PNG"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "is not a PNG"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "is not a PNG"),
    ],
)
def test_other_files_are_no_images(data, reason):
    with pytest.raises(NotAnImage, match=reason):
        header(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "AVIF"])
def test_image_without_a_size_is_refused(kind):
    data = claiming(kind, 0, 0)
    if kind == "GIF":
        # Of a GIF the frame counts as well.
        at = data.index(b"\x2c\0\0\0\0\x40\0\x30\0")
        data = data[: at + 5] + bytes(4) + data[at + 9 :]
    with pytest.raises(ImageRefused, match="has no size"):
        header(data)


def test_script_with_the_signature_of_a_gif_is_refused():
    with pytest.raises(ImageRefused):
        header(b"GIF89a/*" + b"\0" * 8 + b"*/=alert(1);")


def test_text_of_a_png_is_skipped():
    """A gigabyte, deflated to a megabyte, is not inflated; neither is a colour profile."""
    bomb = deflated_zeros(64)
    data = png_with(png_chunk(b"zTXt", b"Comment\0\0" + bomb), png_chunk(b"iCCP", b"x\0\0" + bomb))
    assert header(data).width == 64


def test_jpeg_of_nothing_but_segments_is_refused():
    with pytest.raises(ImageRefused, match="damaged"):
        header(b"\xff\xd8" + b"\xff\xe5\0\2" * 100_000)


def test_lossless_jpeg_is_refused():
    data = encoded(picture(), "JPEG").replace(b"\xff\xc0", b"\xff\xc3", 1)
    with pytest.raises(ImageRefused, match="browsers do not show"):
        header(data)


def test_progressive_jpeg_tells_what_its_decoder_needs():
    data = encoded(picture(), "JPEG", progressive=True, subsampling="4:2:0")
    assert header(data).decoder_bytes_per_pixel == pytest.approx(3)
    assert header(encoded(picture(), "JPEG")).decoder_bytes_per_pixel == 0


def test_pixels_are_not_read():
    class Counting(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.read_bytes += len(data)
            return data

    for kind in ("PNG", "JPEG", "WEBP", "AVIF"):
        noise = Image.effect_noise((400, 300), 90).convert("RGB")
        file = Counting(encoded(noise, kind, **({} if kind == "PNG" else {"quality": 90})))
        read_header(file, max_pixels=MAX_PIXELS)
        assert file.read_bytes < 4_000 < len(file.getvalue()) / 4, kind


def test_web_workers_do_not_load_pillow(tmp_path: Path):
    """Nor does what they load: the whole application, with the reader of headers."""
    code = (
        "import sys, wsgi, service.core.images\n"
        "loaded = [name for name in sys.modules if name.partition('.')[0] == 'PIL']\n"
        "assert not loaded, loaded\n"
    )
    environment = {**os.environ, "FLASK_ENV": "testing", "VAR_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
