"""A job renders an image: once, as far as it is missing, and whatever happens to it or to its row meanwhile."""

from __future__ import annotations

import io
import os
import secrets
import signal
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import delete, func, select, update

from service.config import settings
from service.core.database import database_now, transaction
from service.core.jobs.queue import enqueue
from service.core.storage import StorageUnavailable, open_storage
from service.core.storage.local import LocalStorage
from service.extensions import db
from service.media import render_process, rendering
from service.media.tasks import render_crops, render_imported_media, render_media, resume_rendering
from service.models.jobs import Job, JobState
from service.models.media import Media, MediaKind, MediaState, Rendition
from tests.image_files import FORMATS, GPS_TEXT, encoded, exif, picture
from tests.job_runs import run_all, run_next

SIZE = (700, 500)


@pytest.fixture(autouse=True)
def no_leftovers(app):
    """Nothing is left in the folder in which images are rendered, whatever a test does."""
    rendering.delete_leftovers(older_than_s=-1)  # of the workers that other tests have killed
    yield
    folder = settings().var_dir / "rendering"
    assert not folder.exists() or not list(folder.iterdir())


def upload(data: bytes, *, kind: str = "png", enqueued: bool = True, **columns) -> Media:
    """Store a file with its row and its job, as an upload does."""
    name = f"{secrets.token_hex(16)}.{kind}"
    open_storage().put(name, data, f"image/{kind}")
    values = {
        "name": name,
        "file_name": f"picture.{kind}",
        "media_type": f"image/{kind}",
        "kind": MediaKind.IMAGE,
        "size_bytes": len(data),
        "sha256": "0" * 64,
        "width": SIZE[0],
        "height": SIZE[1],
        **columns,
    }
    with transaction():
        media = Media(**values)
        db.session.add(media)
        db.session.flush()
        if enqueued:
            enqueue(render_media, media_id=str(media.id))
        db.session.expunge(media)
    return media


def photo(**options) -> bytes:
    noise = Image.effect_noise(SIZE, 60).convert("RGB")
    return encoded(Image.blend(noise, picture(*SIZE), 0.6), "PNG", **options)


def current(media: Media) -> Media:
    db.session.expire_all()
    with transaction():
        row = db.session.get(Media, media.id)
        db.session.expunge(row)
    return row


def renditions(media: Media) -> list[Rendition]:
    with transaction():
        rows = db.session.scalars(select(Rendition).where(Rendition.media_id == media.id)).all()
        db.session.expunge_all()
    return sorted(rows, key=lambda row: (row.crop or "", row.media_type, row.width))


def stored_image(row: Rendition) -> Image.Image:
    reader = open_storage().read(row.name)
    assert reader is not None
    return Image.open(io.BytesIO(reader.read_all()))


