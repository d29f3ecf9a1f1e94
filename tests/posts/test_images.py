"""Cover, card image and images of the body: what posts show, which media they use, and who may use which."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from service.core.database import transaction
from service.core.identity import Identity
from service.extensions import db
from service.media.permissions import FileAccess, find_file
from service.models.media import FormerMediaName, Media, MediaKind, MediaUse
from service.models.posts import Post
from service.posts.images import record_uses, set_images
from service.posts.media_links import IMAGES_MAX
from tests.factories import create_media, create_post, create_rendition, save, use_media
from tests.posts.conftest import Actor, make_actor

TEXT = {"title": "The loom", "body": "It weaves."}


def uses_of(post_id: Any) -> set[tuple[UUID, str]]:
    rows = sa.select(MediaUse.media_id, MediaUse.role).where(MediaUse.post_id == UUID(str(post_id)))
    with db.engine.connect() as connection:
        return {(media_id, str(role)) for media_id, role in connection.execute(rows)}


def created(client: FlaskClient, actor: Actor, **fields: Any) -> Any:
    response = client.post("/api/posts", json={**TEXT, **fields}, headers=actor.headers)
    assert response.status_code == 201, response.json
    return response.json


def change(client: FlaskClient, actor: Actor, post_id: Any, **fields: Any) -> Any:
    headers = {**actor.headers, "If-Match": "*"}
    return client.patch(f"/api/posts/{post_id}", json=fields, headers=headers)


def shown(*media: Media) -> str:
    """Return a body that shows these images."""
    return "\n\n".join(f"![It weaves](/media/{each.name})" for each in media)


class TestCover:
    def test_is_shown_alone_and_in_lists(
        self, client: FlaskClient, post_author: Actor, sql_statements: Any
    ) -> None:
        cover = create_media(post_author.user, alt_text="A loom", caption="1804", credit="Ada")
        create_rendition(cover)
        card = create_media(post_author.user)
        post = created(client, post_author, cover_id=str(cover.id), card_id=str(card.id))
        assert (post["cover"]["id"], post["card"]["id"]) == (str(cover.id), str(card.id))
        assert post["cover"]["url"] == f"/media/{cover.name}"
        assert post["cover"]["sources"] == [
            {
                "media_type": "image/webp",
                "srcset": f"/media/{cover.name.removesuffix('.png')}-320.webp 320w",
            }
        ]
        texts = {name: post["cover"][name] for name in ("alt_text", "caption", "credit")}
        assert texts == {"alt_text": "A loom", "caption": "1804", "credit": "Ada"}
        assert (post["cover_alt_text"], post["cover_caption"]) == (None, None)
        assert uses_of(post["id"]) == {(cover.id, "cover"), (card.id, "card")}
        client.post(f"/api/posts/{post['id']}/publish", headers=post_author.headers)
        for path in (f"/api/posts/{post['id']}", "/api/posts?after=" + "f" * 32):
            with sql_statements() as statements:
                answer = client.get(path).json
            assert len(statements) == 1
            found = answer[0] if isinstance(answer, list) else answer
            assert (found["cover"], found["card"]) == (post["cover"], post["card"])

    def test_texts_of_the_post_win_and_go_with_the_cover(
        self, client: FlaskClient, post_author: Actor
    ) -> None:
        first = create_media(post_author.user, alt_text="A loom", caption="1804")
        second = create_media(post_author.user, alt_text="A card")
        post = created(
            client, post_author, cover_id=str(first.id), cover_alt_text="Our loom", cover_caption=""
        )
        assert (post["cover"]["alt_text"], post["cover"]["caption"]) == ("Our loom", "")
        assert (post["cover_alt_text"], post["cover_caption"]) == ("Our loom", "")
        same = change(client, post_author, post["id"], cover_id=str(first.id)).json
        assert (same["cover_alt_text"], same["etag"]) == ("Our loom", post["etag"])
        own = change(client, post_author, post["id"], cover_alt_text=None).json
        assert own["cover"]["alt_text"] == "A loom"
        change(client, post_author, post["id"], cover_alt_text="Our loom")
        other = change(client, post_author, post["id"], cover_id=str(second.id)).json
        assert (other["cover"]["alt_text"], other["cover_alt_text"]) == ("A card", None)
        assert uses_of(post["id"]) == {(second.id, "cover")}

    def test_replacing_a_post_without_it_removes_it(self, client: FlaskClient, post_author: Actor) -> None:
        media = create_media(post_author.user)
        post = created(client, post_author, cover_id=str(media.id), card_id=str(media.id))
        assert uses_of(post["id"]) == {(media.id, "cover"), (media.id, "card")}
        headers = {**post_author.headers, "If-Match": post["etag"]}
        replaced = client.put(f"/api/posts/{post['id']}", json=TEXT, headers=headers).json
        assert (replaced["cover"], replaced["card"]) == (None, None)
        assert uses_of(post["id"]) == set()

    @pytest.mark.parametrize("field", ["cover_id", "card_id"])
    @pytest.mark.parametrize("operation", ["create", "patch", "put"])
    def test_what_is_no_image_is_refused(
        self, client: FlaskClient, post_author: Actor, field: str, operation: str
    ) -> None:
        document = create_media(post_author.user, kind=MediaKind.DOCUMENT)
        post = created(client, post_author)
        headers = {**post_author.headers, "If-Match": "*"}
        for media_id, code in ((uuid4(), "IMAGE_NOT_FOUND"), (document.id, "MEDIA_NOT_IMAGE")):
            body = {**TEXT, field: str(media_id)}
            if operation == "create":
                answer = client.post("/api/posts", json=body, headers=headers)
            elif operation == "patch":
                answer = client.patch(f"/api/posts/{post['id']}", json=body, headers=headers)
            else:
                answer = client.put(f"/api/posts/{post['id']}", json=body, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (409, code)
        assert uses_of(post["id"]) == set()
        assert change(client, post_author, post["id"], **{field: "no-uuid"}).status_code == 400


class TestWhoMayUse:
    def test_uploads_of_others_only_where_everybody_sees_them(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, editor: Actor
    ) -> None:
        media = create_media(other_author.user)
        draft = created(client, other_author, body=shown(media))
        mine = created(client, post_author)
        refused = change(client, post_author, mine["id"], cover_id=str(media.id))
        assert (refused.status_code, refused.json["code"]) == (409, "IMAGE_NOT_FOUND")
        # Whoever knows the name of a file does not make it public with a post of their own.
        named = change(client, post_author, mine["id"], body=shown(media)).json
        assert (named["images"], uses_of(mine["id"])) == ([], set())
        assert change(client, editor, mine["id"], card_id=str(media.id)).status_code == 200
        # What an editor has chosen, the author keeps.
        kept = {**TEXT, "card_id": str(media.id)}
        headers = {**post_author.headers, "If-Match": "*"}
        assert client.put(f"/api/posts/{mine['id']}", json=kept, headers=headers).json["card"]
        theirs = created(client, post_author)
        client.post(f"/api/posts/{draft['id']}/publish", headers=other_author.headers)
        assert change(client, post_author, theirs["id"], cover_id=str(media.id)).status_code == 200
        client.delete(f"/api/posts/{draft['id']}", headers=other_author.headers)
        late = make_actor("mary")
        another = created(client, late)
        assert change(client, late, another["id"], cover_id=str(media.id)).status_code == 409
        # Who has used it meanwhile can go on.
        again = created(client, post_author, cover_id=str(media.id))
        assert again["cover"]["id"] == str(media.id)


class TestBody:
    def test_images_in_order_of_appearance(self, client: FlaskClient, post_author: Actor) -> None:
        user = post_author.user
        first, second, third = (create_media(user) for _ in range(3))
        document = create_media(user, kind=MediaKind.DOCUMENT)
        unused = create_media(user)
        linked = create_media(user)
        rendition = create_rendition(second).name
        body = f"""
