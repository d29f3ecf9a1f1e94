"""Hostile and unusual files in the process that decodes them: what comes out, how much memory it takes, how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from service.core.images import ImageHeader, ImageRefused, read_header, remove_metadata
from service.media import render_process
from service.media.render_process import (
    MEMORY_BYTES,
    Rendered,
    RendererLost,
    RenderingFailed,
    RenderingPostponed,
    check_memory,
)
from service.media.renderer import decoding, pictures
from service.media.renderer.decoding import decode, open_image, scale
from service.media.renderer.encoding import WEBP, Target
from service.media.renderer.sizes import PIXELS_MAX, largest_size
from tests.image_files import (
    FORMATS,
    deflated_zeros,
    encoded,
    picture,
    png_chunk,
    png_with,
    turned,
)
from tests.waiting import wait_until

MAX_PIXELS = 40_000_000
STEM = "0" * 32


def rendered(data: bytes, folder: Path, **options) -> Rendered:
    """Render a file as the job does."""
    path = folder / "original"
    path.write_bytes(data)
    remove_metadata(path)
    header = read_header(path, max_pixels=MAX_PIXELS)
    options = {"focal_point": (50, 50), "crops_only": False, **options}
    return render_process.render(path, folder, stem=STEM, header=header, **options)


def decoded(data: bytes, folder: Path) -> Image.Image:
    """Decode a file in this process."""
    path = folder / "file"
    path.write_bytes(data)
    header = read_header(path, max_pixels=MAX_PIXELS)
    size = (header.width, header.height) if header.orientation < 5 else (header.height, header.width)
    return decode(open_image(path, header.media_type, size), header.orientation)


def is_like(image: Image.Image, other: Image.Image, error: float = 12) -> bool:
    """Tell whether two pictures are the same but for what encoders change."""
    difference = ImageChops.difference(image.convert("RGB"), other.convert("RGB"))
    return image.size == other.size and max(ImageStat.Stat(difference).mean) < error


def solid_png(width: int, height: int, colour_type: int = 2) -> bytes:
    """Return a whole PNG of one colour, a thousandth of its pixels."""
    channels = {0: 1, 2: 3, 6: 4}[colour_type]
    row = b"\0" + b"\x40" * channels * width
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


class TestDecoding:
    @pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_orientation_is_applied(self, kind, orientation, tmp_path):
        assert is_like(decoded(turned(orientation, kind), tmp_path), picture())

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
    def test_transparency_is_kept(self, kind, tmp_path):
        image = picture(mode="RGBA")
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        result = decoded(encoded(image, kind), tmp_path)
        assert result.mode == "RGBA"
        assert is_like(result.getchannel("A"), image.getchannel("A"))

    @pytest.mark.parametrize("kind", ["PNG", "GIF"])
    def test_transparent_palette_is_kept(self, kind, tmp_path):
        image = picture(mode="P")
        index = image.getpixel((2, 2))
        result = decoded(encoded(image, kind, transparency=index), tmp_path)
        assert [result.getpixel(place)[3] for place in ((2, 2), (60, 40))] == [0, 255]

    def test_unused_transparency_is_dropped(self, tmp_path):
        assert decoded(encoded(picture(mode="RGBA"), "PNG"), tmp_path).mode == "RGB"

    @pytest.mark.parametrize("mode", ["1", "L", "P"])
    def test_other_modes(self, mode, tmp_path):
        image = picture(mode=mode)
        assert is_like(decoded(encoded(image, "PNG"), tmp_path), image)

    def test_cmyk(self, tmp_path):
        image = picture(mode="CMYK")
        assert is_like(decoded(encoded(image, "JPEG", quality=95), tmp_path), picture())

    def test_cmyk_of_adobe_is_not_a_negative(self, tmp_path):
        inverted = ImageChops.invert(picture(mode="CMYK"))
        data = encoded(inverted, "JPEG", quality=95)
        # The segment of Adobe says that the values are inverted; Pillow writes it, and inverts them itself.
        with Image.open(io.BytesIO(data)) as image:
            expected = image.convert("RGB")
        path = tmp_path / "clean"
        path.write_bytes(data)
        remove_metadata(path)
        assert is_like(decoded(path.read_bytes(), tmp_path), expected)

    def test_sixteen_bits_of_grey(self, tmp_path):
        image = Image.linear_gradient("L")
        deep = Image.new("I;16", image.size)
        deep.putdata([value * 257 for value in image.tobytes()])
        assert is_like(decoded(encoded(deep, "PNG"), tmp_path), image, 1.5)

    def test_sixteen_bits_of_colour(self, tmp_path):
        row = b"\0" + b"\xff\xff\x80\x00\x00\x01" * 20
        head = struct.pack(">IIBBBBB", 20, 10, 16, 2, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(row * 10))
        result = decoded(data + png_chunk(b"IEND", b""), tmp_path)
        assert result.getpixel((5, 5)) == (255, 128, 0)

    def test_profile_is_converted_to_srgb(self, tmp_path):
        # A profile in which red and green are exchanged: what it does cannot be missed.
        profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        at, other = profile.index(b"rXYZ"), profile.index(b"gXYZ")
        profile[at : at + 4], profile[other : other + 4] = b"gXYZ", b"rXYZ"
        described = profile.find("sRGB".encode("utf-16-be"))
        profile[described : described + 8] = "odd!".encode("utf-16-be")
        data = encoded(Image.new("RGB", (40, 30), (255, 0, 0)), "PNG", icc_profile=bytes(profile))
        red, green, _blue = decoded(data, tmp_path).getpixel((5, 5))
        assert green > 240
        assert red < 60

    @pytest.mark.parametrize(
        "profile",
        [b"x", bytes(200), b"\xff" * 100_000, bytes(5 * 1024 * 1024)],
        ids=["short", "zeros", "ones", "huge"],
    )
    def test_broken_and_huge_profiles_are_ignored(self, profile, tmp_path):
        data = encoded(picture(), "WEBP", icc_profile=profile, quality=95)
        assert is_like(decoded(data, tmp_path), picture())

    def test_profile_of_another_kind_is_ignored(self, tmp_path):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        assert is_like(decoded(encoded(picture(), "PNG", icc_profile=profile), tmp_path), picture())

    def test_strips_are_seamless(self):
        """Strips of an image are scaled one by one; what they make is what scaling the whole makes."""
        # Middle greys: Pillow scales the sides in the order that is cheaper, and clips what is too bright between.
        image = Image.effect_noise((900, 5_200), 25).convert("RGB")
        strips = scale(image, (317, 1_833), lambda strip: strip)
        whole = image.resize((317, 1_833), Image.Resampling.LANCZOS)
        assert max(high for _low, high in ImageChops.difference(strips, whole).getextrema()) <= 2

    def test_photo_is_decoded_smaller(self, tmp_path, monkeypatch):
        """Of 39 megapixels, ten are in memory."""
        decoded_sizes = []

        def note(source, *arguments):
            decoded_sizes.append(source.size)
            return scale(source, *arguments)

        monkeypatch.setattr(decoding, "scale", note)
        decoded(encoded(Image.new("L", (7_000, 5_600)), "JPEG"), tmp_path)
        assert decoded_sizes == [(3_500, 2_800)]

    def test_size_that_differs_from_the_header_is_damage(self, tmp_path):
        path = tmp_path / "file"
        path.write_bytes(encoded(picture(), "PNG"))
        with pytest.raises(ValueError, match="instead of"):
            open_image(path, "image/png", (64, 49))

    def test_type_is_that_of_the_header(self, tmp_path):
        """No other of Pillow's forty decoders sees a stranger's file."""
        path = tmp_path / "file"
        path.write_bytes(encoded(picture(), "TIFF"))
        with pytest.raises(Image.UnidentifiedImageError):
            open_image(path, "image/png", (64, 48))


class TestWidths:
    @pytest.mark.parametrize(
        ("width", "expected"),
        [
            (200, [200]),
            (320, [320]),
            (700, [640, 480, 320]),
            (800, [800, 640, 480, 320]),
            (1_300, [1_280, 960, 640, 480, 320]),
            (2_560, [2_560, 1_920, 1_280, 960, 640, 480, 320]),
        ],
    )
    def test_none_is_above_the_original(self, width, expected):
        assert pictures.rendition_widths(width, width) == expected

    def test_long_strip_is_shown_in_its_original(self):
        width, _height = largest_size(1_000, 40_000)
        assert pictures.rendition_widths(width, 1_000) == []

    @pytest.mark.parametrize(
        "size", [(4_000, 3_000), (3_000, 4_000), (6_000, 6_000), (1, 40_000), (40_000, 1)]
    )
    def test_largest_size_is_within_what_encoders_take(self, size):
        for is_turned in (False, True):
            width, height = largest_size(*size, is_turned=is_turned)
            assert width * height <= PIXELS_MAX
            assert (height if is_turned else width) <= 2_560
            assert width / height == pytest.approx(size[0] / size[1], rel=0.01) or 1 in {width, height}


class TestFiles:
    def test_drawing_is_lossless_in_its_own_width(self, tmp_path):
        image = picture(600, 400)
        result = rendered(encoded(image, "PNG", compress_level=0), tmp_path)
        by_name = {file.name.removeprefix(STEM): file for file in result.files}
        assert "-600.webp" not in by_name or is_like(Image.open(by_name["-600.webp"].path), image)

    def test_screenshot_is_exact(self, tmp_path):
        image = picture(600, 400)
        for number in range(0, 600, 7):
            image.paste((number % 256, 40, 90), (number, number % 300, number + 4, number % 300 + 60))
        result = rendered(encoded(image, "PNG"), tmp_path)
        (widest,) = [
            file
            for file in result.files
            if file.width == 600 and file.crop is None and file.media_type == "image/webp"
        ]
        with Image.open(widest.path) as webp:
            assert not ImageChops.difference(webp.convert("RGB"), image).getbbox()

    def test_format_whose_widest_file_is_no_gain_is_left_out(self, tmp_path):
        small = encoded(Image.effect_noise((640, 480), 90), "JPEG", quality=5)
        result = rendered(small, tmp_path)
        assert all(file.crop for file in result.files if file.media_type == "image/webp")
        assert {path.name for path in tmp_path.iterdir()} == {"original"} | {
            file.name for file in result.files
        }

    def test_placeholder_of_noise_is_short_enough(self):
        noise = Image.merge("RGB", [Image.effect_noise((900, 900), 200) for _ in range(3)])
        url = pictures.placeholder(noise)
        assert url is not None
        assert len(url) <= pictures.PLACEHOLDER_MAX

    def test_transparent_picture_has_no_placeholder(self):
        assert pictures.placeholder(Image.new("RGBA", (90, 90), (255, 0, 0, 9))) is None

    def test_dominant_colour_is_the_most_frequent(self):
        image = Image.new("RGB", (100, 100), (10, 120, 200))
        image.paste((250, 250, 10), (0, 0, 100, 30))
        colour = pictures.dominant_color(image)
        assert all(
            abs(int(colour[at : at + 2], 16) - value) < 12 for at, value in ((1, 10), (3, 120), (5, 200))
        )

    def test_same_file_makes_the_same_bytes(self, tmp_path):
        """The names do not tell attempts apart: what a second attempt stores must be what a first one has."""
        data = encoded(Image.effect_noise((400, 300), 60).convert("RGB"), "PNG")
        contents = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            files = rendered(data, tmp_path / name).files
            contents.append({file.name: file.path.read_bytes() for file in files})
        assert contents[0] == contents[1]
        assert len(contents[0]) > 5

    def test_encoding_is_written_once(self, tmp_path):
        file = Target(tmp_path, STEM).write(picture(), WEBP)
        assert (file.name, file.size_bytes) == (f"{STEM}-64.webp", (tmp_path / file.name).stat().st_size)


class TestAnimations:
    @pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
    def test_stay_animated_where_smaller(self, kind, tmp_path):
        frames = [Image.effect_noise((420, 300), 40 + number).convert("RGB") for number in range(4)]
        options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "AVIF" else {}
        data = encoded(
            frames[0],
            kind,
            save_all=True,
            append_images=frames[1:],
            duration=[50, 100, 150, 200],
            loop=0,
            **options,
        )
        result = rendered(data, tmp_path)
        animated = [file for file in result.files if file.crop is None]
        assert {file.width for file in animated} == {420, 320}
        for file in animated:
            header = read_header(file.path, max_pixels=MAX_PIXELS)
            assert (header.media_type, header.frames, header.width) == ("image/webp", 4, file.width)
            assert file.size_bytes < len(data)
            with Image.open(file.path) as image:
                assert image.info["loop"] == 0
                times = []
                for number in range(4):
                    image.seek(number)
                    image.load()
                    times.append(image.info["duration"])
                assert times == [50, 100, 150, 200]

    def test_gif_without_a_loop_plays_once(self, tmp_path):
        frames = [Image.effect_noise((330, 200), 40 + number).convert("RGB") for number in range(2)]
        data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
        (file, *_) = [file for file in rendered(data, tmp_path).files if file.crop is None]
        with Image.open(file.path) as image:
            assert image.info["loop"] == 1

    def test_one_that_is_too_long_is_not_decoded(self):
        header = ImageHeader("image/gif", "gif", 1_000, 1_000, 1, 121)
        with pytest.raises(RenderingFailed, match="121 frames of 1,000 x 1,000 pixels, too many"):
            check_memory(header)
        check_memory(ImageHeader("image/gif", "gif", 1_000, 1_000, 1, 119))


def bombs() -> dict[str, bytes]:
    """Return files that are small, accepted by their header, and large or malicious in memory."""
    side = 6_300  # 39.7 million pixels
    solid = Image.new("RGB", (side, side), "teal")
    zeros = deflated_zeros(200)
    return {
        "png-rgb": solid_png(side, side),
        "png-rgba": solid_png(side, side, 6),
        "png-tall": solid_png(1_000, 39_000, 6),
        "png-text": png_with(*(png_chunk(b"zTXt", b"Comment\0\0" + zeros) for _ in range(20))),
        "png-profile": png_with(png_chunk(b"iCCP", b"bomb\0\0" + zeros)),
        "jpeg-baseline": encoded(solid, "JPEG"),
        "jpeg-cmyk": encoded(Image.new("CMYK", (side, side), (9, 9, 9, 9)), "JPEG"),
        "jpeg-progressive": encoded(solid, "JPEG", progressive=True, subsampling="4:2:0"),
        "jpeg-progressive-444": encoded(solid, "JPEG", progressive=True, subsampling="4:4:4"),
        "webp": encoded(solid.resize((3_800, 3_800)), "WEBP", method=0),
        "webp-large": encoded(solid, "WEBP", method=0),
        "avif": encoded(solid.resize((3_800, 3_800)), "AVIF", subsampling="4:4:4"),
        "gif": encoded(solid.convert("P"), "GIF"),
    }


class TestBombs:
    """Memory is that of the process itself, at its highest: no other one counts, and no clock."""

    def test_all_stay_within_memory(self, tmp_path):
        results = {}
        for name, data in bombs().items():
            assert len(data) < 6_000_000, name
            folder = tmp_path / name
            folder.mkdir()
            try:
                # Encoders are the same for all: the widest picture, with transparency, is the most that they get.
                result = rendered(data, folder, crops_only=name != "png-rgba")
                results[name] = round(result.peak_bytes / 2**20)
            except RenderingFailed as failure:
                results[name] = str(failure)
        refused = {name for name, result in results.items() if isinstance(result, str)}
        assert refused == {"jpeg-progressive-444", "webp-large"}, results
        assert all("too many to render in this format" in results[name] for name in refused)
        peaks = {name: result for name, result in results.items() if name not in refused}
        assert max(peaks.values()) * 2**20 <= MEMORY_BYTES, peaks
        # It is the pictures that take it: the measure measures.
        assert min(peaks["png-rgba"], peaks["webp"], peaks["avif"]) > 150, peaks

    def test_animation_of_large_frames(self, tmp_path):
        frames = [Image.new("P", (3_000, 3_000), number) for number in range(3)]
        data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
        assert rendered(data, tmp_path).peak_bytes <= MEMORY_BYTES

    def test_pixels_that_are_missing_are_damage(self, tmp_path):
        """Its chunks are whole; what they hold ends in the middle."""
        data = encoded(Image.effect_noise((200, 150), 90), "PNG")
        size = struct.unpack_from(">I", data, 33)[0]
        pixels = data[41 : 41 + size // 2]
        data = data[:33] + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
        with pytest.raises(RenderingFailed, match="damaged"):
            rendered(data, tmp_path)

    @pytest.mark.parametrize("kind", FORMATS)
    def test_damage_is_an_answer(self, kind, tmp_path):
        data = bytearray(encoded(Image.effect_noise((200, 150), 90).convert("RGB"), kind))
        data[len(data) // 2 : len(data) // 2 + 400] = bytes(range(200)) * 2
        try:
            rendered(bytes(data), tmp_path)
        except (RenderingFailed, ImageRefused) as failure:
            assert str(failure).endswith(".")  # noqa: PT017 - some decoders show what they can


class TestProcess:
    def test_dies_with_the_process_that_started_it(self, tmp_path):
        """The child is stopped before it answers; then its parent is killed with SIGKILL, which nothing can catch."""
        code = (
            "import sys, pathlib\n"
            "from service.core.images import ImageHeader\n"
            "from service.media import render_process\n"
            "import subprocess\n"
            "start = subprocess.Popen\n"
            "def show(*args, **options):\n"
            "    process = start(*args, **options)\n"
            "    print(process.pid, flush=True)\n"
            "    return process\n"
            "subprocess.Popen = show\n"
            f"folder = pathlib.Path({str(tmp_path)!r})\n"
            "header = ImageHeader('image/png', 'png', 10, 10, 1, 1)\n"
            "options = {'stem': '0', 'header': header, 'focal_point': (50, 50), 'crops_only': False}\n"
            "render_process.render(folder / 'pipe', folder, **options)\n"
        )
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            child = os.pidfd_open(int(parent.stdout.readline()))
            writer: list[int] = []

            def is_reading() -> bool:
                """Open the pipe as soon as there is a reader, who then waits for what is never written."""
                with contextlib.suppress(OSError):
                    writer.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                return bool(writer)

            wait_until(is_reading)
            parent.kill()
        try:
            assert select.select([child], [], [], 60)[0], "the renderer outlives its job"
        finally:
            os.close(child)
            os.close(writer[0])

    def test_one_that_hangs_is_killed(self, tmp_path, monkeypatch):
        os.mkfifo(tmp_path / "pipe")
        monkeypatch.setattr(render_process, "WALL_S", 1.0)
        header = ImageHeader("image/png", "png", 10, 10, 1, 1)
        with pytest.raises(RendererLost, match="more than 1 s"):
            render_process.render(
                tmp_path / "pipe", tmp_path, stem=STEM, header=header, focal_point=(50, 50), crops_only=False
            )

    def test_crash_is_told(self, tmp_path, monkeypatch):
        monkeypatch.setattr(render_process.sys, "executable", "/bin/false")
        with pytest.raises(RendererLost, match="status 1"):
            rendered(encoded(picture(), "PNG"), tmp_path)

    def test_error_of_the_system_is_not_the_images(self, tmp_path):
        """Here the folder to write to is missing; a full disk is told in the same way."""
        path = tmp_path / "original"
        path.write_bytes(encoded(picture(), "PNG"))
        header = read_header(path, max_pixels=MAX_PIXELS)
        with pytest.raises(RenderingPostponed, match="No such file or directory"):
            render_process.render(
                path, tmp_path / "missing", stem=STEM, header=header, focal_point=(50, 50), crops_only=False
            )

    def test_knows_no_secret(self, tmp_path, monkeypatch):
        """Its environment is not that of the service, and neither is anything of the service in its memory."""
        monkeypatch.setenv("SECRET_KEY", "a secret of the service, 32 characters")
        seen = []
        start = subprocess.Popen

        def look(*args, **options):
            seen.append(options["env"])
            return start(*args, **options)

        with monkeypatch.context() as looking:
            looking.setattr(render_process.subprocess, "Popen", look)
            rendered(encoded(picture(), "PNG"), tmp_path)
        assert set(seen[0]) == {"MALLOC_ARENA_MAX", "LANG", "PYTHONDONTWRITEBYTECODE"}
        code = (
            "import sys, service.media.renderer.pictures\n"
            "print([name for name in sys.modules if name.partition('.')[0] in {'flask', 'sqlalchemy', 'psycopg'}])"
        )
        assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"

    def test_memory_limit_is_an_answer(self, tmp_path):
        """Should the reckoning be wrong: the process says so instead of taking the machine's memory."""
        path = tmp_path / "original"
        path.write_bytes(solid_png(6_300, 6_300, 6))
        code = (
            "import sys\n"
            "from service.media.renderer import __main__ as process\n"
            "process.ADDRESS_SPACE_BYTES = 150 * 1024 * 1024\n"
            "process.main()\n"
        )
        request = {
            "parent": os.getpid(),
            "path": str(path),
            "folder": str(tmp_path),
            "stem": STEM,
            "media_type": "image/png",
            "stored_size": [6_300, 6_300],
            "orientation": 1,
            "frames": 1,
            "focal_point": [50, 50],
            "crops_only": False,
        }
        done = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(request), capture_output=True, text=True
        )
        assert "too much memory" in json.loads(done.stdout)["failure"], done.stderr