class TestRendering:
    def test_all_files_are_stored_and_named(self, app, jobs):
        media = upload(photo())
        assert run_all(app, jobs) == 3  # then the posts and the avatars that show it
        row, files = current(media), renditions(media)
        assert (row.state, row.failure, row.renditions_version) == (MediaState.READY, None, 1)
        assert len(row.dominant_color) == 7
        assert row.placeholder.startswith("data:image/webp;base64,")
        assert len(row.placeholder) <= 1_000
        widths = {(file.media_type, file.width) for file in files if file.crop is None}
        assert widths == {(f"image/{kind}", width) for kind in ("avif", "webp") for width in (320, 480, 640)}
        crops = {(file.crop.value, file.media_type, file.width, file.height) for file in files if file.crop}
        assert crops == {
            *(("square", "image/webp", side, side) for side in (64, 128, 256)),
            ("card", "image/webp", 600, 315),
            ("card", "image/jpeg", 600, 315),
        }
        for file in files:
            with stored_image(file) as image:
                assert image.size == (file.width, file.height)
                assert Image.MIME[image.format] == file.media_type
            info = open_storage().stat(file.name)
            assert info.size_bytes == file.size_bytes
            stem = media.name.partition(".")[0]
            ending = {"image/webp": "webp", "image/avif": "avif", "image/jpeg": "jpg"}[file.media_type]
            size = f"{file.width}x{file.height}-50-50" if file.crop else file.width
            assert file.name == f"{stem}-{size}.{ending}"

    def test_version_that_edits_compare_stays(self, app, jobs):
        media = upload(photo())
        before = current(media)
        run_all(app, jobs)
        after = current(media)
        assert (after.version, after.updated_at) == (before.version, before.updated_at)

    def test_each_file_is_smaller_than_what_it_replaces(self, app, jobs):
        media = upload(photo())
        run_all(app, jobs)
        files = {(row.media_type, row.width): row.size_bytes for row in renditions(media) if row.crop is None}
        assert files
        for (media_type, width), size_bytes in files.items():
            webp = files.get(("image/webp", width), media.size_bytes)
            assert size_bytes < (media.size_bytes if media_type == "image/webp" else webp)

    def test_events_tell_of_it(self, app, jobs, events):
        good, bad = upload(photo(), enqueued=False), upload(b"x", enqueued=False)
        with transaction():
            rendering.render_media(good.id)
        with transaction():
            rendering.render_media(bad.id)
        assert events.take() == [
            ("media.ready", {"media_id": str(good.id)}),
            ("media.failed", {"media_id": str(bad.id), "reason": current(bad).failure}),
        ]

    def test_old_original_with_a_position_renders_without(self, app, jobs):
        data = encoded(picture(*SIZE), "JPEG", exif=exif(6, located=True), quality=95)
        media = upload(data, kind="jpg", media_type="image/jpeg", width=SIZE[1], height=SIZE[0])
        run_all(app, jobs)
        files = renditions(media)
        assert {row.width for row in files if row.crop is None} >= {320, 480}
        for row in files:
            assert GPS_TEXT not in open_storage().read(row.name).read_all()
            with stored_image(row) as image:
                assert not image.getexif()

    def test_second_job_changes_nothing(self, app, jobs):
        media = upload(photo())
        run_all(app, jobs)
        first = [(row.name, row.size_bytes) for row in renditions(media)]
        jobs.enqueue(render_media, media_id=str(media.id))
        jobs.enqueue(render_imported_media, media_id=str(media.id))
        assert run_all(app, jobs) == 2
        assert current(media).renditions_version == 1
        assert [(row.name, row.size_bytes) for row in renditions(media)] == first

    def test_documents_and_unknown_ids_are_left(self, app, jobs):
        document = upload(b"%PDF-1.7", kind="pdf", media_type="application/pdf")
        with transaction():
            db.session.execute(update(Media).values(kind=MediaKind.DOCUMENT))
        jobs.enqueue(render_media, media_id="01a22786-0000-7000-8000-000000000000")
        assert run_all(app, jobs) == 2
        assert current(document).renditions_version == 0

    @pytest.mark.parametrize("kind", FORMATS)
    def test_small_picture_of_each_format(self, app, jobs, kind):
        media = upload(encoded(picture(90, 60), kind), kind="png")
        run_all(app, jobs)
        assert current(media).state == MediaState.READY
        assert {row.crop.value for row in renditions(media) if row.crop} == {"square"}


