"""What is recorded: who did what, in the transaction of the change, by ids alone."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from service.core.audit_log import ActionNotDeclared, record, time_of
from service.core.audit_macs import AuditKeys, entry_message
from service.core.database import transaction
from service.core.events import EventInvalid, init_events
from service.extensions import db
from service.models.audit import ActorKind
from service.models.posts import PostStatus
from service.models.users import Role
from tests.accounts import PASSWORD, auth_headers, bearer_header, create_account, tokens_of
from tests.audit.log import actions, entries
from tests.factories import create_api_key, create_comment, create_post, create_user

NEW_PASSWORD = "a long and rare password"
ANY_VERSION = {"If-Match": "*"}


@pytest.fixture
def admin(app):
    return create_account(role=Role.ADMIN)


@pytest.fixture
def headers(admin):
    return {**auth_headers(admin), **ANY_VERSION}


class TestEntry:
    def test_says_who_deleted_a_post(self, client, admin, headers):
        post = create_post(create_user())
        client.delete(f"/api/posts/{post.id}", headers={**headers, "X-Request-ID": "trash-1"})
        client.delete(f"/api/posts/trash/{post.id}", headers=headers)
        trashed, deleted = entries(object_id=str(post.id))
        assert (trashed.action, deleted.action) == ("post.trashed", "post.deleted")
        assert (trashed.actor_kind, trashed.actor_id, trashed.api_key_id) == (ActorKind.USER, admin.id, None)
        assert (trashed.object_type, trashed.request_id) == ("post", "trash-1")
        assert trashed.details == {"author_id": post.author_id}
        assert trashed.recorded_at == time_of(trashed.id)

    def test_names_the_key_of_a_service(self, client):
        ada = create_account()
        key, text = create_api_key(ada, ["posts:write"])
        post = {"title": "Engine", "body": "It weaves."}
        assert client.post("/api/posts", json=post, headers=bearer_header(text)).status_code == 201
        [entry] = entries()
        assert (entry.action, entry.actor_kind, entry.actor_id) == ("post.created", ActorKind.API_KEY, ada.id)
        assert entry.api_key_id == key.id

    def test_without_a_request_is_of_the_service(self, app):
        with transaction():
            record("item.created", 7, note="seen")
        [entry] = entries()
        assert (entry.actor_kind, entry.actor_id, entry.request_id) == (ActorKind.SYSTEM, None, None)
        assert (entry.object_id, entry.details) == ("7", {"note": "seen"})

    def test_has_a_code_of_its_content(self, app):
        with transaction():
            record("item.created", 7)
        [entry] = entries()
        keys = AuditKeys.load(create=False)
        assert keys.verify(entry_message(entry._mapping), entry.mac)
        assert not keys.verify(entry_message({**entry._mapping, "object_id": "8"}), entry.mac)
        assert not keys.verify(entry_message(entry._mapping), None)

    def test_is_rolled_back_with_the_change(self, app):
        record("item.created", 7)
        db.session.rollback()
        assert entries() == []

    def test_must_be_declared(self, app):
        with pytest.raises(ActionNotDeclared):
            record("item.painted", 7)

    def test_of_an_event_must_fit_it(self, app):
        with pytest.raises(EventInvalid, match=r"item\.deleted"):
            init_events(app, {}, audited={"item.deleted": ("colour",)})


class TestNothingPersonal:
    def test_is_in_any_entry(self, client, admin, headers):
        changes = {
            "username": "augusta",
            "email": "augusta@example.org",
            "display_name": "Augusta",
            "bio": "Counts.",
        }
        user = create_account(username="lovelace", email="lovelace@example.org")
        assert client.patch(f"/api/users/{user.id}", json=changes, headers=headers).status_code == 200
        client.post("/api/auth/login", json={"email": "augusta@example.org", "password": PASSWORD})
        invitation = {"email": "grace@example.org", "role": "editor", "name": "Grace", "message": "Come!"}
        client.post("/api/invitations", json=invitation, headers=headers)
        texts = json.dumps([{**entry._mapping, "mac": None} for entry in entries()], default=str)
        assert "user.email_changed" in texts
        for personal in ("augusta", "lovelace", "grace", "example.org", "Counts", "Come", PASSWORD):
            assert personal.lower() not in texts.lower()


class TestPosts:
    def test_change_of_a_published_post_names_the_fields(self, client, admin, headers):
        post = create_post(admin, status=PostStatus.PUBLISHED)
        changes = {"title": "Another", "tags": ["Looms"], "body": post.body}
        assert client.patch(f"/api/posts/{post.id}", json=changes, headers=headers).status_code == 200
        [entry] = entries(action="post.updated")
        assert entry.details == {"author_id": admin.id, "fields": ["tags", "title"]}

    def test_own_drafts_are_saved_without_entries(self, client, admin, headers):
        post = create_post(admin)
        client.patch(f"/api/posts/{post.id}", json={"title": "Another"}, headers=headers)
        assert actions() == []

    def test_drafts_of_others_are_not(self, client, headers):
        post = create_post(create_user())
        client.patch(f"/api/posts/{post.id}", json={"title": "Another"}, headers=headers)
        assert actions() == ["post.updated"]

    def test_back_dating(self, client, admin, headers):
        post = create_post(admin, status=PostStatus.PUBLISHED)
        body = {"published_at": "2020-01-01T00:00:00Z"}
        assert client.post(f"/api/posts/{post.id}/publish", json=body, headers=headers).status_code == 200
        [entry] = entries()
        assert (entry.action, entry.details["fields"]) == ("post.updated", ["published_at"])

    def test_deletion_of_a_comment(self, client, admin, headers):
        post = create_post(admin, status=PostStatus.PUBLISHED)
        comment = create_comment(post, create_user())
        client.delete(f"/api/posts/{post.id}/comments/{comment.id}", headers=headers)
        [entry] = entries()
        assert (entry.action, entry.object_id) == ("comment.deleted", str(comment.id))
        assert entry.details == {"post_id": str(post.id), "author_id": comment.author_id}


class TestAccounts:
    def test_registration_is_nobodys(self, client):
        account = {"username": "grace", "email": "grace@example.org", "password": NEW_PASSWORD}
        user_id = client.post("/api/users", json=account).json["id"]
        [entry] = entries()
        assert (entry.action, entry.actor_kind, entry.object_id) == (
            "user.created",
            ActorKind.ANONYMOUS,
            str(user_id),
        )

    def test_each_change_of_access_is_an_action(self, client, headers):
        user = create_user()
        path = f"/api/users/{user.id}"
        changes = {"role": "editor", "is_active": False, "bio": "Gone."}
        assert client.patch(path, json=changes, headers=headers).status_code == 200
        assert client.patch(path, json={"is_active": True}, headers=headers).status_code == 200
        assert actions() == ["user.role_changed", "user.deactivated", "user.updated", "user.activated"]
        assert entries()[0].details == {"former_role": "author", "role": "editor"}
        assert entries()[2].details == {"fields": ["bio"]}

    def test_refused_change_is_none(self, client):
        ada = create_account()
        answer = client.patch(
            f"/api/users/{ada.id}", json={"role": "admin"}, headers={**auth_headers(ada), **ANY_VERSION}
        )
        assert answer.status_code == 403
        assert actions() == []

    def test_own_address_is_asked_for(self, client):
        ada = create_account()
        changes = {"email": "countess@example.org"}
        client.patch("/api/auth/me", json=changes, headers={**auth_headers(ada), **ANY_VERSION})
        assert actions() == ["user.email_change_requested"]

    def test_deletion(self, client, headers):
        ada = create_account()
        own = {**auth_headers(ada), **ANY_VERSION}
        assert client.delete(f"/api/users/{ada.id}", headers=own).status_code == 202
        assert client.post(f"/api/users/{ada.id}/cancel-deletion", headers=own).status_code == 200
        assert client.delete(f"/api/users/{ada.id}", headers=headers).status_code == 204
        assert actions() == ["user.deletion_scheduled", "user.deletion_cancelled", "user.deleted"]


class TestSessions:
    def test_login_and_logout(self, client):
        ada = create_account()
        tokens = client.post("/api/auth/login", json={"email": ada.email, "password": PASSWORD}).json
        client.delete("/api/auth/logout", headers=bearer_header(tokens["access_token"]))
        created, ended = entries()
        assert (created.action, created.actor_id) == ("session.created", ada.id)
        assert (ended.action, ended.actor_id, ended.object_id) == ("session.ended", ada.id, created.object_id)

    def test_reuse_of_a_refresh_token(self, client):
        ada = create_account()
        tokens = tokens_of(ada)
        header = bearer_header(tokens.refresh_token)
        assert client.post("/api/auth/refresh", headers=header).status_code == 200
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE refresh_tokens SET successor = NULL"))
        assert client.post("/api/auth/refresh", headers=header).status_code == 401
        [entry] = entries()
        assert (entry.action, entry.actor_id) == ("session.token_reused", ada.id)
        assert entry.object_id == str(tokens.session_id)

    def test_end_of_all_sessions(self, client):
        ada = create_account()
        headers = auth_headers(ada)
        assert client.delete("/api/auth/sessions", headers=headers).status_code == 204
        [entry] = entries()
        assert (entry.action, entry.object_id) == ("user.logged_out", str(ada.id))

    def test_password(self, client):
        ada = create_account()
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert client.post("/api/auth/password", json=body, headers=auth_headers(ada)).status_code == 200
        assert actions() == ["user.password_changed"]


class TestKeysAndWebhooks:
    def test_api_key(self, client, admin, headers):
        body = {"name": "Newsletter", "scopes": ["posts:read"]}
        key_id = client.post("/api/api-keys", json=body, headers=headers).json["id"]
        for _ in range(2):  # the second one changes nothing
            client.patch(f"/api/api-keys/{key_id}", json={"name": "News"}, headers=headers)
        client.delete(f"/api/api-keys/{key_id}", headers=headers)
        assert actions() == ["api_key.created", "api_key.renamed", "api_key.revoked"]
        assert entries()[0].details["scopes"] == ["posts:read"]
        assert {entry.details["owner_id"] for entry in entries()} == {admin.id}

    def test_webhook(self, client, headers):
        body = {"url": "https://example.org/hook"}
        webhook_id = client.post("/api/webhooks", json=body, headers=headers).json["id"]
        client.patch(f"/api/webhooks/{webhook_id}", json={"is_enabled": False, **body}, headers=headers)
        client.post(f"/api/webhooks/{webhook_id}/secret", headers=headers)
        client.delete(f"/api/webhooks/{webhook_id}", headers=headers)
        assert actions() == [
            "webhook.created",
            "webhook.updated",
            "webhook.secret_rotated",
            "webhook.deleted",
        ]
        assert entries()[1].details == {"fields": ["is_enabled"]}

    def test_export_and_its_job(self, client, headers):
        export = client.post("/api/exports", headers=headers).json
        client.post(f"/api/jobs/{export['job_id']}/cancel", headers=headers)
        client.post(f"/api/jobs/{export['job_id']}/retry", headers=headers)
        client.delete(f"/api/exports/{export['id']}", headers=headers)
        client.post("/api/periodic-tasks/auth.purge_expired/run", headers=headers)
        assert actions() == [
            "export.created",
            "job.cancelled",
            "job.retried",
            "export.deleted",
            "job.requested",
        ]

    def test_export_of_own_data(self, client, headers):
        client.post("/api/auth/me/export", headers=headers)
        assert actions() == ["account_export.created"]

    def test_invitation(self, client, headers):
        body = {"email": "grace@example.org", "role": "editor"}
        invitation_id = client.post("/api/invitations", json=body, headers=headers).json["id"]
        client.post(f"/api/invitations/{invitation_id}/resend", headers=headers)
        client.delete(f"/api/invitations/{invitation_id}", headers=headers)
        assert actions()[:2] == ["invitation.created", "invitation.resent"]
