"""The document has the version that its changes require, and the changelog is up to date."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result
from flask import Flask

import service
from service.app import create_app
from service.cli import SET_VERSION, release_document
from service.config import load_settings
from service.contract.checks.compatibility import ChangeLevel, ReleaseError, Releases, allowed_versions, parse
from tests.contract import deprecated_app
from tests.servers import ROOT

FOLDER = ROOT / "openapi"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    var_dir = tmp_path_factory.mktemp("var")
    return create_app(load_settings("testing", {"VAR_DIR": str(var_dir)}))


@pytest.fixture
def document() -> dict[str, Any]:
    return orjson.loads((FOLDER / "openapi.json").read_bytes())


class TestCommitted:
    """What is committed; before the first release there is nothing to hold it against."""

    releases = Releases(FOLDER, SET_VERSION)

    def test_version_is_due(self, document: dict[str, Any]) -> None:
        said = self.releases.version_error(document, today=datetime.now(UTC).date())
        assert not said, f"\n{said}"

    def test_one_version_everywhere(self, document: dict[str, Any]) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert project["version"] == service.__version__ == document["info"]["version"]

    def test_history_is_fresh(self) -> None:
        file = self.releases.changelog_file
        written = file.read_text(encoding="utf-8") if file.exists() else ""
        assert written == self.releases.changelog(), "restore it: only `make release` writes it"


class TestAnother:
    """The same for the document of this service with one thing changed, in a folder of its own."""

    @pytest.fixture
    def releases(self, tmp_path: Path, document: dict[str, Any]) -> Releases:
        """Release the document as it is committed, as 1.0.0."""
        releases = Releases(tmp_path, SET_VERSION)
        self.release(releases, document, "1.0.0")
        return releases

    @staticmethod
    def release(releases: Releases, document: dict[str, Any], version: str) -> None:
        content = orjson.dumps({**document, "info": {**document["info"], "version": version}})
        (releases.folder / "openapi.json").write_bytes(content)
        releases.release(content, today=date.max)

    @staticmethod
    def said(releases: Releases, document: dict[str, Any], version: str) -> str:
        made = {**document, "info": {**document["info"], "version": version}}
        return releases.version_error(made, today=date.max)

    def test_unchanged(self, releases: Releases, document: dict[str, Any]) -> None:
        assert self.said(releases, document, "1.0.0") == ""

    def test_a_removed_operation_is_due_a_major_version(
        self, releases: Releases, document: dict[str, Any]
    ) -> None:
        del document["paths"]["/api/hello"]
        for claimed in ("1.0.0", "1.0.1", "1.1.0"):
            said = self.said(releases, document, claimed)
            assert f"has version {claimed}, and must have 2.0.0" in said
            assert 'Set version = "2.0.0" in pyproject.toml' in said
            assert "or revert:\n  breaking: `getGreeting`: The operation was removed." in said
        self.release(releases, document, "2.0.0")
        assert "The operation was removed." in releases.changelog_file.read_text()

    @pytest.mark.parametrize(
        ("side", "version"), [("NewPost", "1.1.0"), ("Post", "2.0.0")], ids=["request", "response"]
    )
    def test_null_is_judged_by_who_receives_it(
        self, releases: Releases, document: dict[str, Any], side: str, version: str
    ) -> None:
        title = document["components"]["schemas"][side]["properties"]["title"]
        title["type"] = [title["type"], "null"]
        assert f"`{side}" not in self.said(releases, document, version)
        assert f"{side}.title: Can now be null." in self.said(releases, document, "1.0.1")
        self.release(releases, document, version)

    def test_other_words_are_due_a_patch(self, releases: Releases, document: dict[str, Any]) -> None:
        document["paths"]["/api/hello"]["get"]["summary"] = "Say hello"
        assert "must have 1.0.1 or 1.1.0 or 2.0.0" in self.said(releases, document, "1.0.0")
        self.release(releases, document, "1.0.1")


class TestCommand:
    @pytest.fixture
    def folder(self, app: Flask, tmp_path: Path) -> Path:
        (tmp_path / "openapi.json").write_bytes(app.extensions["api"].document_bytes)
        return tmp_path

    def test_releases_once(self, app: Flask, folder: Path) -> None:
        runner = app.test_cli_runner()
        done = runner.invoke(args=["release", str(folder)])
        assert (done.exit_code, "Released" in done.output) == (0, True), done.output
        (file,) = (folder / "released").iterdir()
        assert file.name == f"{service.__version__}.json"
        assert file.read_bytes() == app.extensions["api"].document_bytes
        assert f"\n## {service.__version__}\n" in (folder / "CHANGELOG.md").read_text()
        again = runner.invoke(args=["release", str(folder)])
        assert again.exit_code == 1
        assert "nothing has changed since" in again.output

    def test_refuses_a_wrong_version_and_says_what_to_do(self, app: Flask, folder: Path) -> None:
        # The release had an operation that the document has no more.
        before = orjson.loads((folder / "openapi.json").read_bytes())
        before["paths"]["/api/more"] = before["paths"]["/api/hello"]
        (folder / "released").mkdir()
        (folder / "released" / f"{service.__version__}.json").write_bytes(orjson.dumps(before))
        done = app.test_cli_runner().invoke(args=["release", str(folder)])
        due = allowed_versions(parse(service.__version__), ChangeLevel.BREAKING)[0]
        assert done.exit_code == 1
        assert f'Set version = "{due}" in pyproject.toml and __version__ = "{due}"' in done.output
        assert "The operation was removed." in done.output
        assert not (folder / "CHANGELOG.md").exists()

    def test_refuses_a_stale_export(self, app: Flask, folder: Path) -> None:
        (folder / "openapi.json").write_bytes(b"{}")
        done = app.test_cli_runner().invoke(args=["release", str(folder)])
        assert done.exit_code == 1
        assert "run `make openapi`" in done.output
        assert not (folder / "released").exists()


class TestCommandOnEnds:
    """A small application deprecated an operation a month ago; what does the command say when it is gone?"""

    today = datetime.now(UTC).date()

    def released(self, folder: Path, **given: Any) -> Result:
        app = deprecated_app.create_app(since=self.today - timedelta(days=30), **given)
        app.cli.add_command(release_document)
        (folder / "openapi.json").write_bytes(app.extensions["api"].document_bytes)
        return app.test_cli_runner().invoke(args=["release", str(folder)])

    def test_it_must_stay_until_its_sunset(self, tmp_path: Path) -> None:
        # Two days: the test may run while the day ends.
        first = self.released(tmp_path, sunset=self.today + timedelta(days=2))
        assert (first.exit_code, "`listBooks`" in first.output) == (0, False), first.output
        second = self.released(tmp_path, gone=True)
        assert second.exit_code == 1
        assert "No version allows these changes after 1.0.0" in second.output
        assert "`listBooks`: The operation was removed before its sunset date" in second.output

    def test_from_then_on_the_command_says_that_it_may_go(self, tmp_path: Path) -> None:
        first = self.released(tmp_path, sunset=self.today)
        assert first.exit_code == 0, first.output
        assert (
            f"Sunset date passed, can be removed: `listBooks` (its sunset was {self.today})." in first.output
        )
        second = self.released(tmp_path, gone=True)
        assert (second.exit_code, "Released 2.0.0" in second.output) == (0, True), second.output


def test_an_edited_history_would_be_seen(tmp_path: Path, document: dict[str, Any]) -> None:
    releases = Releases(tmp_path, SET_VERSION)
    TestAnother.release(releases, document, "1.0.0")
    releases.changelog_file.write_text(releases.changelog() + "\n")
    assert releases.changelog_file.read_text() != releases.changelog()
    with pytest.raises(ReleaseError):
        TestAnother.release(releases, document, "1.0.0")