class TestFocalPoint:
    def test_only_the_crops_are_rendered(self, app, jobs):
        media = upload(photo())
        run_all(app, jobs)
        before = {row.name for row in renditions(media) if row.crop is None}
        changed = {name: open_storage().stat(name).changed_at for name in before}
        with transaction():
            db.session.execute(update(Media).values(focal_x=10, focal_y=90))
            enqueue(render_crops, media_id=str(media.id))
        run_all(app, jobs)
        after = renditions(media)
        assert {row.name for row in after if row.crop is None} == before
        assert all("-10-90." in row.name for row in after if row.crop)
        assert {name: open_storage().stat(name).changed_at for name in before} == changed
        assert current(media).renditions_version == 2

    def test_crop_shows_the_focal_point(self, app, jobs):
        # Red at the left, green at the right.
        image = Image.new("RGB", (900, 300), "red")
        image.paste("lime", (450, 0, 900, 300))
        media = upload(encoded(image, "PNG"), focal_x=95)
        run_all(app, jobs)
        for row in renditions(media):
            if row.crop and row.crop.value == "square":
                with stored_image(row) as square:
                    red, green, _blue = square.convert("RGB").getpixel((3, row.height // 2))
                    assert green > 200
                    assert red < 60

    def test_change_meanwhile_is_not_lost(self, app, jobs, monkeypatch):
        media = upload(photo())
        put = LocalStorage.put

        def change_and_put(self, *args):
            with db.engine.begin() as connection:
                connection.execute(update(Media).values(focal_x=1, focal_y=2))
            put(self, *args)

        monkeypatch.setattr(LocalStorage, "put", change_and_put)
        run_all(app, jobs)
        assert all("-1-2." in row.name for row in renditions(media) if row.crop)
        assert [row.width for row in renditions(media) if row.crop is None]


class TestMeanwhile:
    def test_deleted_media_is_no_error(self, app, jobs, monkeypatch):
        upload(photo())
        put = LocalStorage.put

        def delete_and_put(self, *args):
            with db.engine.begin() as connection:
                connection.execute(delete(Media))
            put(self, *args)

        monkeypatch.setattr(LocalStorage, "put", delete_and_put)
        assert run_all(app, jobs) == 1
        with transaction():
            assert db.session.scalar(select(func.count()).select_from(Rendition)) == 0

    def test_replaced_file_is_rendered_next(self, app, jobs, monkeypatch):
        media = upload(photo())
        new = f"{'ab' * 16}.png"
        open_storage().put(new, encoded(picture(400, 300), "PNG"), "image/png")
        put = LocalStorage.put

        def replace_and_put(self, *args):
            with db.engine.begin() as connection:
                connection.execute(update(Media).values(name=new, state=MediaState.PROCESSING))
            put(self, *args)

        monkeypatch.setattr(LocalStorage, "put", replace_and_put)
        run_all(app, jobs)
        assert current(media).state == MediaState.READY
        assert {row.name[:32] for row in renditions(media)} == {"ab" * 16}

    def test_renditions_of_a_replaced_file_stay(self, app, jobs):
        """Bodies of posts show them until they have been rewritten."""
        media = upload(photo())
        run_all(app, jobs)
        new = f"{'cd' * 16}.png"
        open_storage().put(new, photo(), "image/png")
        with transaction():
            db.session.execute(update(Media).values(name=new, state=MediaState.PROCESSING))
            enqueue(render_media, media_id=str(media.id))
        run_all(app, jobs)
        assert {row.name[:32] for row in renditions(media)} == {"cd" * 16, media.name[:32]}


class TestFailure:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "The file is empty."),
            (b"%PDF-1.7", "is not a PNG"),
            (encoded(picture(), "PNG")[:-30], "incomplete"),
            (encoded(picture(), "PNG").replace(b"IDAT", b"IDAT\0", 1), "damaged"),
        ],
    )
    def test_reason_is_a_sentence(self, app, jobs, data, reason):
        media = upload(data)
        assert run_all(app, jobs) == 1
        row = current(media)
        assert row.state == MediaState.FAILED
        assert reason in row.failure
        assert row.failure.endswith(".")
        assert renditions(media) == []

    def test_missing_file(self, app, jobs):
        media = upload(photo())
        open_storage().delete(media.name)
        run_all(app, jobs)
        assert "missing in the storage" in current(media).failure

    def test_storage_that_is_away_is_waited_for(self, app, jobs, monkeypatch):
        media = upload(photo())
        with monkeypatch.context() as broken:

            def fail(*_arguments):
                raise StorageUnavailable

            broken.setattr(LocalStorage, "put", fail)
            run_all(app, jobs)
        assert current(media).state == MediaState.PROCESSING
        (job,) = jobs.all_rows()
        assert job.state == JobState.WAITING
        jobs.make_due(job.id)
        run_all(app, jobs)
        assert current(media).state == MediaState.READY

    def test_full_disk_is_waited_for(self, app, jobs, monkeypatch):
        """Nothing is wrong with the image, so nothing says so."""
        media = upload(photo())
        full = settings().var_dir / "full-disk"
        full.write_text("#!/bin/sh\necho -n 'No space left on device' >&2\nexit 75\n")
        full.chmod(0o700)
        with monkeypatch.context() as broken:
            broken.setattr(render_process, "sys", SimpleNamespace(executable=str(full)))
            run_all(app, jobs)
        (job,) = jobs.all_rows()
        assert (job.state, job.error) == (
            JobState.WAITING,
            "The files of the image cannot be written: No space left on device.",
        )
        assert current(media).state == MediaState.PROCESSING
        jobs.make_due(job.id)
        run_all(app, jobs)
        assert current(media).state == MediaState.READY

    def test_crash_is_tried_again_and_given_up(self, app, jobs, monkeypatch):
        media = upload(photo())

        def crash(*_arguments, **_options):
            raise render_process.RendererLost("it ended with status -11: ")

        monkeypatch.setattr(rendering, "render", crash)
        for _ in range(rendering.ATTEMPTS_AFTER_CRASH - 1):
            assert run_next(app, jobs)
            (job,) = jobs.all_rows()
            assert "was lost: it ended with status -11" in job.error
            assert current(media).state == MediaState.PROCESSING
            jobs.make_due(job.id)
        run_all(app, jobs)
        assert current(media).failure == render_process.CRASHED

    def test_database_is_not_locked_while_it_decodes(self, app, jobs, monkeypatch):
        """SQLite has one writer: nobody else could write for seconds."""
        upload(photo())
        render = rendering.render

        def write_and_render(*args, **options):
            with db.engine.begin() as connection:
                connection.execute(update(Media).values(caption="written meanwhile"))
            return render(*args, **options)

        monkeypatch.setattr(rendering, "render", write_and_render)
        assert run_all(app, jobs) == 3
        with transaction():
            assert db.session.scalar(select(Media.caption)) == "written meanwhile"
            assert db.session.scalar(select(Media.state)) == MediaState.READY


