"""Responses that stream an archive."""

from __future__ import annotations

from pathlib import Path

from flask import Response, send_file

ZIP = "application/zip"
DISPOSITION = {
    "Content-Disposition": {
        "description": "The name under which to save the archive.",
        "required": True,
        "schema": {"type": "string", "maxLength": 200, "pattern": "^attachment; filename="},
        "example": "attachment; filename=posts-2026-11-29.zip",
    }
}


def send_archive(path: Path, name: str) -> Response:
    """Return a response that streams an archive, to be saved under that name."""
    response = send_file(path, ZIP, as_attachment=True, download_name=name, etag=False, conditional=False)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
