"""What happens to media reaches the posts that use them: with a new entity tag, and without a conflict for writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from service.core.database import transaction
from service.core.events import emit
from service.extensions import db
from service.models.base import utcnow
from service.models.media import Media, MediaRole
from service.models.posts import Post, PostStatus
from service.posts import refreshing, tasks
from service.posts.images import record_uses, set_images
from service.posts.refreshing import posts_using, refresh_images
from tests.conftest import on_postgresql
from tests.emitted_events import EmittedEvents
from tests.factories import create_media, create_post, create_rendition, use_media
from tests.job_queue import JobQueue
from tests.job_runs import run_all, run_next
from tests.posts.conftest import Actor


def post_with(media: Media, actor: Actor | None = None, **given: Any) -> Post:
    """Return a published post that shows an image in its body and as its cover, as it was before it was ready."""
    columns = {"status": PostStatus.PUBLISHED, "cover_id": media.id, "body": f"![](/media/{media.name})"}
    post = create_post(actor.user if actor else None, **{**columns, **given})
    use_media(media, post)
    use_media(media, post, MediaRole.COVER)
    with transaction():
        refresh_images([post.id])
    return post


def refresh(*posts: Post, adopt: bool = False) -> int:
    with transaction():
        return refresh_images([post.id for post in posts], adopt=adopt)


class TestRefresh:
    def test_ready_image_is_never_hidden_by_304(self, client: FlaskClient) -> None:
        media = create_media()
        post = post_with(media)
        path = f"/api/posts/{post.id}"
        before = client.get(path)
        assert before.json["cover"]["sources"] == before.json["images"][0]["sources"] == []
        tag = {"If-None-Match": before.headers["ETag"]}
        assert client.get(path, headers=tag).status_code == 304
        rendition = create_rendition(media)
        assert refresh(post) == 1
        for address in (path, f"/api/posts/slug/{post.slug}"):
            after = client.get(address, headers=tag)
            assert after.status_code == 200
            assert after.headers["ETag"] == after.json["etag"] != before.headers["ETag"]
            srcset = f"/media/{rendition.name} 320w"
            assert after.json["cover"]["sources"] == [{"media_type": "image/webp", "srcset": srcset}]
            assert after.json["images"][0]["sources"] == after.json["cover"]["sources"]
        assert client.get("/api/posts").json[0]["cover"] == after.json["cover"]

    def test_is_no_conflict_for_who_is_writing(self, client: FlaskClient, post_author: Actor) -> None:
        media = create_media()
        post = post_with(media, post_author)
        etag = client.get(f"/api/posts/{post.id}").headers["ETag"]
        create_rendition(media)
        assert refresh(post) == 1
        headers = {**post_author.headers, "If-Match": etag}
        changed = client.patch(f"/api/posts/{post.id}", json={"title": "Another"}, headers=headers)
        assert changed.status_code == 200
        assert changed.json["cover"]["sources"] != []
        assert (
            client.patch(f"/api/posts/{post.id}", json={"title": "A third"}, headers=headers).status_code
            == 412
        )
        weak = {**post_author.headers, "If-Match": f"W/{changed.json['etag']}"}
        assert (
            client.patch(f"/api/posts/{post.id}", json={"title": "A third"}, headers=weak).status_code == 200
        )

    def test_own_texts_of_the_cover_stay(self, client: FlaskClient) -> None:
        media = create_media(alt_text="A loom", caption="1804")
        post = post_with(media, cover_alt_text="Our loom")
        with transaction():
            db.session.execute(sa.update(Media).values(alt_text="The loom", caption="1805"))
        refresh(post)
        shown = client.get(f"/api/posts/{post.id}").json
        assert (shown["cover"]["alt_text"], shown["cover"]["caption"]) == ("Our loom", "1805")
        assert shown["images"][0]["alt_text"] == "The loom"

    def test_nothing_is_written_without_a_difference(
        self, client: FlaskClient, events: EmittedEvents
    ) -> None:
        post = post_with(create_media())
        events.take()
        etag = client.get(f"/api/posts/{post.id}").headers["ETag"]
        assert refresh(post) == 0
        assert events.take() == []
        assert client.get(f"/api/posts/{post.id}").headers["ETag"] == etag

    def test_who_may_read_the_post_is_told(self, client: FlaskClient, events: EmittedEvents) -> None:
        media = create_media()
        published = post_with(media)
        archived = post_with(media, status=PostStatus.ARCHIVED)
        for hidden in (
            {"status": PostStatus.DRAFT},
            {"status": PostStatus.SCHEDULED},
            {"trashed_at": utcnow()},
        ):
            post_with(media, **hidden)
        events.take()
        create_rendition(media)
        with transaction():
            assert refresh_images(posts_using(media.id)) == 5
        assert {payload["post_id"] for name, payload in events.take() if name == "post.images_changed"} == {
            str(published.id),
            str(archived.id),
        }
        image = {"id": str(media.id), "url": f"/media/{media.name}", "media_type": "image/png"}
        size = {"width": 1000, "height": 500, "alt_text": ""}
        assert [data["post"]["cover"] for data in events.data] == [{**image, **size}] * 2

    def test_use_is_not_extended(self, client: FlaskClient) -> None:
        """The name of a file that the author was not allowed to use stays without effect."""
        media, secret = create_media(), create_media()
        post = post_with(media, body=f"![](/media/{media.name}) ![](/media/{secret.name})")
        create_rendition(secret)
        refresh(post)
        shown = client.get(f"/api/posts/{post.id}").json
        assert [image["id"] for image in shown["images"]] == [str(media.id)]
        refresh(post, adopt=True)
        shown = client.get(f"/api/posts/{post.id}").json
        assert [image["id"] for image in shown["images"]] == [str(media.id), str(secret.id)]
        assert posts_using(secret.id) == [post.id]
        db.session.rollback()


class TestTask:
    @pytest.mark.parametrize("event", ["media.ready", "media.updated"])
    def test_events_of_media_refresh_all_posts_in_batches(
        self, app: Flask, client: FlaskClient, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch, event: str
    ) -> None:
        monkeypatch.setattr(refreshing, "BATCH_SIZE", 2)
        media = create_media()
        posts = [post_with(media) for _ in range(5)]
        create_rendition(media)
        with transaction():
            emit(event, media_id=media.id)
        assert run_all(app, jobs) == 4  # three batches, and the avatars
        for post in posts:
            assert client.get(f"/api/posts/{post.id}").json["cover"]["sources"] != []
        assert jobs.all_rows() == []

    def test_goes_on_where_a_killed_worker_stopped(
        self, app: Flask, client: FlaskClient, jobs: JobQueue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refreshing, "BATCH_SIZE", 2)
        media = create_media()
        posts = [post_with(media) for _ in range(5)]
        create_rendition(media)
        job_id = jobs.enqueue(tasks.refresh_images, media_id=str(media.id))
        assert run_next(app, jobs)
        refreshed: list[int] = []

        def fail(post_ids: Sequence[UUID]) -> int:
            refreshed.append(refresh_images(post_ids))
            raise RuntimeError("killed")

        with monkeypatch.context() as broken:
            broken.setattr(refreshing, "refresh_images", fail)
            assert run_next(app, jobs)
        assert refreshed == [2]  # rolled back
        jobs.make_due(job_id)
        run_all(app, jobs)
        with db.engine.connect() as connection:
            versions = connection.scalars(sa.select(Post.images_version)).all()
        assert versions == [2] * len(posts)  # once by the fixture, once by the job

    @on_postgresql
    def test_whoever_writes_a_post_is_waited_for(self, app: Flask, client: FlaskClient) -> None:
        """A rendition cannot become ready, nor a file go, between the look at it and the record of its use."""
        media = create_media()
        post = create_post(body=f"![](/media/{media.name})")
        with transaction():
            found = set_images([db.session.get_one(Post, post.id)])
            for change in (sa.update(Media).values(renditions_version=1), sa.delete(Media)):
                with db.engine.connect() as other:
                    other.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
                    with pytest.raises(OperationalError, match="lock timeout"):
                        other.execute(change)
            db.session.flush()
            record_uses(found)
        assert refresh(post) == 0