class TestLeftovers:
    def test_killed_attempt_leaves_nothing_and_is_repeated(self, app, jobs):
        """The process of the job is killed when some files are stored: no row names them, the next attempt is whole."""
        media = upload(photo())
        put, calls = LocalStorage.put, []

        def die(self, *args):
            put(self, *args)
            calls.append(args[0])
            if len(calls) == 3:
                os.kill(os.getpid(), signal.SIGKILL)

        claimed = jobs.claim()
        db.session.remove()
        db.engine.dispose()
        child = os.fork()
        if not child:
            from service.core.jobs.runner import run_attempt

            LocalStorage.put = die
            run_attempt(app, claimed)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert renditions(media) == []
        assert current(media).state == MediaState.PROCESSING

        folder = settings().var_dir / "rendering"
        (left,) = folder.iterdir()
        os.utime(left, (0, 0))
        with transaction():
            db.session.execute(
                update(Job).values(
                    state=JobState.WAITING, due_at=database_now(-1), lease_token=None, leased_until=None
                )
            )
        run_all(app, jobs)
        assert current(media).state == MediaState.READY
        assert len(renditions(media)) == len({row.name for row in renditions(media)}) > 5
        assert not left.exists()

    def test_young_folder_is_another_jobs(self, app):
        folder = settings().var_dir / "rendering" / "media-x"
        folder.mkdir(parents=True)
        assert rendering.delete_leftovers() == 0
        assert folder.exists()
        assert rendering.delete_leftovers(older_than_s=-1) == 1
        assert not folder.exists()

    def test_image_without_a_job_is_taken_up(self, app, jobs):
        lost, fresh = upload(photo(), enqueued=False), upload(photo(), enqueued=False)
        with transaction():
            db.session.execute(
                update(Media).where(Media.id == lost.id).values(updated_at=database_now(-7_200))
            )
        jobs.enqueue(resume_rendering, unique_key="periodic:media.resume_rendering")
        run_next(app, jobs)
        queued = [row for row in jobs.all_rows() if row.task == "media.render_imported"]
        assert [row.payload for row in queued] == [{"media_id": str(lost.id)}]
        run_next(app, jobs)
        assert current(lost).state == MediaState.READY
        assert current(fresh).state == MediaState.PROCESSING
