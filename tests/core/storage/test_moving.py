"""`flask media move`: whatever happens on the way, each file is whole in at least one of the two places."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from service.app import create_app
from service.config import Settings
from service.core.storage import Storage
from service.core.storage.local import LocalStorage
from service.core.storage.moving import MoveReport, move_files
from service.core.storage.s3 import S3Storage
from tests.s3_server import KEY_ID, SECRET, S3Server
from tests.servers import INHERITED, ROOT

BUCKETS = count(1)
FILES = {
    f"{number:032x}{ending}": os.urandom(100 + number)
    for number in range(4)
    for ending in (".png", "-320.webp")
}

# Dies like a process without power at the third file: when its bytes are in a draft, or before they are sent.
DIES = """
import os, signal
from service.core.storage.s3 import S3Storage
written = 0
def die_at_the_third():
    global written
    written += 1
    if written == 3:
        os.kill(os.getpid(), signal.SIGKILL)
fsync, put = os.fsync, S3Storage._put
def dying_fsync(descriptor):
    # Signing keys are written like this too.
    if "/media/" in (path := os.readlink(f"/proc/self/fd/{descriptor}")) and path.endswith(".draft"):
        die_at_the_third()
    fsync(descriptor)
def dying_put(*arguments):
    die_at_the_third()
    put(*arguments)
os.fsync, S3Storage._put = dying_fsync, dying_put
from flask.cli import main
main()
"""


@pytest.fixture
def places(tmp_path: Path, s3_server: S3Server) -> tuple[Settings, Storage, Storage]:
    """Return settings with both storages, and these."""
    settings = s3_server.settings(f"moving-{next(BUCKETS)}", var_dir=tmp_path, environment="testing")
    return settings, LocalStorage(settings.media_dir), S3Storage(settings)


def contents(storage: Storage) -> dict[str, bytes]:
    found = {}
    for info in storage.names():
        reader = storage.read(info.name)
        assert reader is not None
        found[info.name] = reader.read_all()
    return found


def fill(storage: Storage) -> None:
    for name, content in FILES.items():
        storage.put(name, content, "image/png")


def run(settings: Settings, *arguments: str) -> Result:
    app = create_app(settings)
    with app.app_context():
        return app.test_cli_runner().invoke(args=["media", "move", *arguments])


def in_a_process(settings: Settings, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environ |= {
        "FLASK_APP": "wsgi",
        "VAR_DIR": str(settings.var_dir),
        "MEDIA_STORAGE": settings.media_storage,
        "S3_BUCKET": settings.s3_bucket,
        "S3_ENDPOINT_URL": settings.s3_endpoint_url,
        "S3_ACCESS_KEY_ID": KEY_ID,
        "S3_SECRET_ACCESS_KEY": SECRET,
    }
    return subprocess.run(
        [sys.executable, "-c", program, "media", "move", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )


def of(settings: Settings, kind: str) -> Settings:
    """Return the settings of a service that uses a storage."""
    return Settings(**{**settings.__dict__, "media_storage": kind})


@pytest.mark.parametrize("kind", ["s3", "local"])
class TestMove:
    def test_copies_everything_and_checks_it_when_repeated(self, places: Any, kind: str) -> None:
        settings, *storages = places
        source, destination = storages if kind == "s3" else reversed(storages)
        fill(source)
        done = run(settings, "--to", kind)
        assert done.exit_code == 0, done.output
        assert f"Copied {len(FILES)} files (" in done.output
        assert f" to {destination.label}; 0 were there already." in done.output
        assert contents(source) == contents(destination) == FILES
        destination.put(next(iter(FILES)), b"damaged", "image/png")
        again = run(settings, "--to", kind)
        assert (
            f"Copied 1 files (100 bytes) to {destination.label}; {len(FILES) - 1} were there already."
            in again.output
        )
        assert contents(destination) == FILES

    def test_deletes_only_what_the_service_does_not_read(self, places: Any, kind: str) -> None:
        settings, *storages = places
        source, destination = storages if kind == "s3" else reversed(storages)
        other = "local" if kind == "s3" else "s3"
        fill(source)
        refused = run(of(settings, other), "--to", kind, "--delete")
        assert refused.exit_code == 1
        assert (
            f"MEDIA_STORAGE is {other}: the service reads the files that --delete would delete."
            in refused.stderr
        )
        assert (contents(source), contents(destination)) == (FILES, {})
        done = run(of(settings, kind), "--to", kind, "--delete")
        assert f"{len(FILES)} were deleted from {source.label}." in done.output
        assert (contents(source), contents(destination)) == ({}, FILES)

    def test_a_killed_run_loses_nothing_and_is_gone_on_with(self, places: Any, kind: str) -> None:
        settings, *storages = places
        source, destination = storages if kind == "s3" else reversed(storages)
        settings = of(settings, kind)
        fill(source)
        killed = in_a_process(settings, DIES, "--to", kind, "--delete")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        left, arrived = contents(source), contents(destination)
        assert (len(left), len(arrived)) == (len(FILES) - 2, 2)
        assert {**left, **arrived} == FILES
        done = in_a_process(settings, "from flask.cli import main; main()", "--to", kind, "--delete")
        assert done.returncode == 0, done.stderr
        assert (contents(source), contents(destination)) == ({}, FILES)


class TestWhatGoesWrong:
    def test_without_a_bucket_it_says_so(self, tmp_path: Path) -> None:
        done = run(Settings(var_dir=tmp_path), "--to", "s3")
        assert (done.exit_code, "S3_BUCKET is not set." in done.stderr) == (1, True)

    def test_a_server_that_is_gone_is_told_in_a_sentence(self, places: Any) -> None:
        settings, local, _ = places
        fill(local)
        gone = Settings(**{**settings.__dict__, "s3_endpoint_url": "http://127.0.0.1:1"})
        done = run(gone, "--to", "s3")
        assert done.exit_code == 1
        assert "One of the storages cannot be reached (" in done.stderr
        assert "Run it again to continue." in done.stderr
        assert contents(local) == FILES

    def test_a_copy_with_other_bytes_is_not_taken_for_one(
        self, places: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings, local, bucket = places
        fill(local)
        bad = next(iter(FILES))
        put = bucket.put

        def damaging(name: str, content: Any, media_type: str) -> None:
            put(name, b"x" * 100 if name == bad else content, media_type)

        monkeypatch.setattr(bucket, "put", damaging)
        report = MoveReport()
        move_files(local, bucket, report, delete=True, progress=lambda _: None)
        assert (report.failed, report.copied, report.deleted) == ([bad], len(FILES) - 1, len(FILES) - 1)
        assert contents(local) == {bad: FILES[bad]}
        del settings
