"""Copies of the checkout in which mutants are applied; they share its installed packages and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import CHECKS, RELEASE, START_UP, Mutant
from tests.servers import ROOT

CHECK_TIMEOUT_S = 3600
_SHARED = (".venv", "web/node_modules")
# Without the parameters of the test, which may be anything.
_FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s[]+)", re.MULTILINE)


class NotACheck(Exception):
    """What was to be done in a clone went wrong in another way than a test that fails."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Which check saw the mutant, and which of its tests was the first to."""

    check: str
    test: str


class CheckoutCopy:
    """A copy of the checkout as it lies there, committed or not."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self._temporary = folder / "temporary"
        for name in _files():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        for name in _SHARED:
            if (ROOT / name).exists():
                (self.root / name).symlink_to(ROOT / name)

    def killer_of(self, mutant: Mutant, known: Kill | None = None) -> Kill | None:
        """Plant a mutant, run its checks until one fails, and take it out again; None if it survives.

        The test that killed it the last time, `known`, is run before all others: it mostly does again.
        """
        if RELEASE in mutant.checks:
            self._release()
        before = {change.file: (self.root / change.file).read_bytes() for change in mutant.changes}
        document = self.root / "openapi" / "openapi.json"
        before["openapi/openapi.json"] = document.read_bytes()
        try:
            for change in mutant.changes:
                change.plant(self.root)
            self._must_run([change.file for change in mutant.changes])
            if mutant.exported:
                self._run("flask", "--app", "wsgi", "openapi")
            if known and known.check in mutant.checks and (kill := self._killed_again(known)):
                return kill
            return next((kill for check in mutant.checks if (kill := self.failure(check))), None)
        finally:
            for name, content in before.items():
                (self.root / name).write_bytes(content)

    def failure(self, check: str) -> Kill | None:
        """Run a check; return its first failure, None if there is none."""
        if check == START_UP:
            exported = self._ran("flask", "--app", "wsgi", "openapi", str(self._temporary / "openapi.json"))
            return Kill(check, "flask openapi") if "ContractError" in exported.stderr else None
        done = self._tested(*CHECKS[check])
        if done.returncode == 0:
            return None
        found = _FAILED.search(done.stdout)
        if found is None:
            raise NotACheck(f"{check} in {self.root}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return Kill(check, found[1])

    def _release(self) -> None:
        """Release the document of the copy under its version: until then its changes may break anything."""
        version = json.loads((self.root / "openapi" / "openapi.json").read_bytes())["info"]["version"]
        if not (self.root / "openapi" / "released" / f"{version}.json").exists():
            self._run("flask", "--app", "wsgi", "release")

    def _killed_again(self, known: Kill) -> Kill | None:
        """Run one test of a check; None if it passes, or is not there any more."""
        if known.check == START_UP:
            return self.failure(START_UP)
        failed = _FAILED.search(self._tested(known.test).stdout)
        return known if failed and failed[1] == known.test else None

    def _tested(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        options = ("-x", "-q", "--no-header", "-p", "no:cacheprovider", f"--basetemp={self._temporary}")
        return self._ran("pytest", *options, "-k", "not postgresql", *arguments)

    def _must_run(self, files: list[str]) -> None:
        """Refuse a mutant that any check would see, because it is no program: what it breaks must be the contract."""
        python = [name for name in files if name.endswith(".py")]
        if python:
            self._run("ruff", "check", "--quiet", "--isolated", "--select", "E9,F63,F7,F82", *python)

    def _run(self, module: str, *arguments: str) -> None:
        done = self._ran(module, *arguments)
        if done.returncode:
            raise NotACheck(f"{module} in {self.root}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    def _ran(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in {"CI", "HOME", "LANG", "PATH"}}
        environment = {**kept, "PYTHONDONTWRITEBYTECODE": "1", "VAR_DIR": str(self.root / "var")}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=CHECK_TIMEOUT_S,
        )


def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
