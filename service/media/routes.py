"""Route /media/{name}: serves stored images."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from service.contract import NotFound, Resource, no_database, produces, public
from service.core.storage import open_storage
from service.core.storage.media_types import IMAGE_TYPES
from service.media.schemas import ns

EXAMPLE = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.png"


@ns.route("/<string(maxlength=80):name>")
@ns.param("name", "File name: the SHA-256 of the content with a file extension.", _in="path", example=EXAMPLE)
class Media(Resource):
    """An image."""

    @public
    @no_database
    @produces(*IMAGE_TYPES.values())
    @ns.doc(id="getMedia")
    @ns.response(200, "The image; its content never changes, so that it can be cached forever")
    def get(self, name: str) -> Response:
        """Download an image."""
        return send_image(name)


def send_image(name: str) -> Response:
    """Return a response with the image, cacheable forever and readable from other origins; raise `NotFound`."""
    reader = open_storage().read(name)
    if reader is None:
        raise NotFound
    response = Response(reader, content_type=reader.info.media_type)
    response.content_length = reader.info.size_bytes
    response.call_on_close(reader.close)
    response.headers["Cache-Control"] = (
        f"public, max-age={timedelta(days=365).total_seconds():.0f}, immutable"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
