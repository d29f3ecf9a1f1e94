"""Request and response models of media; `Image` is also part of posts and users."""

from __future__ import annotations

from flask_restx import fields

from service.contract import Namespace
from service.models.media import (
    ALT_TEXT_MAX,
    CAPTION_MAX,
    CREDIT_MAX,
    FOCAL_POINT_CENTER,
    FOCAL_POINT_MAX,
    MEDIA_NAME_MAX,
    MEDIA_TYPE_MAX,
    PLACEHOLDER_MAX,
)

PIXELS_MAX = 1_000_000
SOURCES_MAX = 4
SRCSET_MAX = 5_000
MEDIA_EXAMPLE = "01a227b2-4d51-7c3a-9f0e-6a1b8c2d3e4f"
NAME_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015.jpg"
STEM_EXAMPLE = NAME_EXAMPLE.partition(".")[0]

ns = Namespace("media", description="The files of media, as pages show them.", path="/media")


def _pixels(description: str, example: int) -> fields.Integer:
    return fields.Integer(required=True, min=1, max=PIXELS_MAX, description=description, example=example)


def _url(description: str, name: str) -> fields.String:
    return fields.String(
        required=True,
        max_length=len("/media/") + MEDIA_NAME_MAX,
        description=f"{description}, relative to the origin of the service. Its content never changes.",
        example=f"/media/{name}",
    )


def _coordinate(description: str) -> fields.Integer:
    return fields.Integer(
        required=True, min=0, max=FOCAL_POINT_MAX, description=description, example=FOCAL_POINT_CENTER
    )


focal_point_output = ns.model(
    "FocalPoint",
    {
        "x": _coordinate("Percent of the width, from the left."),
        "y": _coordinate("Percent of the height, from the top."),
    },
)

image_source_output = ns.model(
    "ImageSource",
    {
        "media_type": fields.String(
            required=True, max_length=MEDIA_TYPE_MAX, description="Media type.", example="image/avif"
        ),
        "srcset": fields.String(
            required=True,
            max_length=SRCSET_MAX,
            description="Files of this type with their widths, in the form of HTML's `srcset`.",
            example=f"/media/{STEM_EXAMPLE}-320.avif 320w, /media/{STEM_EXAMPLE}-640.avif 640w",
        ),
    },
)

image_crop_output = ns.model(
    "ImageCrop",
    {
        "url": _url("URL of the file", f"{STEM_EXAMPLE}-1200x630-50-50.jpg"),
        "width": _pixels("Width in pixels.", 1200),
        "height": _pixels("Height in pixels.", 630),
    },
)

image_crops_output = ns.model(
    "ImageCrops",
    {
        "square": fields.Nested(
            image_crop_output,
            allow_null=True,
            description="A square, as for avatars; null if there is none yet, or the image is too small.",
            example={"url": f"/media/{STEM_EXAMPLE}-512x512-50-50.webp", "width": 512, "height": 512},
        ),
        "card": fields.Nested(
            image_crop_output,
            allow_null=True,
            description="1200 x 630 pixels, for cards of links that are shared; null if there is none yet, or the "
            "image is too small.",
        ),
    },
)

image_fields = {
    "id": fields.String(required=True, format="uuid", description="ID of the media.", example=MEDIA_EXAMPLE),
    "url": _url("URL of the original", NAME_EXAMPLE),
    "media_type": fields.String(
        required=True,
        max_length=MEDIA_TYPE_MAX,
        description="Media type of the original.",
        example="image/jpeg",
    ),
    "width": _pixels("Width of the original in pixels, as it is displayed.", 4000),
    "height": _pixels("Height of the original in pixels, as it is displayed.", 3000),
    "alt_text": fields.String(
        required=True,
        max_length=ALT_TEXT_MAX,
        description="What the image shows, for those who cannot see it. Empty: nobody has described it.",
        example="A loom with punched cards",
    ),
    "caption": fields.String(
        required=True,
        max_length=CAPTION_MAX,
        description="Caption in plain text, or an empty text.",
        example="The loom of 1804.",
    ),
    "credit": fields.String(
        required=True,
        max_length=CREDIT_MAX,
        description="Whom to credit for the image, in plain text, or an empty text.",
        example="Photo: Ada Lovelace",
    ),
    "focal_point": fields.Nested(
        focal_point_output,
        required=True,
        description="The point that stays visible when the image is cropped.",
    ),
    "dominant_color": fields.String(
        max_length=7,
        pattern="^#[0-9a-f]{6}$",
        description="The dominant color, to show while the image loads; null until it is known.",
        example="#8a6f52",
    ),
    "placeholder": fields.String(
        max_length=PLACEHOLDER_MAX,
        description="A tiny blurred version as a `data:` URL, to show while the image loads; null until it is ready.",
        example="data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=",
    ),
    "sources": fields.List(
        fields.Nested(image_source_output),
        required=True,
        max_items=SOURCES_MAX,
        description="The image in several widths, for `<source>` elements, the best type first. Empty until they are "
        "ready: show the original.",
    ),
    "crops": fields.Nested(
        image_crops_output, required=True, description="Parts of the image around its focal point."
    ),
}

image_output = ns.model("Image", image_fields)
