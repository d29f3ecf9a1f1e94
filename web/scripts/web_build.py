"""The kept build of the web app: what it was made from, and whether it can be served again.

A build is made from the sources in `web/`, from the settings that Next.js compiles in, and from the posts of the API,
which are in the pages that it renders in advance. It is made again only when one of them is another one. Posts that
change do not count: pages are rendered again while they are served.
"""

# A script beside the web app, not a package.
# ruff: noqa: INP001

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

NOT_BUILT_FROM = {
    "node_modules",
    "scripts",
    "tests",
    "test-results",
    "README.md",
    "tsconfig.tsbuildinfo",
    "next-env.d.ts",
}
COMPILED_IN = ("ALLOWED_ORIGINS", "NEXT_PUBLIC_API_BASE_URL", "SITE_TIME_ZONE", "SITE_URL")
RECORD = "built-from.json"


def build_settings(api: Mapping[str, str], web: Mapping[str, str], key_ids: Sequence[str]) -> dict[str, str]:
    """Return the settings that a build depends on; `key_ids`, of the signing keys, tell one API from another."""
    database = [api.get("DATABASE_URL", ""), api.get("VAR_DIR", ""), *key_ids]
    # Hashed: a database URL has a password in it.
    digest = hashlib.sha256(json.dumps(database).encode()).hexdigest()
    return {name: web.get(name, "") for name in COMPILED_IN} | {"the database": digest}


class Build:
    """The build of the web app in the folder `web`, from the sources and settings as they are now."""

    def __init__(self, web: Path, settings: Mapping[str, str]) -> None:
        self._web = web
        self._dist = web / os.environ.get("NEXT_DIST_DIR", ".next")
        self.folder = self._dist / "standalone"  # what is served
        # Read before the build: what is changed while it runs is not in it.
        self._inputs = {"web/": sources_hash(web)} | dict(settings)

    def reason(self) -> str | None:
        """Return why the web app has to be built, in a few words; None if the last build can be served."""
        try:
            record = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return "no build is kept"
        changed = [name for name, value in self._inputs.items() if record.get(name) != value]
        return f"{' and '.join(changed)} changed" if changed else None

    def discard(self) -> None:
        """Forget the last build: one that is interrupted or fails is not served."""
        (self.folder / RECORD).unlink(missing_ok=True)

    def complete(self) -> None:
        """Put the static files, which Next.js leaves to a CDN, beside the server; record what it was made from."""
        static = self.folder / self._dist.name / "static"
        shutil.copytree(self._dist / "static", static, dirs_exist_ok=True)
        shutil.copytree(self._web / "public", self.folder / "public", dirs_exist_ok=True)
        (self.folder / RECORD).write_text(json.dumps(self._inputs, indent=2), encoding="utf-8")


def sources_hash(web: Path) -> str:
    """Return a hash of the names and contents of all files that a build is made from; times do not count."""
    digest = hashlib.sha256()
    for entry in sorted(web.iterdir()):
        if entry.name in NOT_BUILT_FROM or re.match(r"\.(?!env)", entry.name):
            continue
        for file in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if file.is_file():
                digest.update(f"{file.relative_to(web)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
