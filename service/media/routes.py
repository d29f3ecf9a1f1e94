"""Serving images."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, send_file

from service.config import settings
from service.contract import NotFound, Resource, no_database, produces, public
from service.core.storage import MEDIA_TYPES, MediaStorage
from service.media.schemas import ns

EXAMPLE = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.png"


@ns.route("/<string(maxlength=80):name>")
@ns.param("name", "The SHA-256 of the file and its ending.", _in="path", example=EXAMPLE)
class Media(Resource):
    """One image."""

    @public
    @no_database
    @produces(*MEDIA_TYPES)
    @ns.doc(id="getMedia")
    @ns.response(200, "The image; it never changes")
    def get(self, name: str) -> Response:
        """Download an image."""
        return send_image(name)


def send_image(name: str) -> Response:
    """Return the image of that name, to be kept for ever and taken for nothing but its type; raise `NotFound`."""
    path = MediaStorage(settings().media_dir).find(name)
    if path is None:
        raise NotFound
    response = send_file(path, etag=False, conditional=False, last_modified=None)
    response.headers["Cache-Control"] = (
        f"public, max-age={timedelta(days=365).total_seconds():.0f}, immutable"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
