"""What `deploy/README.md` says about logging in, logs and connections is what the settings and the document say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from service.api_keys.actions import KEYS_MAX
from service.config import Settings
from service.config.settings import variable_of
from service.core.pagination import PER_PAGE_MAX
from service.importing.archives import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED_BYTES
from service.importing.files import MAX_FILE_BYTES, MAX_IMAGE_BYTES
from service.imports.routes import MAX_ARCHIVE_BYTES
from service.models.comments import COMMENT_MAX
from service.models.posts import BODY_MAX
from service.password_resets.mails import OPEN_LINKS_MAX
from service.users.routes import AVATAR_MAX_BYTES
from service.webhooks.sending import ENDPOINTS_MAX

ROOT = Path(__file__).parents[2]

# Addresses that others are told, to which the service does not connect.
_OWN = {"PUBLIC_URL", "SITE_URL"}


def section(title: str) -> str:
    """Return a section of the guide."""
    found = re.search(
        rf"^## {title}\n(.*?)(?=^## )", (ROOT / "deploy" / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert found, title
    return found[1]


def names_in(text: str) -> set[str]:
    return set(re.findall(r"`([A-Z][A-Z0-9_]+)", text))


def operations_that_begin_sessions() -> set[str]:
    """Return method and path of each operation that returns tokens."""
    paths: Mapping[str, Mapping[str, Any]] = json.loads((ROOT / "openapi" / "openapi.json").read_text())[
        "paths"
    ]
    return {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
        if isinstance(operation, dict) and _returns_tokens(operation)
    }


def _returns_tokens(operation: Mapping[str, Any]) -> bool:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return "#/components/schemas/Tokens" in json.dumps(answers)


def test_every_way_to_a_session_is_listed() -> None:
    named = set(re.findall(r"`([A-Z]+ /api/[\w/-]+)`", section("Ways to log in, and sessions")))
    # A new account logs in afterwards; a changed password goes on with a session that there is.
    assert named - {"POST /api/users"} == operations_that_begin_sessions() - {"POST /api/auth/password"}


@pytest.mark.parametrize("setting", ["REFRESH_TOKEN_DAYS", "SESSION_DAYS", "STEP_UP_S"])
def test_limits_of_a_session_are_the_defaults(setting: str) -> None:
    text = " ".join(section("Ways to log in, and sessions").split())
    stated = re.search(rf"(\d+) (?:days|seconds) \(`{setting}`\)", text)
    [default] = [
        getattr(Settings(), each.name) for each in fields(Settings) if variable_of(each).name == setting
    ]
    assert stated
    assert int(stated[1]) == default


def test_every_way_out_is_listed() -> None:
    variables = {variable_of(each).name for each in fields(Settings)}
    connected = {
        name for name in variables if re.search(r"_(URLS?|HOST)$", name) or name.startswith("OUTBOUND_")
    }
    assert names_in(section("Connections")) == connected - _OWN


def test_every_field_of_a_request_is_listed() -> None:
    source = (ROOT / "service" / "core" / "logs.py").read_text()
    logged = source[source.index("def _log_request") : source.index("def log_deprecated_use")]
    names = {*re.findall(r"^        (\w+)=", logged, re.MULTILINE), *re.findall(r'\{"(\w+)": ', logged)}
    assert {"method", "code", "api_key_id", "request_id"} <= names
    assert names <= set(re.findall(r"`(\w+)`", section("Logs")))


def test_every_log_in_the_database_has_its_time() -> None:
    assert {"AUDIT_RETENTION_DAYS", "JOB_RETENTION_DAYS", "WEBHOOK_RETENTION_DAYS"} <= names_in(
        section("Logs")
    )


def test_the_service_logs_to_standard_error_alone() -> None:
    handlers = re.compile(r"logging\.handlers|\b(?!_Stderr)[A-Z]\w*Handler\(|\bbasicConfig\(|sentry_sdk")
    modules = {path: path.read_text() for path in (ROOT / "service").rglob("*.py")}
    assert {path.name for path, text in modules.items() if re.search(r"class \w+\(logging\.", text)} == {
        "logs.py"
    }
    assert not [path.name for path, text in modules.items() if handlers.search(text)]


def test_the_number_of_sessions_is_stated() -> None:
    text = " ".join(section("Ways to log in, and sessions").split())
    assert "An account can have any number of sessions at the same time" in text


@pytest.mark.parametrize(
    "stated",
    [
        f"{AVATAR_MAX_BYTES // 2**20} MiB for an avatar",
        f"zip, {MAX_ARCHIVE_BYTES // 2**30} GiB",
        f"unpacked {MAX_UNPACKED_BYTES // 10**9} GB in {MAX_MEMBERS:,} files",
        f"{MAX_FILE_BYTES // 10**6} MB for a post, {MAX_IMAGE_BYTES // 10**6} MB for an image",
        f"more than {MAX_RATIO} times",
        f"{BODY_MAX:,} characters of a post, {COMMENT_MAX:,} of a comment",
        f"{PER_PAGE_MAX} entries",
        f"{KEYS_MAX} API keys, {OPEN_LINKS_MAX} open links",
        f"{ENDPOINTS_MAX} webhooks",
    ],
)
def test_limits_are_those_that_are_enforced(stated: str) -> None:
    assert stated in section("Limits")
