"""A Schemathesis run against a small application without seed data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.servers import INHERITED

SETTINGS = """\
seed = 1
continue-on-failure = true
workers = 1  # Python 3.11 trips over Hypothesis in threads

[generation]
max-examples = {examples}
database = "none"

[checks]
enabled = true

[phases]
examples.enabled = true
coverage.enabled = true
fuzzing.enabled = true
fuzzing.error-feedback.enabled = false  # the schema alone says what is valid
stateful.enabled = true
"""


def failures(
    document_url: str, folder: Path, *, examples: int, token: str | None = None
) -> Mapping[str, int]:
    """Run all checks in all phases against what the document describes; return how often each kind failed.

    `token` is sent wherever the document asks for one. Errors of the run itself count as failures, and so does an
    operation that was not tested.
    """
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(SETTINGS.format(examples=examples))
    report = folder / "report.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]
    command += ["--no-color", document_url, "--report", "json", "--report-json-path", str(report)]
    if token is not None:
        command += ["--header", f"Authorization: Bearer {token}"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={name: os.environ[name] for name in INHERITED if name in os.environ},
        text=True,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    (folder / "output.txt").write_text(done.stdout)
    assert report.exists(), done.stdout[-4000:]
    said = json.loads(report.read_text())
    found = {group["title"]: group["count"] for group in (*said["failures"], *said["errors"])}
    untested = said["operations"]["total"] - said["operations"]["tested"]
    if untested:
        found["Not tested"] = untested
    assert bool(done.returncode) == bool(found), done.stdout[-4000:]
    return found
