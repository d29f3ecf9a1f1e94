"""From a change to a delivered mail: the job, what it loads, and what it does not tell."""

import dataclasses
from email import message_from_bytes
from email.policy import default

import pytest

from service.config import settings
from service.core.database import transaction
from service.core.jobs.runner import run_attempt
from service.core.jobs.tasks import PayloadInvalid, payload_validator
from service.core.mail import sending
from service.core.mail.message import AddressInvalid
from service.core.mail.sending import send_mail
from service.core.mail.templates import Mail
from service.extensions import db
from service.models.base import utcnow
from service.models.jobs import Job
from tests.core.mail.smtp_server import HOST, Mailbox, silent_server, smtp_server
from tests.factories import create_user

NUMBER = {"number": {"type": "integer"}}


@pytest.fixture
def loaded(monkeypatch):
    """Declare the mail `test` with a payload; return what it was loaded with."""
    calls = []
    declared = Mail("test", lambda number: calls.append(number) or {}, payload_validator(NUMBER), {})
    monkeypatch.setitem(sending.declared_mails(), "test", declared)
    calls.append(declared)
    return calls


@pytest.fixture
def ask(loaded, jobs):
    def ask(to, **payload):
        with transaction():
            return send_mail(loaded[0], to=to, **({"number": 7} | payload))

    return ask


def files():
    return sorted(settings().mail_dir.glob("*.eml"))


@pytest.fixture(autouse=True)
def _no_files(app):
    for path in files():
        path.unlink()


@pytest.fixture
def smtp(app, monkeypatch):
    """Return a function that lets the application send to a port."""

    def use(port):
        server = {"mail_host": HOST, "mail_port": port, "mail_tls": "none", "mail_timeout_s": 1}
        monkeypatch.setitem(app.extensions, "settings", dataclasses.replace(settings(), **server))

    return use


class TestJob:
    def test_belongs_to_the_change(self, loaded, jobs):
        send_mail(loaded[0], to="ada@example.org", number=7)
        db.session.rollback()
        assert jobs.all_rows() == []

    def test_holds_ids_and_no_more(self, ask, jobs):
        user = create_user(email="ada@example.org")
        payload = jobs.row(ask(user.id)).payload
        assert payload == {
            "mail": "test",
            "to": user.id,
            "payload": {"number": 7},
            "message_id": payload["message_id"],
        }

    def test_refuses_a_payload_that_does_not_fit(self, ask, jobs):
        with pytest.raises(PayloadInvalid):
            ask(1, number="secret")
        assert jobs.all_rows() == []

    def test_refuses_an_address_that_is_none(self, ask, jobs):
        with pytest.raises(AddressInvalid):
            ask("ada@example.org\r\nBcc: eve@example.org")
        assert jobs.all_rows() == []


class TestDelivery:
    def test_to_the_address_that_the_account_has_by_then(self, app, ask, jobs):
        user = create_user(email="old@example.org", display_name="Ada")
        job_id = ask(user.id)
        with transaction():
            db.session.get(type(user), user.id).email = "new@example.org"
        run_attempt(app, jobs.claim())
        assert jobs.row(job_id).state == "succeeded"
        (file,) = files()
        assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "Ada <new@example.org>"

    def test_once_however_often_the_job_runs(self, app, ask, jobs):
        job_id = ask("ada@example.org")
        for _ in range(2):
            run_attempt(app, jobs.claim())
            jobs.set(job_id, state="waiting")
        assert len(files()) == 1

    @pytest.mark.parametrize("account", [{"is_active": False}, {"email": None}, None])
    def test_not_to_whom_it_cannot_reach(self, app, ask, jobs, loaded, account):
        job_id = ask(create_user(**account).id if account else 10**9)
        run_attempt(app, jobs.claim())
        assert (jobs.row(job_id).state, files(), loaded[1:]) == ("succeeded", [], [])

    def test_not_when_it_has_lost_its_point(self, app, ask, jobs, loaded, monkeypatch):
        nothing = Mail("test", lambda number: None, payload_validator(NUMBER), {})
        monkeypatch.setitem(sending.declared_mails(), "test", nothing)
        job_id = ask("ada@example.org")
        run_attempt(app, jobs.claim())
        assert (jobs.row(job_id).state, files()) == ("succeeded", [])

    def test_of_newer_code_waits(self, app, ask, jobs, monkeypatch):
        job_id = ask("ada@example.org")
        monkeypatch.delitem(sending.declared_mails(), "test")
        run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (row.state, row.error) == ("waiting", "This worker does not know the mail test.")

    def test_what_is_loaded_is_committed_before_the_server_is_asked(self, app, ask, jobs, smtp, monkeypatch):
        # A slow server would otherwise hold the locks of what was loaded; on SQLite nobody else could write.
        def load(number):
            db.session.add(Job(task="tests.loaded", payload={}, priority=100, due_at=utcnow()))
            db.session.flush()
            return {}

        monkeypatch.setitem(
            sending.declared_mails(), "test", Mail("test", load, payload_validator(NUMBER), {})
        )
        job_id = ask("ada@example.org")
        with silent_server() as port:
            smtp(port)
            run_attempt(app, jobs.claim())
        assert jobs.row(job_id).error == "The mail server did not answer within 1 s."
        assert [row.task for row in jobs.all_rows()].count("tests.loaded") == 1


class TestAnswers:
    def test_greylisting_delays_the_mail(self, app, ask, jobs, smtp):
        mailbox = Mailbox()
        mailbox.answers["RCPT"] = ["451 4.7.1 Greylisted"]
        job_id = ask("ada@example.org")
        with smtp_server(mailbox) as port:
            smtp(port)
            run_attempt(app, jobs.claim())
            assert (jobs.row(job_id).state, mailbox.messages) == ("waiting", [])
            jobs.make_due(job_id)
            run_attempt(app, jobs.claim())
        assert (jobs.row(job_id).state, len(mailbox.messages)) == ("succeeded", 1)

    def test_a_refusal_is_not_repeated(self, app, ask, jobs, smtp):
        mailbox = Mailbox()
        mailbox.answers["RCPT"] = ["550 5.1.1 No such user <ada@example.org>"]
        job_id = ask("ada@example.org")
        with smtp_server(mailbox) as port:
            smtp(port)
            run_attempt(app, jobs.claim())
        row = jobs.row(job_id)
        assert (row.state, row.attempts) == ("failed", 1)
        assert row.error == "The mail server refuses the message: 550 5.1.1 No such user (address)"

    @pytest.mark.parametrize(
        "answer", ["250 OK", "450 ada@example.org is busy", "550 ada@example.org is not here"]
    )
    def test_no_address_is_logged(self, app, ask, jobs, smtp, capsys, answer):
        mailbox = Mailbox()
        mailbox.answers["RCPT"] = [answer]
        user = create_user(email="ada@example.org", display_name="Ada Lovelace")
        ask(user.id)
        with smtp_server(mailbox) as port:
            smtp(port)
            run_attempt(app, jobs.claim())
        logged = capsys.readouterr().err
        assert "mail.send" in logged
        assert "example.org" not in logged
        assert "Lovelace" not in logged
