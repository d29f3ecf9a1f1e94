"""Releases of the document: reads the released versions, checks the next one, writes it and the changelog.

The only module of this package that reads and writes files: `openapi.json`, `released/X.Y.Z.json` and `CHANGELOG.md`
in one folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from .changelog import changelog
from .operations import compare
from .versions import Version, parse, version_error


class ReleaseError(Exception):
    """The document cannot be released; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Releases:
    """The released documents in a folder.

    `version_instructions` says how the version is set, with `{version}` in its place.
    """

    folder: Path
    version_instructions: str

    @property
    def changelog_file(self) -> Path:
        """Return the path of the changelog."""
        return self.folder / "CHANGELOG.md"

    def documents(self) -> dict[Version, Mapping[str, Any]]:
        """Return every released document by its version.

        Raises ValueError for a file whose name is not the version of its document.
        """
        documents: dict[Version, Mapping[str, Any]] = {}
        for file in sorted((self.folder / "released").glob("*.json")):
            document = orjson.loads(file.read_bytes())
            version = parse(document["info"]["version"])
            if file.stem != str(version):
                raise ValueError(f"{file} contains version {version}")
            documents[version] = document
        return documents

    def changelog(self) -> str:
        """Return the expected changelog; empty before the first release."""
        released = self.documents()
        return changelog(released) if released else ""

    def version_error(self, document: Mapping[str, Any], *, today: date) -> str:
        """Return what is wrong with the version of a document, and what to do; empty if it is valid."""
        released = self.documents()
        claimed = parse(document["info"]["version"])
        if not released:
            return ""
        newest = max(released)
        return version_error(
            newest,
            claimed,
            compare(released[newest], document, today=today),
            version_instructions=self.version_instructions,
        )

    def release(self, content: bytes, *, today: date) -> Version:
        """Write a document as the release of its version, update the changelog, and return the version.

        Raises `ReleaseError` if the version is wrong or already released, or if `openapi.json` is not this document.
        """
        current = self.folder / "openapi.json"
        if not current.exists() or current.read_bytes() != content:
            raise ReleaseError(f"{current} is not what the code exports: run `make openapi` and commit it.")
        document = orjson.loads(content)
        version = parse(document["info"]["version"])
        file = self.folder / "released" / f"{version}.json"
        wrong = self.version_error(document, today=today)
        if wrong:
            raise ReleaseError(wrong)
        if file.exists():
            raise ReleaseError(f"{version} is already released, and nothing has changed since.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.changelog_file.write_text(self.changelog(), encoding="utf-8")
        return version
