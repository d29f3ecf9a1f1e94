"""The kept build of the web app: made again when sources, settings or the database change, and only then."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.web.scripts import import_script

SETTINGS = {"SITE_URL": "http://127.0.0.1:3000"}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return import_script("web_build")


@pytest.fixture
def web(tmp_path: Path, script: ModuleType) -> Path:
    """Make a web app that is built, in the folders that Next.js leaves."""
    for name in ("src/page.tsx", "public/start.js", "package-lock.json", ".next/static/a.css"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (tmp_path / ".next" / "standalone").mkdir()
    script.Build(tmp_path, SETTINGS).complete()
    return tmp_path


def reason(script: ModuleType, web: Path, settings: dict[str, str] = SETTINGS) -> Any:
    return script.Build(web, settings).reason()


class TestReason:
    def test_nothing_changed(self, script: ModuleType, web: Path) -> None:
        assert reason(script, web) is None

    def test_static_files_are_beside_the_server(self, web: Path) -> None:
        served = web / ".next" / "standalone"
        assert (served / ".next" / "static" / "a.css").read_text() == ".next/static/a.css"
        assert (served / "public" / "start.js").read_text() == "public/start.js"

    def test_times_do_not_count(self, script: ModuleType, web: Path) -> None:
        os.utime(web / "src" / "page.tsx", (0, 0))
        assert reason(script, web) is None

    @pytest.mark.parametrize("name", ["src/page.tsx", "src/new.ts", "package-lock.json", ".env.production"])
    def test_sources_count(self, script: ModuleType, web: Path, name: str) -> None:
        (web / name).write_text("changed")
        assert reason(script, web) == "web/ changed"

    @pytest.mark.parametrize(
        "name",
        ["tests/new.ts", ".next/cache/x", ".next-test/x", "next-env.d.ts", "scripts/new.py", "README.md"],
    )
    def test_other_files_do_not_count(self, script: ModuleType, web: Path, name: str) -> None:
        (web / name).parent.mkdir(parents=True, exist_ok=True)
        (web / name).write_text("changed")
        assert reason(script, web) is None

    def test_a_build_of_other_settings(self, script: ModuleType, web: Path) -> None:
        assert reason(script, web, {"SITE_URL": "https://blog.example.org"}) == "SITE_URL changed"

    def test_a_build_that_did_not_end(self, script: ModuleType, web: Path) -> None:
        script.Build(web, SETTINGS).discard()
        assert reason(script, web) == "no build is kept"

    def test_a_file_changed_while_it_was_built(self, script: ModuleType, web: Path) -> None:
        build = script.Build(web, SETTINGS)
        (web / "src" / "page.tsx").write_text("changed")
        build.complete()
        assert reason(script, web) == "web/ changed"


API = {"DATABASE_URL": "postgresql://colophon:secret@db/colophon", "PORT": "8000"}
WEB = {"SITE_URL": "http://127.0.0.1:3000", "API_BASE_URL": "http://127.0.0.1:8000", "PATH": "/bin"}


class TestSettings:
    def settings(self, script: ModuleType, *keys: str, api: dict[str, str] | None = None, **web: str) -> Any:
        return script.build_settings(API | (api or {}), WEB | web, keys or ("key",))

    def test_what_the_running_server_reads_does_not_count(self, script: ModuleType) -> None:
        same = self.settings(
            script, api={"PORT": "9000"}, API_BASE_URL="http://127.0.0.1:9000", PATH="/usr/bin"
        )
        assert same == self.settings(script)

    def test_another_site_or_database_counts(self, script: ModuleType) -> None:
        original = self.settings(script)
        assert self.settings(script, SITE_URL="https://blog.example.org") != original
        assert self.settings(script, api={"DATABASE_URL": "sqlite://"}) != original
        assert self.settings(script, api={"VAR_DIR": "/elsewhere"}) != original
        assert self.settings(script, "another key") != original

    def test_no_secret_is_recorded(self, script: ModuleType) -> None:
        assert "secret" not in str(self.settings(script))
