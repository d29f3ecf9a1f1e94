"""A file that is replaced: its posts show the new one, and the former name goes once nobody has it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.events import emit
from service.extensions import db
from service.models.base import utcnow
from service.models.media import FormerMediaName, Media, MediaRole
from service.models.posts import Post, PostStatus
from service.posts import tasks
from service.posts.media_replacement import KEPT, rewrite_posts
from tests.emitted_events import EmittedEvents
from tests.factories import create_media, create_post, create_rendition, save, use_media
from tests.job_queue import JobQueue
from tests.job_runs import run_all
from tests.posts.conftest import Actor
from tests.posts.test_images import change, created

NEW_NAME = f"{'b' * 32}.webp"


def replace(media: Media, ago: timedelta = timedelta()) -> None:
    """Give a file another name, as its replacement does."""
    former = {"media_type": media.media_type, "size_bytes": media.size_bytes, "replaced_at": utcnow() - ago}
    save(FormerMediaName(name=media.name, media_id=media.id, **former))
    with transaction():
        db.session.execute(sa.update(Media).where(Media.id == media.id).values(name=NEW_NAME))
        emit("media.replaced", media_id=media.id, former_name=media.name)


def former_names() -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.scalars(sa.select(FormerMediaName.name)))


class TestRewriting:
    def test_posts_show_the_new_file(
        self, app: Flask, client: FlaskClient, jobs: JobQueue, post_author: Actor
    ) -> None:
        media, other = create_media(post_author.user), create_media(post_author.user)
        rendition = create_rendition(media).name
        body = (
            f'![A](/media/{media.name} "T") <img src="/media/{rendition}"> [l](/media/{media.name}?x=1)'
            f" ![B](/media/{other.name}) ![C](https://example.org/{media.name})"
        )
        post = created(client, post_author, body=body, cover_id=str(media.id))
        client.post(f"/api/posts/{post['id']}/publish", headers=post_author.headers)
        before = client.get(f"/api/posts/{post['id']}").json
        replace(media)
        # Whoever saves before the job has come loses nothing.
        saved = change(client, post_author, post["id"], body=f"{body}\n\nMore.").json
        assert [image["url"] for image in saved["images"]] == [f"/media/{NEW_NAME}", f"/media/{other.name}"]
        run_all(app, jobs)
        after = client.get(f"/api/posts/{post['id']}").json
        new = body.replace(f"/media/{media.name}", f"/media/{NEW_NAME}")
        assert after["body"] == f"{new.replace(f'/media/{rendition}', f'/media/{NEW_NAME}')}\n\nMore."
        assert after["body_html"].count(f"/media/{NEW_NAME}") == 3
        assert media.name.partition(".")[0] not in after["body_html"].replace(
            "example.org/", "example.org "
        ).split(" ")
        assert after["cover"]["url"] == after["images"][0]["url"] == f"/media/{NEW_NAME}"
        assert after["etag"] not in (before["etag"], saved["etag"])
        assert after["updated_at"] == saved["updated_at"]
        assert client.get(f"/api/posts?search={'b' * 32}").json != []
        conflict = {**post_author.headers, "If-Match": saved["etag"]}
        assert (
            client.patch(f"/api/posts/{post['id']}", json={"body": "x"}, headers=conflict).status_code == 412
        )

    def test_readers_are_told(self, client: FlaskClient, events: EmittedEvents) -> None:
        media = create_media()
        body = {"body": f"![](/media/{media.name})"}
        published = create_post(status=PostStatus.PUBLISHED, **body)
        for post in (published, create_post(**body)):
            use_media(media, post)
        covered = create_post(status=PostStatus.PUBLISHED, cover_id=media.id)
        use_media(media, covered, MediaRole.COVER)
        replace(media)
        events.take()
        with transaction():
            rewrite_posts(media.id, [post.id for post in (published, covered)])
        told = {(name, payload["post_id"]) for name, payload in events.take()}
        assert ("post.updated", str(published.id)) in told
        assert ("post.images_changed", str(covered.id)) in told
        assert ("post.updated", str(covered.id)) not in told


class TestFormerNames:
    def test_are_forgotten_a_day_later_and_only_if_no_post_has_them(
        self, app: Flask, client: FlaskClient, jobs: JobQueue
    ) -> None:
        media = create_media()
        create_rendition(media)
        replace(media)
        late = create_post(body=f"![](/media/{media.name})", trashed_at=utcnow())
        jobs.enqueue(tasks.forget_former_names)
        run_all(app, jobs)
        assert former_names() == [media.name]
        with db.engine.begin() as connection:
            before = utcnow() - KEPT - timedelta(minutes=1)
            connection.execute(sa.update(FormerMediaName).values(replaced_at=before))
        jobs.enqueue(tasks.forget_former_names)
        run_all(app, jobs)
        assert former_names() == []
        with db.engine.connect() as connection:
            assert (
                connection.scalar(sa.select(Post.body).where(Post.id == late.id)) == f"![](/media/{NEW_NAME})"
            )
