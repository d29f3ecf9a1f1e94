"""Images are served as what they are, for ever, and nothing else is."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.core.storage import Storage, open_storage, store_image
from tests.core.storage.images import IMAGES


@pytest.fixture
def storage(app: Flask) -> Storage:
    return open_storage()


@pytest.mark.parametrize("media_type", sorted(IMAGES))
def test_is_served_by_its_content(client: FlaskClient, storage: Storage, media_type: str) -> None:
    stored = store_image(storage, IMAGES[media_type])
    answer = client.get(f"/media/{stored.name}")
    assert (answer.status_code, answer.content_type, answer.data) == (200, media_type, IMAGES[media_type])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name",
    ["x", f"{'0' * 64}.png", f"{'0' * 64}.svg", "..%2f..%2fkeys%2fcurrent", f"{'0' * 64}.png%00", "a" * 81],
)
def test_anything_else_is_404(client: FlaskClient, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_unknown_parameters_are_refused(client: FlaskClient, storage: Storage) -> None:
    stored = store_image(storage, IMAGES["image/png"])
    assert client.get(f"/media/{stored.name}?width=3").status_code == 400
