import json
import logging
from datetime import date
from types import SimpleNamespace

import pytest
from flask import Flask

from service.config import Settings
from service.contract import Conflict, DeprecatedUse, ServiceUnavailable, set_current_identity
from service.contract.error_handlers import register_error_handlers
from service.core.logs import init_logs, log_deprecated_use
from service.core.request_ids import init_request_ids
from service.jobs.streams import TooManyStreams


@pytest.fixture
def make_client(capsys):
    """Return a function that makes a client of a small application with these settings."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def make(**given):
        app = Flask("small")
        init_logs(app, Settings(**{"log_format": "json", **given}))
        init_request_ids(app)

        @app.route("/things/<int:number>", methods=["GET", "POST"])
        def thing(number):
            logging.getLogger("library").warning("%d is odd", number)
            return "a thing", 201

        @app.get("/me")
        def me():
            set_current_identity(SimpleNamespace(id=7))
            return "me"

        @app.get("/old")
        def old():
            log_deprecated_use(
                DeprecatedUse(
                    operation="listBooks",
                    used=("operation", "query word"),
                    sunset=date(2027, 1, 31),
                    status=200,
                    identity=SimpleNamespace(id=7),
                    client="192.0.2.1",
                    user_agent="shop/1.2\n{}",
                )
            )
            return "old"

        @app.get("/problems/<kind>")
        def problem(kind):
            raise {"full": TooManyStreams, "down": ServiceUnavailable, "taken": Conflict}[kind]

        register_error_handlers(app, SimpleNamespace(translate_error=lambda *_: None))

        @app.get("/broken")
        def broken():
            password = "hunter2"
            raise LookupError(len(password))

        return app.test_client()

    yield make
    root.handlers[:], root.level = before


@pytest.fixture
def lines(capsys):
    """Return a function that reads the lines logged since it was last called."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


class TestRequestLine:
    def test_is_one_line_with_all_that_helps(self, make_client, lines):
        make_client().get("/me", headers={"X-Request-ID": "abc.1"})
        (line,) = lines()
        assert line.pop("duration_ms") >= 0
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "request",
            "level": "info",
            "method": "GET",
            "path": "/me",
            "query": [],
            "endpoint": "me",
            "status": 200,
            "user_id": 7,
            "client": "127.0.0.1",
            "request_id": "abc.1",
        }

    def test_unknown_route_is_a_line_too(self, make_client, lines):
        make_client().get("/nowhere")
        (line,) = lines()
        assert (line["status"], line["endpoint"], line["user_id"]) == (404, None, None)

    def test_holds_no_secret(self, make_client, capsys):
        make_client().post(
            "/things/1?token=hunter2&page=1",
            headers={"Authorization": "Bearer hunter2", "Cookie": "a=hunter2"},
            data="hunter2",
        )
        written = capsys.readouterr().err
        assert "hunter2" not in written
        assert json.loads(written.splitlines()[-1])["query"] == ["page", "token"]

    def test_an_endless_path_is_cut(self, make_client, lines):
        make_client().get("/" + "x" * 5000)
        assert len(lines()[0]["path"]) == 500

    def test_no_line_can_be_forged(self, make_client, capsys):
        make_client().get("/a%0A%7B%22event%22:1%7D")
        assert len(capsys.readouterr().err.splitlines()) == 1


class TestExceptions:
    def test_are_logged_once_with_the_traceback_and_without_variables(self, make_client, lines):
        assert make_client().get("/broken").status_code == 500
        error, request = lines()
        assert error["exception"].endswith("LookupError: 7")
        assert "hunter2" not in error["exception"].replace('password = "hunter2"', "")
        assert (request["status"], request["level"]) == (500, "error")
        assert error["request_id"] == request["request_id"]


class TestProblems:
    @pytest.mark.parametrize(
        ("kind", "status", "level", "code"),
        [
            ("down", 503, "error", "SERVICE_UNAVAILABLE"),
            ("full", 503, "info", "TOO_MANY_STREAMS"),
            ("taken", 409, "info", "CONFLICT"),
        ],
    )
    def test_are_named_and_errors_if_they_are_faults(self, make_client, lines, kind, status, level, code):
        assert make_client().get(f"/problems/{kind}").status_code == status
        (line,) = lines()
        assert (line["status"], line["level"], line["code"]) == (status, level, code)


class TestDeprecatedUse:
    def test_is_one_line_with_what_was_used_and_by_whom(self, make_client, lines):
        make_client().get("/old", headers={"X-Request-ID": "abc.1"})
        use, _request = lines()
        assert use.pop("timestamp").endswith("Z")
        assert use == {
            "event": "deprecated",
            "level": "warning",
            "operation": "listBooks",
            "used": ["operation", "query word"],
            "sunset": "2027-01-31",
            "status": 200,
            "user_id": 7,
            "client": "192.0.2.1",
            "user_agent": "shop/1.2\n{}",
            "request_id": "abc.1",
        }

    def test_is_what_the_service_does_with_them(self, app):
        assert app.extensions["api"].report_deprecated is log_deprecated_use


class TestOtherLoggers:
    def test_write_the_same_form_and_lead_to_the_request(self, make_client, lines):
        make_client().get("/things/3")
        other, request = lines()
        assert (other["event"], other["logger"], other["level"]) == ("3 is odd", "library", "warning")
        assert other["request_id"] == request["request_id"]

    def test_a_second_application_does_not_double_the_lines(self, make_client, lines):
        make_client()
        make_client().get("/things/3")
        assert len(lines()) == 2

    def test_level_applies_to_both_ways_of_logging(self, make_client, lines):
        make_client(log_level="ERROR").get("/things/3")
        assert lines() == []


class TestConsole:
    def test_is_readable_and_uncoloured_when_it_is_no_terminal(self, make_client, capsys):
        make_client(log_format="console").get("/things/3")
        written = capsys.readouterr().err
        assert "path=/things/3" in written
        assert "\x1b[" not in written

    def test_prints_no_variables_with_a_traceback(self, make_client, capsys):
        make_client(log_format="console").get("/broken")
        written = capsys.readouterr().err
        assert "LookupError: 7" in written
        assert "locals" not in written
        assert written.count("Traceback") == 1
