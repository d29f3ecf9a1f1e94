"""`flask check`: what it says of the database, and its exit status."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from service.app import create_app
from service.config import load_settings
from service.core.database import database_now
from service.health.commands import database_findings
from service.models.users import Role
from tests.accounts import create_account
from tests.core.jobs.sample_tasks import add
from tests.health.test_routes import lost_database
from tests.job_queue import JobQueue


def found() -> list[tuple[str, str]]:
    return [(each.severity, each.remedy) for each in database_findings()]


@pytest.fixture
def var_dir(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of data: an empty one, whatever other tests have left in theirs."""
    here = replace(app.extensions["settings"], var_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", here)
    return tmp_path


@pytest.fixture
def _protected_administrator(var_dir: Path) -> None:
    create_account(role=Role.ADMIN, has_second_factor=True)


@pytest.mark.usefixtures("_protected_administrator")
class TestDatabase:
    def test_lacks_nothing(self) -> None:
        assert found() == []

    def test_administrators_with_a_password_alone_are_counted(self) -> None:
        create_account(role=Role.ADMIN)
        create_account(role=Role.ADMIN, is_active=False)
        (finding,) = database_findings()
        assert finding.severity == "warning"
        assert finding.message.endswith("alone: 1.")

    def test_the_first_password_is_not_to_be_kept(self, var_dir: Path) -> None:
        file = var_dir / "administrator.txt"
        file.write_text("secret")
        ((severity, remedy),) = found()
        assert severity == "warning"
        assert remedy.endswith(f"rm {file}")

    def test_jobs_that_nobody_takes_are_an_error(self, jobs: JobQueue) -> None:
        jobs.set(jobs.enqueue(add, number=1), due_at=database_now(-61))
        assert found() == [("error", "flask --app wsgi worker")]

    def test_without_an_answer_nothing_else_is_said(self) -> None:
        with lost_database():
            assert found() == [("error", "start it, or correct DATABASE_URL")]


@pytest.mark.usefixtures("var_dir")
def test_somebody_must_be_able_to_administrate() -> None:
    create_account(role=Role.EDITOR)
    assert found() == [("error", "flask --app wsgi bootstrap")]


class TestCommand:
    def test_errors_end_with_status_1(self, tmp_path: Path) -> None:
        environment = {"VAR_DIR": str(tmp_path), "PUBLIC_URL": "https://blog.example.org"}
        app = create_app(load_settings("testing", environment))
        result = app.test_cli_runner().invoke(args=["check"])
        assert result.exit_code == 1
        assert "error    FLASK_ENV is testing" in result.output
        assert "         FLASK_ENV=production\n" in result.output
        assert "error    The database has no tables" in result.output
        assert result.output.endswith("Errors: 2, warnings: 4.\n")

    @pytest.mark.usefixtures("_protected_administrator")
    def test_warnings_do_not(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        # What differs between production and a test is in tests/config/test_production.py.
        monkeypatch.setattr("service.health.commands.findings", lambda _settings: [])
        create_account(role=Role.ADMIN)
        result = app.test_cli_runner().invoke(args=["check"])
        assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Errors: 0, warnings: 1.")
