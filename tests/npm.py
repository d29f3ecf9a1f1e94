"""Installs npm programs for tests from a lock file beside them, once, into a folder that git ignores."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers import needed

QUIET = {
    "NO_COLOR": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def environment() -> dict[str, str]:
    """Return an environment in which programs neither colour what they say nor call home."""
    return {**os.environ, **QUIET}


def installed(folder: Path) -> Path:
    """Install what the lock of `folder` says, unless it is there already; return the folder of its programs.

    Without Node the test is skipped loudly, and fails in CI; so it does when the packages cannot be had.
    """
    needed("node")
    npm = needed("npm")
    lock, done = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        result = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300
        )
        if result.returncode != 0:
            reason = f"NOT TESTED: {folder.name} could not be installed: {result.stderr[-2000:]}"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
        done.write_bytes(lock.read_bytes())
    return folder / "node_modules" / ".bin"
