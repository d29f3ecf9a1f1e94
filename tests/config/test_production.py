"""What `flask check` finds in settings: each finding alone, and none in settings that lack nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.config import findings, load_settings

COMPLETE = {
    "DATABASE_URL": "postgresql://blog:secret@db/blog",
    "PUBLIC_URL": "https://api.example.org",
    "SITE_URL": "https://blog.example.org",
    "TRUSTED_PROXIES": "1",
    "MAIL_HOST": "smtp.example.org",
    "MAIL_FROM": "Blog <blog@example.org>",
    "REQUIRE_SECOND_FACTOR": "admin",
}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "a.pem").touch(mode=0o600)
    return folder


def found(keys: Path, environment: str = "production", **changed: str) -> list[tuple[str, str]]:
    """Return severity and remedy of what is found in complete settings that were changed."""
    settings = load_settings(environment, {**COMPLETE, "VAR_DIR": str(keys.parent), **changed})
    return [(each.severity, each.remedy) for each in findings(settings)]


def test_complete_settings_lack_nothing(keys: Path) -> None:
    assert found(keys) == []


@pytest.mark.parametrize(
    ("changed", "severity", "remedy"),
    [
        ({"PUBLIC_URL": "http://api.example.org"}, "error", "PUBLIC_URL=https://api.example.org"),
        ({"PUBLIC_URL": "https://localhost"}, "error", "PUBLIC_URL=https://blog.example.org"),
        ({"SITE_URL": "http://127.0.0.1:3000"}, "error", "SITE_URL=https://blog.example.org"),
        ({"SITE_URL": "https://[::1]"}, "error", "SITE_URL=https://blog.example.org"),
        ({"TRUSTED_PROXIES": "0"}, "warning", "TRUSTED_PROXIES=1"),
        ({"LOG_LEVEL": "DEBUG"}, "warning", "LOG_LEVEL=INFO"),
        ({"OUTBOUND_NETWORKS": "10.0.0.0/8"}, "warning", "OUTBOUND_NETWORKS="),
        (
            {"DATABASE_URL": "sqlite:////srv/blog.sqlite3"},
            "warning",
            "DATABASE_URL=postgresql://user:password@host/name",
        ),
        (
            {"DATABASE_URL": "postgresql://blog@db.example.org/blog"},
            "warning",
            "add ?sslmode=verify-full to DATABASE_URL",
        ),
        ({"MAIL_HOST": ""}, "warning", "MAIL_HOST=smtp.example.org"),
        ({"MAIL_TLS": "none"}, "error", "MAIL_TLS=starttls"),
        ({"RATELIMIT_STORAGE_URL": "memory://"}, "warning", "RATELIMIT_STORAGE_URL="),
        ({"REQUIRE_SECOND_FACTOR": "none"}, "warning", "REQUIRE_SECOND_FACTOR=admin"),
    ],
)
def test_what_a_setting_lacks(keys: Path, changed: dict[str, str], severity: str, remedy: str) -> None:
    assert found(keys, **changed) == [(severity, remedy)]


@pytest.mark.parametrize(
    "changed",
    [
        {"DATABASE_URL": "postgresql://blog@db.example.org/blog?sslmode=verify-full"},
        {"DATABASE_URL": "postgresql://blog@10.0.0.7/blog"},
        {"DATABASE_URL": "postgresql:///blog"},
        {"MAIL_TLS": "none", "MAIL_HOST": "mail"},
        {"SITE_URL": "https://api.example.org"},
    ],
)
def test_nothing_is_found_where_nothing_is_lacking(keys: Path, changed: dict[str, str]) -> None:
    assert found(keys, **changed) == []


def test_an_address_for_both_is_named_once(keys: Path) -> None:
    plain = {"PUBLIC_URL": "http://blog.example.org", "SITE_URL": ""}
    assert found(keys, **plain) == [("error", "PUBLIC_URL=https://blog.example.org")]


def test_another_environment_is_an_error(keys: Path) -> None:
    assert found(keys, "development") == [("error", "FLASK_ENV=production")]


def test_a_key_that_others_can_read_is_an_error(keys: Path) -> None:
    file = keys / "a.pem"
    file.chmod(0o640)
    (keys / "folder").mkdir()
    assert found(keys) == [("error", f"chmod 600 {file}")]
