"""Photos of 12 megapixels: the time until all are usable after their upload, beside a plain loop with Pillow.

    python -m benchmarks.pictures           # 20 photos, one worker process; some minutes
    python -m benchmarks.pictures 5

The photos are generated. Each is uploaded through the API and rendered by a worker; usable is what has the state
`ready`. The plain loop writes the same files with the same options of the encoders, in one process, and nothing else:
no upload, no storage, no database, no limits. The aim is 1.3 times its time at the most, and 300 MiB for the process
that renders. Memory of the web workers is measured before the first upload and after the last one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from PIL import Image, ImageChops, ImageFilter

from benchmarks import results
from benchmarks.processes import ROOT, cpu_s, resident_bytes, tree
from service.media.renderer.encoding import AVIF, JPEG, WEBP
from service.media.renderer.pictures import CARDS, SQUARES, WIDTHS
from tests.servers import gunicorn
from tests.web.site import bootstrap, worker

PHOTOS = 20
SIZE = (4000, 3000)
AIM = 1.3
MEMORY_MIB = 300
MEBIBYTE = 1024 * 1024
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """How long it took on the wall and of the processor, and the most memory that one process held."""

    seconds: float
    cpu_s: float
    peak_bytes: int


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", type=int, nargs="?", default=PHOTOS, help="how many")
    parser.add_argument("--plain", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.plain:
        plain_loop(asked.plain)
        return 0
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        photos = folder / "photos"
        photos.mkdir()
        for number in range(asked.photos):
            photo(number).save(photos / f"{number:02}.jpg", quality=90)
        plain = measure_plain_loop(photos)
        ours, uploaded_s, web_mib = measure_service(folder, photos)
    ratio, cpu_ratio = ours.seconds / plain.seconds, ours.cpu_s / plain.cpu_s
    peak_mib = ours.peak_bytes / MEBIBYTE
    print(
        f"- {asked.photos} photos of 12 megapixels: uploaded after {uploaded_s:.1f} s, all usable after "
        f"{ours.seconds:.1f} s ({ours.cpu_s:.1f} s of processor time in the worker)\n"
        f"- the plain loop: {plain.seconds:.1f} s ({plain.cpu_s:.1f} s): {ratio:.2f} times on the wall, "
        f"{cpu_ratio:.2f} times of the processor (aim {AIM})\n"
        f"- memory of the process that renders: at most {peak_mib:.0f} MiB (aim {MEMORY_MIB}); of the plain loop "
        f"{plain.peak_bytes / MEBIBYTE:.0f} MiB\n"
        f"- the largest web worker: {web_mib[0]:.0f} MiB before the uploads, {web_mib[1]:.0f} MiB after them"
    )
    return int(cpu_ratio > AIM or peak_mib > MEMORY_MIB)


def photo(number: int) -> Image.Image:
    """Return a picture with what photos have: slopes, texture of several sizes, edges and grain."""
    width, height = SIZE
    channels = []
    for turn in range(3):
        channel = Image.linear_gradient("L").rotate(90 * (turn + number)).resize(SIZE)
        for octave, share in ((8, 0.5), (32, 0.3), (128, 0.25), (512, 0.15)):
            texture = Image.effect_noise((width * octave // 4000 + 2, height * octave // 4000 + 2), 100)
            channel = Image.blend(channel, texture.resize(SIZE, Image.Resampling.BICUBIC), share)
        channels.append(channel)
    image = Image.merge("RGB", channels)
    for place in range(40):
        x, y = (place * 997 + number * 131) % width, (place * 613) % height
        image.paste(
            (place * 6, 255 - place * 5, place * 53 % 256), (x, y, x + 90 + place * 7, y + 60 + place * 9)
        )
    grain = Image.effect_noise(SIZE, 8)
    image = image.filter(ImageFilter.GaussianBlur(1.5))
    return ImageChops.add(image, Image.merge("RGB", [grain] * 3), 1, -128)


def plain_loop(folder: Path) -> None:
    """Do what anybody would write: open, scale and save, with the same sizes and options. Pillow alone."""
    target = folder / "plain"
    target.mkdir()
    for path in sorted(folder.glob("*.jpg")):
        with Image.open(path) as image:
            image.load()
            for width in WIDTHS:
                scaled = image.resize((width, image.height * width // image.width), Image.Resampling.LANCZOS)
                scaled.save(target / f"{path.stem}-{width}.webp", **WEBP)
                scaled.save(target / f"{path.stem}-{width}.avif", **AVIF)
            side = min(image.size)
            square = image.crop(((image.width - side) // 2, 0, (image.width + side) // 2, side))
            for size in SQUARES:
                scaled = square.resize((size, size), Image.Resampling.LANCZOS)
                scaled.save(target / f"{path.stem}-{size}x{size}.webp", **WEBP)
            card = image.resize(CARDS[0], Image.Resampling.LANCZOS, box=(0, 450, 4000, 2550))
            card.save(target / f"{path.stem}-card.webp", **WEBP)
            card.save(target / f"{path.stem}-card.jpg", **JPEG)


def measure_plain_loop(photos: Path) -> Measured:
    """Run the plain loop in a process of its own."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.pictures", "--plain", str(photos)],
        cwd=ROOT,
        env={"MALLOC_ARENA_MAX": "1"},
    )
    with peak_of(lambda: [process.pid]) as peak:
        # Looked at before it is gone.
        used = 0.0
        while process.poll() is None:
            used = max(used, cpu_s(process.pid))
            time.sleep(LOOK_S)
    if process.returncode:
        sys.exit("the plain loop has failed")
    return Measured(time.perf_counter() - begin, used, peak[0])


