"""The mail about a comment: who gets it, what it says, and how it is switched off."""

from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

import pytest

from service.comments.mails import QUOTED_MAX
from service.config import settings
from service.core.database import transaction
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.models.posts import PostStatus
from service.models.users import Role, User
from tests.accounts import auth_headers, create_account, reload_user
from tests.factories import create_post

BODY = "A fine description of the *mill*."


@pytest.fixture
def ada(app):
    """The author of the post."""
    return create_account(username="ada", display_name="Ada", email="ada@example.org")


@pytest.fixture
def grace(app):
    return create_account(username="grace", display_name="Grace Hopper", role=Role.READER)


@pytest.fixture
def post(ada):
    return create_post(ada, title="The engine", slug="the-engine", status=PostStatus.PUBLISHED)


@pytest.fixture
def comment(client, post, jobs):
    def write(user, body=BODY):
        response = client.post(
            f"/api/posts/{post.id}/comments", json={"body": body}, headers=auth_headers(user)
        )
        assert response.status_code == 201
        return response.json["id"]

    return write


@pytest.fixture
def mails(app, jobs):
    """Return a function that runs all jobs, and returns the mails that they have written."""
    for path in settings().mail_dir.glob("*.eml"):
        path.unlink()

    def run():
        while job := jobs.claim():
            run_attempt(app, job)
        assert {row.state for row in jobs.all_rows()} <= {"succeeded"}
        paths = sorted(settings().mail_dir.glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]

    return run


class TestRecipient:
    def test_is_the_author_of_the_post(self, comment, grace, mails, post):
        number = comment(grace)
        (message,) = mails()
        assert message["To"] == "Ada <ada@example.org>"
        assert message["Subject"] == "Grace Hopper commented on “The engine”"
        text = message.get_body(("plain",)).get_content()
        assert f"> {BODY}" in text
        assert f"{settings().site_url}/posts/the-engine#comment-{number}\r\n" in text

    def test_does_not_hear_of_own_comments(self, comment, ada, mails):
        comment(ada)
        assert mails() == []

    def test_can_switch_it_off(self, client, comment, ada, grace, mails):
        client.patch(f"/api/users/{ada.id}", json={"comment_notifications": False}, headers=auth_headers(ada))
        comment(grace)
        assert mails() == []

    def test_can_switch_it_off_while_the_mail_is_waiting(self, app, client, comment, ada, grace, mails, jobs):
        comment(grace)
        while (job := jobs.claim()).task != "mail.send":
            run_attempt(app, job)
        client.patch("/api/auth/me", json={"comment_notifications": False}, headers=auth_headers(ada))
        run_attempt(app, job)
        assert mails() == []

    def test_of_a_post_without_an_author_is_nobody(self, client, grace, mails, jobs):
        orphan = create_post(status=PostStatus.PUBLISHED)
        client.post(f"/api/posts/{orphan.id}/comments", json={"body": BODY}, headers=auth_headers(grace))
        assert mails() == []


class TestContent:
    @pytest.mark.parametrize("method", ["DELETE comment", "unpublish", "trash"])
    def test_nothing_is_sent_of_what_cannot_be_read_any_more(
        self, client, comment, ada, grace, mails, post, method
    ):
        number = comment(grace)
        headers = {**auth_headers(ada), "If-Match": "*"}
        if method == "unpublish":
            client.post(f"/api/posts/{post.id}/unpublish", headers=headers)
        else:
            path = f"/api/posts/{post.id}" + (f"/comments/{number}" if method == "DELETE comment" else "")
            assert client.delete(path, headers=headers).status_code == 204
        assert mails() == []

    def test_a_long_comment_is_cut(self, comment, grace, mails):
        comment(grace, "x" * QUOTED_MAX + "y")
        text = mails()[0].get_body(("plain",)).get_content()
        assert f"> {'x' * QUOTED_MAX}…\r\n" in text

    def test_markup_is_text(self, comment, grace, mails):
        comment(grace, '<script>alert("x")</script>')
        assert "&lt;script&gt;" in mails()[0].get_body(("html",)).get_content()


class TestUnsubscribing:
    @pytest.fixture
    def token(self, comment, grace, mails):
        comment(grace)
        (message,) = mails()
        url = message["List-Unsubscribe"].strip("<>")
        assert url.startswith(f"{settings().public_url}/api/unsubscribe/")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert (
            f"{settings().site_url}/unsubscribe/{url.rpartition('/')[2]}"
            in message.get_body(("plain",)).get_content()
        )
        return url.rpartition("/")[2]

    def test_takes_one_request_without_a_login(self, client, ada, token):
        before = client.get(f"/api/users/{ada.id}", headers=auth_headers(ada))
        for _ in range(2):
            response = client.post(f"/api/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
            assert response.status_code == 204
        assert not reload_user(ada.id).comment_notifications
        after = client.get(f"/api/users/{ada.id}", headers=auth_headers(ada))
        assert (before.json["comment_notifications"], after.json["comment_notifications"]) == (True, False)
        assert before.headers["ETag"] != after.headers["ETag"]

    def test_in_a_browser_is_asked_for(self, client, ada, token):
        response = client.get(f"/api/unsubscribe/{token}", headers={"Accept": "text/html,*/*;q=0.8"})
        assert (response.status_code, response.headers["Location"]) == (
            303,
            f"{settings().site_url}/unsubscribe/{token}",
        )
        assert reload_user(ada.id).comment_notifications

    def test_can_be_looked_up(self, client, token):
        for expected in (True, False):
            response = client.get(f"/api/unsubscribe/{token}")
            assert (response.status_code, response.json) == (200, {"comment_notifications": expected})
            client.post(f"/api/unsubscribe/{token}")

    def test_every_mail_of_an_account_has_the_same_link(self, comment, grace, mails, token):
        comment(grace)
        assert {urlsplit(message["List-Unsubscribe"].strip("<>")).path for message in mails()} == {
            f"/api/unsubscribe/{token}"
        }

    def test_the_first_mail_is_no_change_of_the_account(self, client, ada, comment, grace, mails):
        before = client.get("/api/auth/me", headers=auth_headers(ada))
        comment(grace)
        assert len(mails()) == 1
        after = client.get("/api/auth/me", headers=auth_headers(ada))
        assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
        assert reload_user(ada.id).unsubscribe_token

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("wrong", ["x" * 43, "short"])
    def test_needs_the_whole_token(self, client, ada, token, method, wrong):
        assert getattr(client, method)(f"/api/unsubscribe/{wrong}").status_code == 404
        assert reload_user(ada.id).comment_notifications

    def test_of_a_deleted_account_leads_nowhere(self, client, ada, token):
        with transaction():
            db.session.delete(db.session.get(User, ada.id))
        assert client.post(f"/api/unsubscribe/{token}").status_code == 404
