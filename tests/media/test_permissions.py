"""Who may read a file: the rule for each kind of reader, over each kind of use."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from service.core.identity import Identity
from service.media.permissions import FileAccess, find_file
from service.models.base import utcnow
from service.models.media import FormerMediaName, Media, MediaKind, MediaRole, MediaUse, Rendition
from service.models.posts import PostStatus
from service.models.users import Role, User
from tests.factories import create_post, create_user, save

NAME = "0123456789abcdef0123456789abcdef.jpg"
PUBLIC, PRIVATE, DENIED = FileAccess.PUBLIC, FileAccess.PRIVATE, FileAccess.DENIED


@pytest.fixture
def ada(app: Flask) -> User:
    return create_user(username="ada")


@pytest.fixture
def media(ada: User) -> Media:
    return save(
        Media(
            name=NAME,
            file_name="loom.jpg",
            media_type="image/jpeg",
            kind=MediaKind.IMAGE,
            size_bytes=10,
            sha256="0" * 64,
            width=2,
            height=1,
            uploader_id=ada.id,
        )
    )


def identity(user: User) -> Identity:
    return Identity(user.id, user.username, user.role, uuid4(), "token", 1)


def access(reader: User | None, name: str = NAME) -> FileAccess:
    file = find_file(name, identity(reader) if reader else None)
    assert file is not None
    return file.access


def used_by(media: Media, author: User, **given: object) -> None:
    save(MediaUse(media_id=media.id, post_id=create_post(author, **given).id, role=MediaRole.BODY))


class TestUnused:
    @pytest.mark.parametrize(
        ("role", "expected"),
        [(Role.READER, DENIED), (Role.AUTHOR, DENIED), (Role.EDITOR, PRIVATE), (Role.ADMIN, PRIVATE)],
    )
    def test_role_decides(self, media: Media, role: Role, expected: FileAccess) -> None:
        assert access(create_user(role=role)) is expected

    def test_is_its_uploaders(self, media: Media, ada: User) -> None:
        assert access(ada) is PRIVATE
        assert access(None) is DENIED

    def test_of_a_deleted_account_is_not_everybodys(self, app: Flask, media: Media) -> None:
        ownerless = "f" * 32 + ".jpg"
        columns = {c.name: getattr(media, c.name) for c in Media.__table__.columns if c.name != "id"}
        save(Media(**{**columns, "name": ownerless, "uploader_id": None}))
        assert access(None, ownerless) is DENIED
        assert access(create_user(), ownerless) is DENIED


class TestUsed:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (PostStatus.PUBLISHED, PUBLIC),
            (PostStatus.ARCHIVED, PUBLIC),
            (PostStatus.DRAFT, DENIED),
            (PostStatus.SCHEDULED, DENIED),
        ],
    )
    def test_status_of_the_post_decides(self, media: Media, status: PostStatus, expected: FileAccess) -> None:
        used_by(media, create_user(), status=status)
        assert access(None) is expected
        assert access(create_user()) is expected

    def test_by_a_draft_is_read_by_its_author(self, media: Media) -> None:
        bob = create_user(username="bob")
        used_by(media, bob)
        assert access(bob) is PRIVATE

    def test_by_a_post_in_the_trash_is_not_public(self, media: Media) -> None:
        bob = create_user(username="bob")
        used_by(media, bob, status=PostStatus.PUBLISHED, trashed_at=utcnow())
        assert access(None) is DENIED
        assert access(bob) is DENIED

    def test_as_an_avatar_is_public(self, media: Media, ada: User) -> None:
        save(MediaUse(media_id=media.id, user_id=ada.id, role=MediaRole.AVATAR))
        assert access(None) is PUBLIC

    def test_once_in_public_is_public(self, media: Media, ada: User) -> None:
        used_by(media, ada)
        used_by(media, ada, status=PostStatus.PUBLISHED)
        assert access(None) is PUBLIC


class TestNames:
    def test_renditions_and_former_names_are_as_the_file(self, media: Media, ada: User) -> None:
        rendition, former = NAME.replace(".jpg", "-320.webp"), "e" * 32 + ".png"
        save(
            Rendition(
                name=rendition,
                media_id=media.id,
                width=320,
                height=160,
                media_type="image/webp",
                size_bytes=5,
            )
        )
        save(FormerMediaName(name=former, media_id=media.id, media_type="image/png", size_bytes=7))
        for name, media_type, size in ((rendition, "image/webp", 5), (former, "image/png", 7)):
            file = find_file(name, identity(ada))
            assert file is not None
            assert (file.media_type, file.size_bytes, file.access) == (media_type, size, PRIVATE)
            assert (file.file_name, file.is_image) == ("loom.jpg", True)
            assert access(None, name) is DENIED

    def test_unknown_ones_are_told_from_denied_ones(self, media: Media) -> None:
        assert find_file("d" * 64 + ".jpg", None) is None
