"""Uploads as clients send them: multipart forms with a file, and files of which some are hostile."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask.testing import FlaskClient

from tests.image_files import encoded, picture


@cache
def jpeg(width: int = 64, height: int = 48) -> bytes:
    """Return a small JPEG."""
    return encoded(picture(width, height), "JPEG")


def form(data: bytes, name: str, **texts: Any) -> dict[str, Any]:
    """Return the arguments of a request with a form. The test client itself would leave a temporary file open."""
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in texts.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    bodies = [part.encode() for part in parts] + [head.encode() + data]
    body = b"".join(b"--part\r\n" + part + b"\r\n" for part in bodies) + b"--part--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=part"}


def send(client: FlaskClient, headers: dict[str, str], data: bytes, name: str, **texts: Any) -> Any:
    """Upload a file."""
    return client.post("/api/media", headers=headers, **form(data, name, **texts))


def uploaded(client: FlaskClient, headers: dict[str, str], name: str = "loom.jpg", **texts: Any) -> Any:
    """Upload a JPEG and return the media."""
    response = send(client, headers, jpeg(), name, **texts)
    assert response.status_code == 201, response.json
    return response.json
