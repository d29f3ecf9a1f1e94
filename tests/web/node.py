"""Runs the programs that the web app has installed (`make web/node_modules/.installed`)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.npm import environment
from tests.servers import ROOT, require_command

WEB = ROOT / "web"


def run(
    folder: Path,
    program: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout_s: float = 1800.0,
) -> subprocess.CompletedProcess[str]:
    """Run a program of web/node_modules in `folder`; without it skip loudly, and fail in CI."""
    node = require_command("node")
    require_command("npm")
    script = WEB / "node_modules" / ".bin" / program
    if not script.exists():
        reason = f"NOT TESTED: {program} is not installed: run 'make web/node_modules/.installed'"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return subprocess.run(
        [node, str(script), *arguments],
        cwd=folder,
        env={**environment(), **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def copied(folder: Path) -> Path:
    """Copy the front end's sources, without what earlier builds left behind, and return the copy."""
    web = folder / "web"
    ignored = shutil.ignore_patterns("node_modules", ".next*", "*.tsbuildinfo", "test-results", "screenshots")
    shutil.copytree(WEB, web, ignore=ignored)
    (web / "node_modules").symlink_to(WEB / "node_modules")
    return web


def vitest(*arguments: str, env: Mapping[str, str] | None = None) -> None:
    """Run tests of the front end; fail with what they say."""
    done = run(WEB, "vitest", "run", *arguments, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    # Exit status 0 may also mean that nothing was found to run, or that a test asked to be skipped.
    assert " passed" in done.stdout, done.stdout + done.stderr
    assert " skipped" not in done.stdout, done.stdout
    assert " todo" not in done.stdout, done.stdout
