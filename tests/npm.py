"""Installs npm programs for tests from a lock file beside them, once, into a folder that git ignores."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers import require_command

QUIET = {
    "NO_COLOR": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def environment() -> dict[str, str]:
    """Return an environment in which programs print no colours and send no telemetry."""
    return {**os.environ, **QUIET}


def installed(folder: Path) -> Path:
    """Install the locked packages of `folder`, unless they are installed; return the folder of their programs.

    If Node is missing or the packages cannot be downloaded, the test is skipped with a message; in CI it fails.
    """
    require_command("node")
    npm = require_command("npm")
    lock, marker = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not marker.exists() or marker.read_bytes() != lock.read_bytes():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        result = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300
        )
        if result.returncode != 0:
            reason = f"NOT TESTED: {folder.name} could not be installed: {result.stderr[-2000:]}"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
        marker.write_bytes(lock.read_bytes())
    return folder / "node_modules" / ".bin"
