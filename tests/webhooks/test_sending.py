"""How deliveries are sent: in order, again after failures, and to enabled endpoints only."""

from __future__ import annotations

import json
import threading
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import database_now, transaction
from service.core.events import emit
from service.core.jobs import queue
from service.core.jobs.runner import run_attempt
from service.core.mail.sending import prepare_mail
from service.core.mail.sending import send as send_mail_task
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.users import Role, User
from service.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks import sending
from service.webhooks.mails import webhook_disabled_mail
from service.webhooks.outcomes import DISABLED_AFTER, RETRY_DELAYS_S
from service.webhooks.tasks import find_due, send
from tests.accounts import create_account
from tests.conftest import on_postgresql
from tests.factories import save
from tests.waiting import wait_until
from tests.webhook_receiver import Receiver, webhook_receiver
from tests.webhooks.conftest import Allow, Create, Headers, SendDue, change, claim_send

GRACE, ALAN = 1_000_001, 1_000_002


def tell(user_id: int, times: int = 1) -> None:
    """Let something happen to an account, so many times."""
    with transaction() as session:
        if session.get(User, user_id) is None:
            username = f"user-{user_id}"
            session.add(User(id=user_id, username=username, display_name=username, role=Role.READER))
    for _ in range(times):
        with transaction():
            emit("user.updated", user_id=user_id)
    db.session.remove()


def rows(table: Any = WebhookDelivery) -> list[Any]:
    with db.engine.connect() as connection:
        return list(connection.execute(sa.select(table.__table__).order_by(table.id)).all())


def row() -> Any:
    [only] = rows()
    return only


def endpoint() -> Any:
    [only] = rows(WebhookEndpoint)
    return only


def make_due(*conditions: Any) -> None:
    """Let the time pass until the next attempts, and have the worker look."""
    change(WebhookDelivery, *conditions, next_attempt_at=database_now(-1))
    with transaction():
        queue.enqueue(send)


def ids_at(receiver: Receiver) -> list[str]:
    return [message.headers["webhook-id"] for message in receiver.messages]


