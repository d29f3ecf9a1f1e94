"""Fields of the images of posts, in requests and responses; the model of an image is `media.schemas`."""

from __future__ import annotations

from typing import Any

from flask_restx import fields

from service.contract.types import NULL
from service.media.schemas import image_output
from service.models.media import ALT_TEXT_MAX, CAPTION_MAX
from service.posts.media_links import IMAGES_MAX


def image_inputs() -> dict[str, Any]:
    """Return the fields that an author writes."""
    return {
        "cover_id": _media_id(
            "ID of the cover image. Null (default): no cover. You can use your own uploads and images that you can see "
            "in posts; editors can use all."
        ),
        "cover_alt_text": fields.String(
            nullable=True,
            max_length=ALT_TEXT_MAX,
            description="What the cover shows, for those who cannot see it. Null (default): the image's own "
            "alternative text. Another `cover_id` resets it.",
        ),
        "cover_caption": fields.String(
            nullable=True,
            max_length=CAPTION_MAX,
            description="Caption of the cover, in plain text. Null (default): the image's own caption. Another "
            "`cover_id` resets it.",
        ),
        "card_id": _media_id(
            "ID of the image to show where the post is shared, of the same images as the cover. Null (default): none; "
            "clients show the cover, or generate one."
        ),
    }


def _media_id(description: str) -> fields.String:
    return fields.String(nullable=True, format="uuid", description=description)


def _image(description: str) -> fields.Nested:
    return fields.Nested(image_output, allow_null=True, description=description, example=NULL)


# In lists, too.
summary_images = {
    "cover": _image(
        "Cover image, with the alternative text and the caption that it has in this post; null for none."
    ),
    "card": _image("Image to show where the post is shared; null for none."),
}

post_images = {
    "images": fields.List(
        fields.Nested(image_output),
        required=True,
        max_items=IMAGES_MAX,
        description="Uploaded images that the body shows, in order of appearance, each once; `url` is the `src` in "
        f"`body_html`. The first {IMAGES_MAX} of them.",
        example=[],
    ),
    "cover_alt_text": fields.String(
        max_length=ALT_TEXT_MAX,
        description="Alternative text that was written for the cover of this post; null if the image's own is shown.",
    ),
    "cover_caption": fields.String(
        max_length=CAPTION_MAX,
        description="Caption that was written for the cover of this post; null if the image's own is shown.",
    ),
}
