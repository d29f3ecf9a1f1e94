import pytest
from flask import Flask, g

from service.contract.problems import ServiceUnavailable
from service.core import database_waits
from service.core.database_errors import problem_from_database_error
from service.core.database_waits import (
    DatabaseUnanswered,
    RequestWaits,
    Wait,
    WaitingThreads,
    check_before_wait,
    init_database_waits,
)
from tests.conftest import settings_on


def waiting(threads: WaitingThreads, count: int, limit_s: float = 60.0) -> list[RequestWaits]:
    """Let this many requests wait, each in a thread of its own."""
    requests = [RequestWaits(threads, limit_s) for _ in range(count)]
    assert all(request.begin() for request in requests)
    return requests


class TestRequest:
    """The limit on all waits of a request together."""

    def test_waits_within_its_limit(self):
        (request,) = waiting(WaitingThreads(8), 1)
        request.check()
        request.end(answered=True)
        request.check_before()

    def test_waits_no_longer(self):
        (request,) = waiting(WaitingThreads(8), 1, limit_s=0.0)
        with pytest.raises(DatabaseUnanswered, match="in 0 s"):
            request.check()

    def test_has_no_time_left_after_a_wait_that_took_all_of_it(self):
        (request,) = waiting(WaitingThreads(8), 1, limit_s=database_waits.CHECK_INTERVAL_S)
        request.end(answered=True)
        with pytest.raises(DatabaseUnanswered):
            request.check_before()
        assert request.begin()
        with pytest.raises(DatabaseUnanswered):
            request.check()

    def test_counts_a_wait_inside_another_once(self):
        threads = WaitingThreads(1)
        (request,) = waiting(threads, 1)
        assert not request.begin()
        request.end(answered=True)
        assert threads.begin() is False  # it is the only one