class TestDelivery:
    def test_is_sent_once(self, create: Create, receiver: Receiver, send_due: SendDue) -> None:
        create(url=receiver.url)
        tell(GRACE)
        send_due()
        send_due()
        [message] = receiver.messages
        assert message.headers["webhook-id"] == str(row().message_id)
        assert message.body.decode() == row().body
        assert json.loads(message.body)["data"] == {"user": {"id": GRACE, "username": f"user-{GRACE}"}}
        assert (row().state, row().attempts, row().last_status) == ("delivered", 1, 204)

    def test_ping(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        webhook = create(url=receiver.url)
        assert client.post(f"/api/webhooks/{webhook['id']}/ping", headers=admin).status_code == 202
        send_due()
        [message] = receiver.messages
        assert json.loads(message.body)["type"] == "ping"

    def test_job_is_gone_when_nothing_waits(
        self, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        tell(GRACE, 3)
        send_due()
        with db.engine.connect() as connection:
            assert connection.execute(sa.select(Job.id).where(Job.task == send.name)).all() == []

    def test_many_jobs_are_one_run(self, app: Flask, create: Create, receiver: Receiver) -> None:
        create(url=receiver.url)
        tell(GRACE, 5)
        job = claim_send()
        assert job is not None
        run_attempt(app, job)
        assert len(receiver.messages) == 5
        assert claim_send() is None

    def test_only_one_job_runs_at_a_time(self, create: Create, receiver: Receiver) -> None:
        create(url=receiver.url)
        tell(GRACE, 2)
        assert claim_send() is not None
        assert claim_send() is None

    def test_is_not_sent_to_a_disabled_endpoint(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        url = f"/api/webhooks/{create(url=receiver.url)['id']}"
        tell(GRACE)
        client.patch(url, json={"is_enabled": False}, headers=admin)
        send_due()
        assert (receiver.messages, row().state) == ([], "waiting")
        client.patch(url, json={"is_enabled": True}, headers=admin)
        send_due()
        assert (len(receiver.messages), row().state) == (1, "delivered")

    def test_goes_to_the_url_of_now(
        self,
        client: FlaskClient,
        create: Create,
        admin: Headers,
        receiver: Receiver,
        allow: Allow,
        send_due: SendDue,
    ) -> None:
        webhook = create()
        tell(GRACE)
        client.patch(f"/api/webhooks/{webhook['id']}", json={"url": receiver.url}, headers=admin)
        send_due()
        assert len(receiver.messages) == 1

    def test_again_by_hand_has_the_same_id(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        webhook = create(url=receiver.url)
        tell(GRACE)
        send_due()
        again = f"/api/webhooks/{webhook['id']}/deliveries/{row().id}/redeliver"
        assert client.post(again, headers=admin).status_code == 202
        send_due()
        first, second = receiver.messages
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert len(rows(WebhookAttempt)) == 2

    def test_what_no_job_was_left_for_is_found(
        self, app: Flask, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        tell(GRACE)
        with db.engine.begin() as connection:
            connection.execute(sa.delete(Job))
        with transaction():
            queue.enqueue_periodic(find_due)
        job = queue.claim_next(db.engine)
        assert job is not None
        assert job.task == find_due.name
        run_attempt(app, job)
        send_due()
        assert len(receiver.messages) == 1


class TestOrder:
    def test_of_one_object_is_kept_while_its_first_waits_for_a_retry(
        self, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        receiver.status = 500
        tell(GRACE)
        send_due()
        receiver.status = 204
        tell(GRACE, 2)
        tell(ALAN)
        send_due()
        first, second, third, others = (str(delivery.message_id) for delivery in rows())
        assert ids_at(receiver) == [first, others]  # its own wait, others pass
        make_due(WebhookDelivery.message_id == UUID(first))
        send_due()
        assert ids_at(receiver) == [first, others, first, second, third]

    def test_goes_on_when_the_first_was_given_up(
        self, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        receiver.status = 500
        tell(GRACE, 2)
        for _ in range(len(RETRY_DELAYS_S) + 1):
            make_due(WebhookDelivery.id == rows()[0].id)
            send_due()
        first, second = rows()
        assert (first.state, first.attempts) == ("failed", len(RETRY_DELAYS_S) + 1)
        assert second.attempts == 1

    def test_one_endpoint_does_not_wait_for_another(
        self, create: Create, receiver: Receiver, allow: Allow, send_due: SendDue
    ) -> None:
        with webhook_receiver() as healthy:
            allow(healthy.url)
            create(url=receiver.url)
            create(url=healthy.url)
            receiver.status = 500
            tell(GRACE)
            send_due()
            tell(GRACE)
            send_due()
            assert len(receiver.messages) == 1
            assert len(healthy.messages) == 2

    def test_a_receiver_that_hangs_keeps_no_other_from_new_messages(
        self, app: Flask, create: Create, receiver: Receiver, allow: Allow
    ) -> None:
        """Messages that are written while one is being sent to a receiver that hangs reach the others."""
        with webhook_receiver() as healthy:
            allow(healthy.url)
            create(url=receiver.url)
            create(url=healthy.url)
            receiver.may_respond.clear()
            tell(GRACE)
            job = claim_send()
            assert job is not None
            worker = threading.Thread(target=run_attempt, args=(app, job))
            worker.start()
            try:
                wait_until(lambda: len(receiver.messages) == len(healthy.messages) == 1)
                tell(ALAN, 3)
                wait_until(lambda: len(healthy.messages) == 4)
                assert len(receiver.messages) == 1  # one at a time
            finally:
                receiver.may_respond.set()
                worker.join()
            assert len(receiver.messages) == 4


class TestRetries:
    def test_come_over_a_day_with_jitter(self, create: Create, receiver: Receiver, send_due: SendDue) -> None:
        create(url=receiver.url)
        receiver.status = 503
        tell(GRACE)
        for attempt, delay_s in enumerate(RETRY_DELAYS_S, start=1):
            before = utcnow()
            make_due()
            send_due()
            waits_s = (row().next_attempt_at.replace(tzinfo=UTC) - before).total_seconds()
            assert (row().state, row().attempts, row().last_status) == ("waiting", attempt, 503)
            assert delay_s * 0.8 <= waits_s <= delay_s * 1.2 + 60
        make_due()
        send_due()
        assert (row().state, row().attempts) == ("failed", len(RETRY_DELAYS_S) + 1)
        assert timedelta(hours=23) < timedelta(seconds=sum(RETRY_DELAYS_S)) < timedelta(hours=25)
        assert len(set(ids_at(receiver))) == 1

    def test_job_comes_when_the_next_one_is_due(
        self, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        receiver.status = 500
        tell(GRACE)
        send_due()
        with db.engine.connect() as connection:
            [due_at] = connection.scalars(sa.select(Job.due_at).where(Job.task == send.name))
        assert due_at == row().next_attempt_at.replace(tzinfo=UTC)

    def test_at_once_by_hand(
        self, client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue
    ) -> None:
        webhook = create(url=receiver.url)
        receiver.status = 500
        tell(GRACE)
        send_due()
        receiver.status = 204
        client.post(f"/api/webhooks/{webhook['id']}/deliveries/{row().id}/redeliver", headers=admin)
        send_due()
        assert row().state == "delivered"

    def test_redirects_are_failures(self, create: Create, receiver: Receiver, send_due: SendDue) -> None:
        create(url=receiver.url)
        receiver.status = 302
        tell(GRACE)
        send_due()
        assert [message.path for message in receiver.messages] == ["/webhooks/revalidate"]
        [attempt] = rows(WebhookAttempt)
        assert (attempt.status, attempt.error_code) == (302, "STATUS_REFUSED")
        assert "not followed" in attempt.error


class TestInterruption:
    def test_worker_that_was_killed_between_sending_and_noting(
        self, app: Flask, create: Create, receiver: Receiver, send_due: SendDue, monkeypatch: Any
    ) -> None:
        create(url=receiver.url)
        tell(GRACE)

        class Killed(BaseException):
            pass

        def die(_outcome: Any) -> None:
            raise Killed

        with monkeypatch.context() as dying:
            dying.setattr(sending, "record_outcome", die)
            job = claim_send()
            assert job is not None
            with pytest.raises(Killed):
                run_attempt(app, job)
        assert (row().state, row().attempts, rows(WebhookAttempt)[0].finished_at) == ("waiting", 1, None)
        with transaction():
            queue.fail_attempt(job, "The process that ran the job ended.")
        make_due()
        send_due()
        first, second = receiver.messages
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        lost, done = rows(WebhookAttempt)
        assert (lost.error_code, lost.status, done.status) == ("INTERRUPTED", None, 204)
        assert lost.finished_at is not None
        assert row().state == "delivered"

    def test_receiver_that_kills_every_worker_is_given_up(
        self, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        tell(GRACE)
        change(WebhookDelivery, attempts=len(RETRY_DELAYS_S) + 1)
        save(WebhookAttempt(delivery_id=row().id, started_at=utcnow(), url=receiver.url))
        send_due()
        assert (row().state, row().last_error, receiver.messages) == ("failed", "INTERRUPTED", [])

    @on_postgresql  # a file cannot be gone
    def test_database_that_is_gone_between_sending_and_noting(
        self, app: Flask, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create(url=receiver.url)
        tell(GRACE)
        receiver.may_respond.clear()
        job = claim_send()
        assert job is not None
        worker = threading.Thread(target=run_attempt, args=(app, job))
        worker.start()
        wait_until(lambda: receiver.messages)
        others = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with db.engine.connect() as connection:
            connection.execute(others)
        receiver.may_respond.set()
        worker.join()
        assert (row().state, rows(WebhookAttempt)[0].finished_at) == ("waiting", None)
        make_due()
        send_due()
        first, second = receiver.messages
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert [each.error_code for each in rows(WebhookAttempt)] == ["INTERRUPTED", None]
        assert row().state == "delivered"


class TestSwitchingOff:
    def mailed(self) -> list[tuple[str, Any]]:
        with db.engine.connect() as connection:
            jobs = connection.scalars(sa.select(Job.payload).where(Job.task == send_mail_task.name))
            return [(job["mail"], job["to"]) for job in jobs]

    def test_after_five_days_without_a_success(
        self, ada: User, create: Create, receiver: Receiver, send_due: SendDue
    ) -> None:
        create_account(username="former", role=Role.ADMIN, is_active=False)
        create_account(username="editor", role=Role.EDITOR)
        webhook = create(url=receiver.url)
        receiver.status = 500
        tell(GRACE)
        send_due()
        assert endpoint().failing_since is not None
        change(WebhookEndpoint, failing_since=utcnow() - DISABLED_AFTER + timedelta(minutes=5))
        make_due()
        send_due()
        assert (endpoint().is_enabled, self.mailed()) == (True, [])
        change(WebhookEndpoint, failing_since=utcnow() - DISABLED_AFTER - timedelta(minutes=5))
        make_due()
        send_due()
        assert (endpoint().is_enabled, endpoint().disabled_reason) == (False, "failing")
        assert self.mailed() == [("webhook_disabled", ada.id)]
        with transaction():
            rendered = prepare_mail(webhook_disabled_mail, ada.id, {"webhook_id": webhook["id"]})
        assert rendered is not None
        assert "127.0.0.1" in rendered.content.text
        assert receiver.url not in rendered.content.text

    def test_a_success_begins_anew(self, create: Create, receiver: Receiver, send_due: SendDue) -> None:
        create(url=receiver.url)
        receiver.status = 500
        tell(GRACE)
        send_due()
        change(WebhookEndpoint, failing_since=utcnow() - DISABLED_AFTER * 2)
        receiver.status = 200
        make_due()
        send_due()
        assert (endpoint().is_enabled, endpoint().failing_since) == (True, None)

    def test_at_once_when_it_is_gone(
        self,
        client: FlaskClient,
        ada: User,
        create: Create,
        admin: Headers,
        receiver: Receiver,
        send_due: SendDue,
    ) -> None:
        webhook = create(url=receiver.url)
        receiver.status = 410
        tell(GRACE, 2)
        send_due()
        assert len(receiver.messages) == 1
        first, second = rows()
        assert (first.state, second.state) == ("failed", "waiting")
        shown = client.get(f"/api/webhooks/{webhook['id']}", headers=admin).json
        assert (shown["is_enabled"], shown["disabled_reason"]) == (False, "gone")
        assert shown["etag"] != webhook["etag"]
        assert self.mailed() == [("webhook_disabled", ada.id)]
        receiver.status = 204
        url = f"/api/webhooks/{webhook['id']}"
        again = client.patch(url, json={"is_enabled": True}, headers=admin).json
        assert (again["disabled_reason"], again["failing_since"]) == (None, None)
        send_due()
        assert rows()[1].state == "delivered"

    def test_mail_has_no_point_once_it_is_enabled_again(self, create: Create) -> None:
        webhook = create()
        with transaction():
            assert webhook_disabled_mail.load(webhook_id=webhook["id"]) is None