[![](/media/{first.name} "A title with > in it")](https://example.org)
<img src="/media/{rendition}" width="320">
![](/media/{third.name}) ![](/media/{first.name}?x=1)
[The PDF](http://127.0.0.1:8000/media/{document.name}) [larger](/media/{linked.name}) [](/media/{second.name})
`<img src="/media/{unused.name}">` ![](https://example.org/media/{unused.name}) ![](/media/{"0" * 32}.png)
<p title="&lt;img src=&quot;/media/{unused.name}&quot;&gt;">x</p>
"""
        post = created(client, post_author, body=body)
        assert [image["id"] for image in post["images"]] == [str(each.id) for each in (first, second, third)]
        assert uses_of(post["id"]) == {(each.id, "body") for each in (first, second, third, document, linked)}
        assert client.get(f"/api/posts/{post['id']}", headers=post_author.headers).json == post

    def test_change_of_the_body_changes_the_uses(
        self, client: FlaskClient, post_author: Actor, sql_statements: Any
    ) -> None:
        first, second = create_media(post_author.user), create_media(post_author.user)
        post = created(client, post_author, body=shown(first), cover_id=str(first.id))
        changed = change(client, post_author, post["id"], body=shown(second, first)).json
        assert [image["id"] for image in changed["images"]] == [str(second.id), str(first.id)]
        assert uses_of(post["id"]) == {(first.id, "body"), (second.id, "body"), (first.id, "cover")}
        assert change(client, post_author, post["id"], body="None.").json["images"] == []
        assert uses_of(post["id"]) == {(first.id, "cover")}
        with sql_statements() as statements:
            change(client, post_author, post["id"], title="Another")
        assert not any("media" in statement.split("FROM")[-1] for statement in statements)

    def test_former_name_stands_for_the_file(self, client: FlaskClient, post_author: Actor) -> None:
        media = create_media(post_author.user)
        former = f"{'a' * 32}.jpg"
        save(FormerMediaName(name=former, media_id=media.id, media_type="image/jpeg", size_bytes=1))
        post = created(client, post_author, body=f"![](/media/{former})")
        assert [image["url"] for image in post["images"]] == [f"/media/{media.name}"]
        assert uses_of(post["id"]) == {(media.id, "body")}

    def test_a_post_carries_so_many_and_uses_all(self, client: FlaskClient, post_author: Actor) -> None:
        template = create_media(post_author.user)
        with db.engine.begin() as connection:
            columns = {column.name: getattr(template, column.name) for column in Media.__table__.columns}
            rows = [
                {**columns, "id": uuid4(), "name": f"{number:032x}.png"} for number in range(IMAGES_MAX + 1)
            ]
            connection.execute(Media.__table__.insert(), rows)
        body = "\n\n".join(f"![](/media/{row['name']})" for row in rows)
        post = created(client, post_author, body=body)
        assert [image["id"] for image in post["images"]] == [str(row["id"]) for row in rows[:IMAGES_MAX]]
        assert len(uses_of(post["id"])) == IMAGES_MAX + 1


class TestUses:
    def test_file_in_use_cannot_be_deleted(self, client: FlaskClient, post_author: Actor) -> None:
        for fields in ({"body": "{}"}, {"cover_id": "{}"}, {"card_id": "{}"}):
            media = create_media(post_author.user)
            values = {
                name: shown(media) if name == "body" else text.format(media.id)
                for name, text in fields.items()
            }
            post = created(client, post_author, **values)
            for _ in ("as a draft", "in the trash"):
                with pytest.raises(IntegrityError), db.engine.begin() as connection:
                    connection.execute(sa.delete(Media).where(Media.id == media.id))
                client.delete(f"/api/posts/{post['id']}", headers=post_author.headers)
            assert (
                client.delete(f"/api/posts/trash/{post['id']}", headers=post_author.headers).status_code
                == 204
            )
            with db.engine.begin() as connection:
                assert connection.execute(sa.delete(Media).where(Media.id == media.id)).rowcount == 1

    def test_restored_post_has_its_images(self, client: FlaskClient, post_author: Actor) -> None:
        media = create_media(post_author.user)
        post = created(client, post_author, body=shown(media), cover_id=str(media.id))
        client.delete(f"/api/posts/{post['id']}", headers=post_author.headers)
        restored = client.post(f"/api/posts/{post['id']}/restore", headers=post_author.headers).json
        assert (restored["cover"], restored["images"]) == (post["cover"], post["images"])
        assert uses_of(post["id"]) == {(media.id, "body"), (media.id, "cover")}

    def test_batch_of_an_import(self, app: Flask, sql_statements: Any) -> None:
        media = [create_media() for _ in range(3)]
        stored = [create_post(body=shown(media[0])) for _ in range(3)]
        use_media(media[2], stored[0])
        new = unsaved(create_post(body=shown(media[1])))
        with transaction():
            posts = [db.session.get_one(Post, post.id) for post in stored]
            posts.append(new)
            db.session.add(new)
            with sql_statements() as statements:
                found = set_images(posts)
            assert len(statements) <= 6  # however many posts
            db.session.flush()
            new_id = new.id
            with sql_statements() as statements:
                record_uses(found)
            assert len(statements) == 2
        assert [uses_of(post.id) for post in stored] == [{(media[0].id, "body")}] * 3
        assert uses_of(new_id) == {(media[1].id, "body")}


def unsaved(post: Post) -> Post:
    """Return a copy of a post that has no row yet."""
    columns = {column.name: getattr(post, column.name) for column in Post.__table__.columns}
    del columns["version"]
    return Post(**{**columns, "id": uuid4(), "slug": "unsaved"})


class TestLifeOfAPost:
    def test_outsiders_see_its_files_exactly_when_they_see_it(
        self, client: FlaskClient, post_author: Actor, other_author: Actor, reader: Actor, editor: Actor
    ) -> None:
        in_body, cover, card = files = [create_media(post_author.user) for _ in range(3)]
        names = [*(media.name for media in files), create_rendition(cover).name]
        fields = {"cover_id": str(cover.id), "card_id": str(card.id)}
        post = created(client, post_author, body=shown(in_body), **fields)
        path = f"/api/posts/{post['id']}"
        outsiders, insiders = (None, other_author, reader), (post_author, editor)
        for operation, is_public in (
            (None, False),
            ("publish", True),
            ("unpublish", False),
            ("publish", True),
            ("trash", False),
            ("restore", True),
            ("archive", True),
        ):
            if operation == "trash":
                client.delete(path, headers=post_author.headers)
            elif operation:
                client.post(f"{path}/{operation}", headers=post_author.headers)
            for actor in outsiders:
                seen = client.get(path, headers=actor.headers if actor else {}).status_code == 200
                assert seen is is_public, operation
                expected = FileAccess.PUBLIC if is_public else FileAccess.DENIED
                assert [access(name, actor) for name in names] == [expected] * 4, operation
            expected = FileAccess.PUBLIC if is_public else FileAccess.PRIVATE
            for actor in insiders:
                assert [access(name, actor) for name in names] == [expected] * 4, operation


def access(name: str, actor: Actor | None) -> FileAccess:
    """Return whether somebody gets a file."""
    user = actor and actor.user
    identity = user and Identity(user.id, user.username, user.role, uuid4(), "token", 1)
    file = find_file(name, identity)
    assert file is not None
    return file.access
