"""Single-use links: used once, also by two at the same time, and never after their end."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.contract.problems import Problem
from service.core import single_use_links as links
from service.core.database import transaction
from service.core.single_use_links import LinkExpired, LinkInvalid, LinkRevoked, LinkUsed
from service.extensions import db
from service.models.base import utcnow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role
from tests.accounts import run_concurrently
from tests.factories import create_user, save

PURPOSE = LinkPurpose.INVITATION
DAY = timedelta(days=1)


def create_link(**given: Any) -> tuple[SingleUseLink, str]:
    """Return a new link with its secret."""
    secret = links.new_secret()
    defaults = {
        "purpose": PURPOSE,
        "secret_hash": hashlib.sha256(secret.encode()).digest(),
        "email": "grace@example.org",
        "expires_at": utcnow() + DAY,
    }
    link = save(SingleUseLink(**{**defaults, **given}))
    return link, secret


def redeem(secret: str) -> links.Link:
    with transaction():
        return links.redeem_link(PURPOSE, secret)


def row(link: SingleUseLink) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(
            sa.select(SingleUseLink.__table__).where(SingleUseLink.id == link.id)
        ).one_or_none()


class TestSecrets:
    def test_have_256_random_bits(self) -> None:
        assert links.SECRET_BYTES * 8 >= 256
        assert len(made := {links.new_secret() for _ in range(100)}) == 100
        assert {len(secret) for secret in made} == {43}

    def test_are_stored_as_hashes_only(self, app: Flask) -> None:
        link, _ = create_link(secret_hash=None)
        secret = links.new_secret()
        with transaction():
            assert links.store_secret(link.id, secret)
        assert row(link).secret_hash == hashlib.sha256(secret.encode()).digest()
        assert secret not in str(row(link))

    def test_that_are_new_replace_the_old_one(self, app: Flask) -> None:
        link, old = create_link()
        new = links.new_secret()
        with transaction():
            links.store_secret(link.id, new)
        with pytest.raises(LinkInvalid):
            redeem(old)
        assert redeem(new).id == link.id

    @pytest.mark.parametrize(
        "state",
        [{"used_at": utcnow()}, {"revoked_at": utcnow()}, {"expires_at": utcnow() - DAY}],
        ids=["used", "revoked", "expired"],
    )
    def test_open_nothing_that_is_closed(self, app: Flask, state: dict[str, datetime]) -> None:
        link, _ = create_link(**state)
        with transaction():
            assert not links.store_secret(link.id, links.new_secret())

    def test_are_in_the_fragment_of_the_configured_site(self, app: Flask, monkeypatch: Any) -> None:
        settings = replace(app.extensions["settings"], site_url="https://blog.example.org")
        monkeypatch.setitem(app.extensions, "settings", settings)
        with app.test_request_context(headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
            assert links.link_url("/invitation", "abc") == "https://blog.example.org/invitation#abc"


class TestRedeem:
    def test_returns_what_the_link_is_about(self, app: Flask) -> None:
        admin = create_user(role=Role.ADMIN)
        link, secret = create_link(role=Role.EDITOR, created_by_id=admin.id)
        redeemed = redeem(secret)
        assert (redeemed.id, redeemed.email, redeemed.role, redeemed.created_by_id) == (
            link.id,
            "grace@example.org",
            Role.EDITOR,
            admin.id,
        )
        assert abs(row(link).used_at.replace(tzinfo=None) - utcnow().replace(tzinfo=None)) < DAY

    def test_works_once(self, app: Flask) -> None:
        _, secret = create_link()
        redeem(secret)
        with pytest.raises(LinkUsed):
            redeem(secret)

    def test_that_is_rolled_back_did_not_happen(self, app: Flask) -> None:
        _, secret = create_link()
        links.redeem_link(PURPOSE, secret)
        db.session.rollback()
        assert redeem(secret).email == "grace@example.org"

    @pytest.mark.parametrize("way", [links.find_link, links.redeem_link], ids=["find", "redeem"])
    @pytest.mark.parametrize(
        ("state", "problem"),
        [
            ({"used_at": utcnow()}, LinkUsed),
            ({"used_at": utcnow(), "expires_at": utcnow() - DAY}, LinkUsed),
            ({"revoked_at": utcnow()}, LinkRevoked),
            ({"revoked_at": utcnow(), "expires_at": utcnow() - DAY}, LinkRevoked),
            ({"expires_at": utcnow()}, LinkExpired),
        ],
        ids=["used", "used long ago", "revoked", "revoked long ago", "expired"],
    )
    def test_says_why_it_cannot_be(
        self, app: Flask, way: Any, state: dict[str, datetime], problem: type[Problem]
    ) -> None:
        _, secret = create_link(**state)
        with pytest.raises(problem), transaction():
            way(PURPOSE, secret)

    @pytest.mark.parametrize("way", [links.find_link, links.redeem_link], ids=["find", "redeem"])
    @pytest.mark.parametrize("secret", ["", "x" * 43, "é"])
    def test_knows_no_other_secret(self, app: Flask, way: Any, secret: str) -> None:
        create_link()
        create_link(email="other@example.org", secret_hash=None)
        with pytest.raises(LinkInvalid), transaction():
            way(PURPOSE, secret)

    @pytest.mark.parametrize("way", [links.find_link, links.redeem_link], ids=["find", "redeem"])
    def test_knows_no_secret_of_another_purpose(self, app: Flask, way: Any) -> None:
        _, secret = create_link()
        with transaction() as session:
            session.execute(sa.text("UPDATE single_use_links SET purpose = 'another'"))
        with pytest.raises(LinkInvalid), transaction():
            way(PURPOSE, secret)

    def test_of_two_at_once_one_wins(self, app: Flask) -> None:
        _, secret = create_link()

        def call(_client: Any, _index: int) -> int:
            try:
                redeem(secret)
            except LinkUsed:
                return 409
            return 201

        assert sorted(run_concurrently(app, 8, call)) == [201] + [409] * 7


class TestRevoke:
    def test_closes_it_once(self, app: Flask) -> None:
        link, secret = create_link()
        with transaction():
            assert links.revoke_link(link.id)
            assert not links.revoke_link(link.id)
        with pytest.raises(LinkRevoked):
            redeem(secret)

    def test_does_not_undo_a_use(self, app: Flask) -> None:
        link, secret = create_link()
        redeem(secret)
        with transaction():
            assert not links.revoke_link(link.id)
        assert row(link).revoked_at is None

    def test_of_all_that_an_account_created(self, app: Flask) -> None:
        admin, other = create_user(role=Role.ADMIN), create_user(role=Role.ADMIN)
        _, theirs = create_link(created_by_id=admin.id)
        _, anothers = create_link(created_by_id=other.id, email="other@example.org")
        with transaction():
            links.revoke_links_created_by(admin.id)
        with pytest.raises(LinkRevoked):
            redeem(theirs)
        redeem(anothers)


class TestPurge:
    def test_deletes_what_expired_long_ago_in_batches(self, app: Flask) -> None:
        long_ago = utcnow() - links.RETENTION_AFTER_EXPIRY - DAY
        old = [create_link(email=f"{n}@example.org", expires_at=long_ago)[0] for n in range(3)]
        kept = [
            create_link(email="a@example.org", expires_at=utcnow() - DAY)[0],
            create_link(email="b@example.org", used_at=utcnow() - DAY)[0],
        ]
        deleted = []
        for _ in range(3):
            with transaction():
                deleted.append(links.purge_links(2))
        assert deleted == [2, 1, 0]
        assert [row(link) for link in old] == [None] * 3
        assert None not in [row(link) for link in kept]

    def test_is_part_of_the_daily_one(self, app: Flask) -> None:
        create_link(expires_at=utcnow() - links.RETENTION_AFTER_EXPIRY - DAY)
        result = app.test_cli_runner().invoke(args=["purge-sessions"])
        assert result.output == "Deleted 1 expired rows.\n"
