"""Route /media/{name}: serves the files of media and their renditions."""

from __future__ import annotations

from flask import Response

from service.contract import Resource, conditional_get, optional_auth_or_api_key, produces, raises
from service.core.authorization import owner_or
from service.core.identity import current_user_or_none
from service.core.permissions import can_edit_all_posts
from service.core.storage import StorageUnavailable
from service.core.storage.media_types import IMAGE_TYPES
from service.media.document_types import DOCUMENT_TYPES
from service.media.schemas import ns
from service.media.serving import RangeNotSatisfiable, serve_file

EXAMPLE = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.png"
_ACCEPT_RANGES = {
    "Accept-Ranges": {
        "description": "A part can be requested with `Range: bytes=...`.",
        "type": "string",
        "enum": ["bytes"],
    }
}
_CONTENT_RANGE = {
    "Content-Range": {
        "description": "Which bytes of how many these are.",
        "type": "string",
        "pattern": "^bytes [0-9]+-[0-9]+/[0-9]+$",
        "maxLength": 100,
    }
}


@ns.route("/<string(maxlength=100):name>")
@ns.param("name", "Name of the file, as in the URLs of images.", _in="path", example=EXAMPLE)
class Media(Resource):
    """A file of a media, or a rendition of it."""

    @optional_auth_or_api_key("media:read")
    @owner_or(can_edit_all_posts)
    @conditional_get
    @produces(*IMAGE_TYPES.values(), *DOCUMENT_TYPES)
    @raises(RangeNotSatisfiable, StorageUnavailable)
    @ns.doc(id="getMedia")
    @ns.response(200, "The file; the bytes of a name never change", headers=_ACCEPT_RANGES)
    @ns.response(206, "The requested part of the file", headers={**_ACCEPT_RANGES, **_CONTENT_RANGE})
    @ns.response(307, "The image is read from the storage itself, at a URL that is valid for an hour")
    def get(self, name: str) -> Response:
        """Download an image or a document.

        Files of published posts and avatars are public and can be cached for a year. Others are for their uploader,
        for editors, and for whoever may see a post that uses them. Images are shown in a browser, documents are
        downloaded. `Range` with one range of bytes and `If-Range` are understood.
        """
        return serve_file(name, current_user_or_none())
