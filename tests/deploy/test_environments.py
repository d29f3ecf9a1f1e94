"""Empty environments made from the locks by the Makefile, starting from the pip that each Python brings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.utils import canonicalize_name

from tests.servers import INHERITED, ROOT

LOCKS = ("requirements-installer.txt", "requirements.txt", "requirements-dev.txt")
OLDEST = "python3.11"
PIN = re.compile(r"^([\w.-]+)==([\w.!+-]+)(?: ; ([^\\\n]+))?", re.MULTILINE)


def pythons() -> list[str]:
    """Return the supported interpreters that start here; pyenv has commands for versions that are not installed."""
    return [
        name
        for name in (OLDEST, "python3.12", "python3.13")
        if shutil.which(name) and subprocess.run([name, "-c", ""], capture_output=True).returncode == 0
    ]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    network = [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_")) or "_PROXY" in name]
    environment = {name: os.environ[name] for name in (*INHERITED, *network) if name in os.environ}
    return subprocess.run(
        ["make", "--directory", folder, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


def checkout(folder: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, folder)
    return folder


def locked(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return name and version of what the locks pin for an interpreter."""
    return {
        canonicalize_name(name): version
        for lock in LOCKS
        for name, version, marker in PIN.findall((folder / lock).read_text())
        if not marker or Marker(marker.strip()).evaluate(environment)
    }


def markers_of(python: Path) -> dict[str, str]:
    """Return the environment that decides the markers of a lock; only the version differs on one machine."""
    program = "import platform, sys; print(platform.python_version(), '%d.%d' % sys.version_info[:2])"
    full, short = subprocess.check_output([python, "-c", program], text=True).split()
    return {**default_environment(), "python_full_version": full, "python_version": short}


def test_the_oldest_supported_python_is_here() -> None:
    assert OLDEST in pythons() or os.environ.get("CI") != "true", f"{OLDEST} is not installed"


@pytest.mark.parametrize("python", pythons())
def test_both_locks_make_an_environment_of_just_what_they_pin(python: str, tmp_path: Path) -> None:
    folder = checkout(tmp_path)

    done = make(folder, f"PYTHON={python}", ".venv/.dev")

    assert done.returncode == 0, done.stdout + done.stderr
    interpreter = folder / ".venv" / "bin" / "python"
    uv = [folder / ".venv" / "bin" / "uv", "pip"]
    listed = subprocess.check_output([*uv, "list", "--python", interpreter, "--format", "json"])
    installed = {canonicalize_name(each["name"]): each["version"] for each in json.loads(listed)}
    # What `venv` itself puts there, in the version of that day.
    for bundled in ("pip", "setuptools"):
        installed.pop(bundled, None)
    assert installed == {
        name: version
        for name, version in locked(folder, markers_of(interpreter)).items()
        if name not in {"pip", "setuptools"}
    }
    subprocess.run([*uv, "check", "--python", interpreter], check=True, capture_output=True)


def test_a_package_with_another_content_is_refused(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    lock = folder / "requirements.txt"
    (name,) = re.findall(r"^blinker==\S+", lock.read_text(), re.MULTILINE)
    lock.write_text(f"{name} --hash=sha256:{'0' * 64}\n")

    done = make(folder, ".venv/.runtime")

    assert done.returncode != 0
    assert "Hash mismatch" in done.stderr
    assert "Installing failed" in done.stderr
    assert not (folder / ".venv" / ".runtime").exists()
