"""Files of imports from before there were media become media, whatever a worker is killed at."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.core.database import transaction
from service.core.jobs.queue import enqueue
from service.core.jobs.tasks import periodic_key
from service.core.storage import open_storage, store_image
from service.extensions import db
from service.importing import adoption
from service.imports.tasks import adopt_files
from service.models.base import utcnow
from service.models.jobs import Job, JobState
from service.models.media import Media, MediaUse, StoredFile
from service.models.posts import PostStatus
from tests.factories import create_post, create_user
from tests.importing.publication import at, everything, png
from tests.job_runs import run_next


def stored(data=None, name=None):
    """Store a file as imports did, and return its name."""
    data = data or png()
    if name is None:
        name = store_image(open_storage(), data).name
    with transaction() as session:
        session.add(StoredFile(name=name, media_type="image/png", size_bytes=len(data)))
    return name


@pytest.fixture
def adopt(app, jobs):
    """Return a function that runs the job as far as it comes, and returns its result."""

    def run():
        with transaction():
            job_id = enqueue(adopt_files, unique_key=periodic_key(adopt_files))
            db.session.execute(sa.update(Job).where(Job.id == job_id).values(due_at=utcnow()))
        # Before the jobs that render: those have a lower priority.
        while jobs.row(job_id).state is JobState.WAITING and jobs.row(job_id).error is None:
            assert run_next(app, jobs)
        return jobs.row(job_id).result

    return run


def rows():
    db.session.remove()
    return db.session.scalars(sa.select(Media).order_by(Media.name)).all()


@pytest.fixture(autouse=True)
def small_batches(app, monkeypatch):
    monkeypatch.setattr(adoption, "_not_adopted", adoption._not_adopted.limit(2))
    monkeypatch.setattr(adoption, "_showing", adoption._showing.limit(2))
    monkeypatch.setattr(adoption, "POSTS_AT_ONCE", 2)


class TestAdoption:
    def test_a_file_keeps_its_name_and_gets_what_an_upload_has(self, adopt):
        ann = create_user()
        name = stored()
        written = create_post(
            ann,
            title="A",
            slug="first",
            body=f"![old &amp; grey](/media/{name})",
            status=PostStatus.PUBLISHED,
        )
        body, version, images_version = written.body, written.version, written.images_version
        result = adopt()
        assert (result["adopted"], result["skipped"]) == (1, 0)
        (row,) = rows()
        assert (row.name, row.file_name, row.alt_text, row.uploader_id) == (
            name,
            "first.png",
            "old & grey",
            ann.id,
        )
        assert (row.width, row.height, row.size_bytes, row.sha256) == (
            1,
            1,
            len(png()),
            name.partition(".")[0],
        )
        after = at("first")
        assert [image["url"] for image in after.images] == [f"/media/{name}"]
        assert (after.body, after.version, after.images_version) == (
            body,
            version,
            images_version + 1,
        )
        assert db.session.scalars(sa.select(MediaUse.post_id)).all() == [written.id]
        (job,) = db.session.scalars(sa.select(Job).where(Job.task.like("media.render%"))).all()
        assert job.task == "media.render_imported"

    def test_many_files_in_many_posts(self, adopt):
        names = sorted(stored(png(shade)) for shade in range(5))
        for number in range(5):
            body = " ".join(f"![](/media/{name})" for name in names[number:])
            create_post(slug=f"p-{number}", body=body, trashed_at=utcnow() if number == 2 else None)
        assert adopt()["adopted"] == 5
        assert [row.name for row in rows()] == names
        for number in range(5):
            assert [image["url"] for image in at(f"p-{number}").images] == [
                f"/media/{name}" for name in names[number:]
            ]

    def test_what_cannot_be_read_or_is_gone_stays_and_does_not_stop_the_others(self, adopt):
        broken, gone = "0" * 64 + ".png", "1" * 64 + ".png"
        open_storage().put(broken, b"no image", "image/png")
        for name in (broken, gone):
            stored(name=name)
        name = stored()
        create_post(slug="a", body=f"![](/media/{broken}) ![](/media/{name})")
        result = adopt()
        assert (result["adopted"], result["skipped"]) == (1, 2)
        assert [row.name for row in rows()] == [name]
        assert open_storage().read(broken).read_all() == b"no image"
        open_storage().delete(broken)

    def test_again_changes_nothing(self, adopt):
        name = stored()
        create_post(slug="a", body=f"![](/media/{name})")
        adopt()
        before = {table: kept for table, kept in everything().items() if table not in {"jobs", "events"}}
        assert adopt()["adopted"] == 0
        assert {table: kept for table, kept in everything().items() if table in before} == before

    def test_goes_on_behind_the_last_batch(self, adopt, monkeypatch):
        names = sorted(stored(png(shade)) for shade in range(4))
        add, added = adoption.add_media, []

        def dies_at_the_third(stored_media, **texts):
            added.append(stored_media.name)
            if len(added) == 3:
                raise RuntimeError("killed")
            return add(stored_media, **texts)

        monkeypatch.setattr(adoption, "add_media", dies_at_the_third)
        adopt()
        assert [row.name for row in rows()] == names[:2]
        with transaction() as session:
            session.execute(sa.update(Job).values(error=None))
        adopt()
        assert [row.name for row in rows()] == names
        assert added == [*names[:3], *names[2:]]

    def test_one_that_nothing_shows_is_unused(self, adopt):
        name = stored()
        adopt()
        (row,) = rows()
        assert (row.file_name, row.uploader_id, row.alt_text) == (name, None, "")