def measure_service(folder: Path, photos: Path) -> tuple[Measured, float, tuple[float, float]]:
    """Upload all photos and wait until they are ready; return also when the last was uploaded, and web workers' MiB."""
    env = {"WORKER_PROCESSES": "1", "SITE_URL": "http://127.0.0.1"}
    email, password = bootstrap(folder)
    with gunicorn(folder, env=env) as server, worker(folder, env) as group:
        session = requests.Session()
        login = session.post(
            f"{server.url}/api/auth/login", json={"email": email, "password": password}, timeout=60
        )
        session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        session.get(f"{server.url}/api/media", timeout=60).raise_for_status()
        web = [process for process in tree(server.process.pid) if process != server.process.pid]
        before = max(map(resident_bytes, web)) / MEBIBYTE
        used = cpu_s(group)
        begin = time.perf_counter()
        with peak_of(lambda: [process for process in tree(group) if _is_renderer(process)]) as peak:
            for path in sorted(photos.glob("*.jpg")):
                with path.open("rb") as file:
                    session.post(
                        f"{server.url}/api/media", files={"file": file}, timeout=60
                    ).raise_for_status()
            uploaded_s = time.perf_counter() - begin
            while _unfinished(session, server.url):
                time.sleep(0.2)
            seconds = time.perf_counter() - begin
        after = max(map(resident_bytes, web)) / MEBIBYTE
        return Measured(seconds, cpu_s(group) - used, peak[0]), uploaded_s, (before, after)


def _unfinished(session: requests.Session, url: str) -> int:
    found = session.get(f"{url}/api/media", params={"state": "processing", "per_page": 1}, timeout=60)
    found.raise_for_status()
    failed = session.get(f"{url}/api/media", params={"state": "failed", "per_page": 1}, timeout=60).json()
    if failed:
        sys.exit(f"a photo was not rendered: {json.dumps(failed[0])}")
    return len(found.json())


def _is_renderer(process: int) -> bool:
    try:
        return b"service.media.renderer" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


@contextmanager
def peak_of(processes: Callable[[], list[int]]) -> Iterator[list[int]]:
    """Yield a list with the most memory that one of the processes has held, looked up all the time."""
    peak, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(LOOK_S):
            for process in processes():
                try:
                    status = Path(f"/proc/{process}/status").read_text()
                    peak[0] = max(peak[0], int(status.partition("VmHWM:")[2].split()[0]) * 1024)
                except (OSError, IndexError):
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
