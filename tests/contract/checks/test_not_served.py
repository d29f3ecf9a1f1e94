"""The served application imports none of the code that only builds and tests use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

# Answers what is cached or compiled on first use too, and every page.
SERVE = """
import sys
import wsgi
client = wsgi.app.test_client()
for path in ("/api/hello", "/openapi.json", "/swagger", "/problems", "/contract"):
    assert client.get(path).status_code == 200, path
"""
LOADED = "print(sorted(name for name in sys.modules if name.startswith('service.contract.checks')))"


@pytest.mark.parametrize(
    ("more", "loaded"),
    [
        ("", "[]"),
        # That the test would see an import.
        ("import service.contract.checks\n", "['service.contract.checks']"),
    ],
    ids=["served", "imported"],
)
def test_serving_imports_no_checks(more: str, loaded: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVE + more + LOADED],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "FLASK_ENV": "testing", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, loaded), done.stderr