class TestThreads:
    """The limit on the threads that wait for a silent database."""

    @pytest.fixture(autouse=True)
    def no_second_try(self, monkeypatch):
        monkeypatch.setattr(database_waits, "RETRY_S", 3600.0)

    @pytest.fixture
    def impatient(self, monkeypatch):
        monkeypatch.setattr(database_waits, "PATIENCE_S", 0.0)

    @pytest.fixture
    def patient(self, monkeypatch):
        monkeypatch.setattr(database_waits, "PATIENCE_S", 3600.0)

    def test_as_many_as_allowed_wait_as_long_as_they_may(self, impatient):
        for request in waiting(WaitingThreads(3), 3):
            request.check()

    def test_one_more_gives_up_when_the_database_is_silent(self, impatient):
        threads = WaitingThreads(3)
        *allowed, extra = waiting(threads, 4)
        for request in allowed:
            request.check()
        with pytest.raises(DatabaseUnanswered, match="enough threads"):
            extra.check()

    def test_one_more_waits_while_the_database_answers(self, patient):
        *_, extra = waiting(WaitingThreads(3), 4)
        extra.check()

    def test_one_more_stays_when_another_has_gone(self, impatient):
        first, *_, extra = waiting(WaitingThreads(3), 4)
        first.end(answered=False)
        extra.check()

    def test_of_those_who_come_next_one_tries(self, impatient):
        threads = WaitingThreads(3)
        first, *_ = waiting(threads, 3)
        newcomers = [RequestWaits(threads, 60.0) for _ in range(3)]
        newcomers[0].check_before()
        for refused in newcomers[1:]:
            with pytest.raises(DatabaseUnanswered, match="enough threads"):
                refused.check_before()
        first.end(answered=False)
        newcomers[1].check_before()

    def test_if_it_is_answered_the_next_may_try(self, impatient):
        threads = WaitingThreads(3)
        waiting(threads, 3)
        for _ in range(3):
            newcomer = RequestWaits(threads, 60.0)
            newcomer.check_before()
            newcomer.finish()

    def test_if_it_is_answered_the_database_is_not_silent(self, monkeypatch):
        now_s = 100.0
        monkeypatch.setattr(database_waits.time, "monotonic", lambda: now_s)
        threads = WaitingThreads(3)
        waiting(threads, 3)
        now_s += database_waits.PATIENCE_S * 2
        trying, *others = (RequestWaits(threads, 60.0) for _ in range(4))
        trying.check_before()
        trying.finish()
        for newcomer in others:
            newcomer.check_before()

    def test_if_it_is_not_answered_nobody_tries_for_a_while(self, impatient):
        threads = WaitingThreads(3)
        waiting(threads, 3)
        trying, next_one = (RequestWaits(threads, 60.0) for _ in range(2))
        trying.check_before()
        trying.check_before()  # for a new connection
        assert trying.begin()
        with pytest.raises(DatabaseUnanswered, match="enough threads"):
            trying.check()
        trying.end(answered=False)
        trying.finish()
        with pytest.raises(DatabaseUnanswered, match="enough threads"):
            next_one.check_before()

    def test_the_next_waits_too_while_the_database_answers(self, patient):
        threads = WaitingThreads(3)
        waiting(threads, 3)
        RequestWaits(threads, 60.0).check_before()

    def test_an_answer_ends_the_silence(self, monkeypatch):
        now_s = 100.0
        monkeypatch.setattr(database_waits.time, "monotonic", lambda: now_s)
        threads = WaitingThreads(2)
        first, *_ = waiting(threads, 3)
        now_s += database_waits.PATIENCE_S * 2
        assert threads.is_one_too_many()
        first.end(answered=True)
        assert first.begin()
        assert not threads.is_one_too_many()
        now_s += database_waits.PATIENCE_S * 2
        assert threads.is_one_too_many()

    def test_who_gives_up_has_no_answer(self, monkeypatch):
        now_s = 100.0
        monkeypatch.setattr(database_waits.time, "monotonic", lambda: now_s)
        threads = WaitingThreads(2)
        first, second = waiting(threads, 2)
        now_s += database_waits.PATIENCE_S * 2
        first.end(answered=False)
        extra = RequestWaits(threads, 60.0)
        assert first.begin()
        assert extra.begin()
        with pytest.raises(DatabaseUnanswered, match="enough threads"):
            extra.check()
        for request in (first, second, extra):
            request.end(answered=False)
        *_, extra = waiting(threads, 3)
        extra.check()  # nobody has asked since


class TestWait:
    @pytest.fixture
    def app(self, tmp_path):
        app = Flask(__name__)
        init_database_waits(
            app, settings_on(f"sqlite:///{tmp_path}/none", tmp_path, DATABASE_REQUEST_TIMEOUT_S="0.01")
        )
        return app

    def test_of_a_request_ends(self, app):
        caught = []

        @app.get("/")
        def wait_in_vain():
            with pytest.raises(DatabaseUnanswered) as ended, Wait() as wait:
                wait.check()
            caught.append(ended.value)
            return ""

        # A request that has used up its time takes none of the next one's, whatever they share.
        with app.app_context():
            for _ in range(2):
                assert app.test_client().get("/").status_code == 200
        (first, second) = caught
        assert str(first) == str(second) == "The database did not answer the request in 0.01 s."
        assert isinstance(problem_from_database_error(first, ()), ServiceUnavailable)

    def test_outside_of_a_request_has_no_limit(self, app):
        with app.app_context(), Wait() as wait:
            wait.check()
            check_before_wait()
        with Wait() as wait:
            wait.check()
            check_before_wait()

    @pytest.mark.parametrize("error", [TimeoutError, DatabaseUnanswered])
    def test_is_over_with_its_block(self, app, error):
        def fail():
            with Wait() as wait:
                wait.check()
                assert not waits.begin()
                raise error

        with app.test_request_context("/"):
            waits = g.database_waits = RequestWaits(WaitingThreads(1), 60.0)
            with pytest.raises(error):
                fail()
            assert waits.begin()  # not as a part of another
