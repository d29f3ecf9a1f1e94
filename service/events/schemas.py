"""The messages that webhooks receive: a model of each event, and the headers of every message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_restx import fields
from flask_restx.model import ModelBase

from service.contract import Namespace
from service.contract.types import INT64_MAX, NULL
from service.events.message_headers import MESSAGE_HEADERS, RESPONSES
from service.media.schemas import MEDIA_EXAMPLE, image_fields
from service.models.events import EVENTS, Event
from service.models.items import ITEM_NAME_MAX
from service.models.media import MEDIA_NAME_MAX, MEDIA_TYPE_MAX, MediaKind
from service.models.posts import SLUG_MAX, TITLE_MAX, PostStatus
from service.models.tags import TAG_NAME_MAX, TAG_SLUG_MAX
from service.models.users import USERNAME_MAX
from service.posts.schemas import tag_output

PATH_MAX = 200
PREVIOUS_SLUGS_MAX = 10_000
BATCH_MAX = 1_000
REASON_MAX = 500
POST_EXAMPLE = "019aa44d-c27d-7e3e-bc8b-db37c2131658"
WEBHOOK_EXAMPLE = "01a22786-7b40-7d52-8f1a-3c5e9d2b6a44"
TIME_EXAMPLE = "2026-11-21T09:30:00Z"
OF_UNPUBLISHED = "It can be about something that readers cannot see, which is named by its `id` alone."

ns = Namespace(
    "events",
    description="Messages to webhooks, in the form of [Standard Webhooks](https://www.standardwebhooks.com). A message "
    "tells what has happened, and what its object was at that moment. No text of a draft and no e-mail address is in "
    "it. Messages about one object arrive in order. A message can arrive twice, with the same `webhook-id`.",
)


def _id(description: str, example: int) -> fields.Integer:
    return fields.Integer(required=True, min=1, max=INT64_MAX, description=description, example=example)


def _post_id() -> fields.String:
    return fields.String(required=True, format="uuid", description="ID of the post.", example=POST_EXAMPLE)


def _time(description: str, *, required: bool = False) -> fields.DateTime:
    return fields.DateTime(required=required, description=description, example=TIME_EXAMPLE)


def _slug(description: str, *, required: bool) -> fields.String:
    return fields.String(
        required=required, max_length=SLUG_MAX, description=description, example="the-analytical-engine"
    )


def _path(*, required: bool, suffix: str) -> fields.String:
    return fields.String(
        required=required,
        max_length=PATH_MAX,
        description=f"Path of its page on the site{suffix}.",
        example="/posts/the-analytical-engine",
    )


author_output = ns.model(
    "EventAuthor",
    {
        "id": fields.Integer(
            min=1, max=INT64_MAX, description="ID of the user; null if the account was deleted.", example=1001
        ),
        "username": fields.String(
            max_length=USERNAME_MAX,
            description="Unique username; null if the account was deleted.",
            example="ada",
        ),
    },
)


image_output = ns.model(
    "EventImage",
    {name: image_fields[name] for name in ("id", "url", "media_type", "width", "height", "alt_text")},
)


def _image(description: str) -> fields.Nested:
    return fields.Nested(image_output, allow_null=True, description=description, example=NULL)


def _post(*, required: bool) -> dict[str, Any]:
    """Return the fields of a post; `required` if readers see it, or have seen it until the event."""
    suffix = "" if required else "; null if readers cannot see it"
    unless = "" if required else "; empty if readers cannot see it"
    gone = "" if required else "; null if it is gone"
    unless_seen = "" if required else ", and if readers cannot see the post"
    return {
        "id": _post_id(),
        "status": fields.String(
            required=required, enum=PostStatus, description=f"Status of the post{gone}.", example="published"
        ),
        "title": fields.String(
            required=required,
            max_length=TITLE_MAX,
            description=f"Title of the post: one line of plain text{suffix}.",
            example="The analytical engine",
        ),
        "slug": _slug(f"URL slug of the post{suffix}.", required=required),
        "path": _path(required=required, suffix=suffix),
        "previous_slugs": fields.List(
            fields.String(
                required=True, max_length=SLUG_MAX, description="A slug that it had.", example="the-engine"
            ),
            required=True,
            max_items=PREVIOUS_SLUGS_MAX,
            description=f"Slugs that it had, which redirect to `slug`{unless}.",
            example=["the-engine"],
        ),
        "author": fields.Nested(author_output, required=True, description="Author of the post."),
        "tags": fields.List(
            fields.Nested(tag_output),
            required=True,
            max_items=BATCH_MAX,
            description=f"Tags of the post, in order{unless}.",
            example=[{"name": "History", "slug": "history"}],
        ),
        "cover": _image(f"Cover image; null for none{unless_seen}."),
        "card": _image(f"Image to show where the post is shared; null for none{unless_seen}."),
        "published_at": _time(
            "Time of publication" + ("." if required else "; null if it was never published."),
            required=required,
        ),
        "updated_at": _time(f"Time of the last change{gone}.", required=required),
    }


post_output = ns.model("EventPost", _post(required=True))
any_post_output = ns.model("EventPostOrDraft", _post(required=False))
_post_link = ns.model(
    "EventPostLink",
    {
        "id": _post_id(),
        "slug": _slug("URL slug of the post; null if readers cannot see it.", required=False),
        "path": _path(required=False, suffix="; null if readers cannot see it"),
    },
)
imported_post_output = ns.model(
    "EventImportedPost",
    {
        **_post_link,
        "status": fields.String(
            required=True, enum=PostStatus, description="Status of the post.", example="published"
        ),
        "is_new": fields.Boolean(
            required=True, description="Whether the import has added it; otherwise it was changed."
        ),
    },
)
comment_output = ns.model(
    "EventComment",
    {
        "id": _id("ID of the comment.", 31),
        "parent_id": fields.Integer(
            min=1,
            max=INT64_MAX,
            description="ID of the comment that it replies to; null for none.",
            example=30,
        ),
        "author": fields.Nested(author_output, required=True, description="Who has written it."),
        "created_at": _time("Time when it was written.", required=True),
        "edited_at": _time("Time of the last change; null if it was never changed."),
    },
)


def _tag_fields(*, required: bool) -> dict[str, Any]:
    suffix = "" if required else "; null if no post that readers can see has it"
    return {
        "id": _id("ID of the tag.", 12),
        "name": fields.String(
            required=required,
            max_length=TAG_NAME_MAX,
            description=f"Name of the tag{suffix}.",
            example="History",
        ),
        "slug": _tag_slug(f"URL slug of the tag{suffix}.", required=required),
    }


def _tag_slug(description: str, *, required: bool = False) -> fields.String:
    return fields.String(
        required=required, max_length=TAG_SLUG_MAX, description=description, example="history"
    )


event_tag_output = ns.model("EventTag", _tag_fields(required=False))
user_output = ns.model(
    "EventUser",
    {
        "id": _id("ID of the account.", 1001),
        "username": fields.String(
            required=True, max_length=USERNAME_MAX, description="Unique username.", example="ada"
        ),
    },
)
item_output = ns.model(
    "EventItem",
    {
        "id": _id("ID of the item.", 7),
        "name": fields.String(
            required=True, max_length=ITEM_NAME_MAX, description="Name of the item.", example="Buy ink"
        ),
    },
)


def _media_url(description: str) -> fields.String:
    return fields.String(
        max_length=MEDIA_NAME_MAX + 10,
        description=f"{description}, relative to the origin of the service; null if readers cannot see it.",
        example="/media/9f86d081884c7d659a2feaa0c55ad015.jpg",
    )


media_output = ns.model(
    "EventMedia",
    {
        "id": fields.String(
            required=True, format="uuid", description="ID of the media.", example=MEDIA_EXAMPLE
        ),
        "kind": fields.String(
            required=True,
            enum=MediaKind,
            description="Whether it is an image, or a document.",
            example="image",
        ),
        "media_type": fields.String(
            required=True,
            max_length=MEDIA_TYPE_MAX,
            description="Media type of the file.",
            example="image/jpeg",
        ),
        "url": _media_url("URL of the file"),
    },
)


def _count(description: str) -> fields.Integer:
    return fields.Integer(required=True, min=0, max=INT64_MAX, description=description, example=754)


import_output = ns.model(
    "EventImport",
    {
        "posts_created": _count("Number of posts that it has added."),
        "posts_updated": _count("Number of posts that it has changed."),
    },
)


def _nested(model: ModelBase, description: str) -> fields.Nested:
    return fields.Nested(model, required=True, description=description)


_REASON = fields.String(
    required=True,
    max_length=REASON_MAX,
    description="Why, in one sentence.",
    example="The account of the author is deactivated.",
)
_PUBLIC_POST = {"post": _nested(post_output, "The post.")}
_ANY_POST = {"post": _nested(any_post_output, "The post.")}
_COMMENT = {
    "comment": _nested(comment_output, "The comment, without its text."),
    "post": _nested(_post_link, "The post that it is on."),
}
_TAG = {"tag": _nested(event_tag_output, "The tag.")}
_USER = {"user": _nested(user_output, "The account.")}
_MEDIA = {"media": _nested(media_output, "The file.")}
_ITEM = {"item": _nested(item_output, "The item.")}

# The fields of `data`.
DATA_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "post.published": {
        **_PUBLIC_POST,
        "scheduled": fields.Boolean(
            required=True, description="Whether it was published at its time, not by a person."
        ),
    },
    "post.publication_failed": {**_ANY_POST, "reason": _REASON},
    "post.scheduled": {
        **_ANY_POST,
        "scheduled_at": _time("Time when it is to be published.", required=True),
    },
    "post.unscheduled": _ANY_POST,
    "post.updated": _PUBLIC_POST,
    "post.images_changed": _PUBLIC_POST,
    "post.unpublished": _PUBLIC_POST,
    "post.archived": _PUBLIC_POST,
    "post.trashed": _ANY_POST,
    "post.restored": _ANY_POST,
    "post.deleted": _ANY_POST,
    "posts.imported": {
        "posts": fields.List(
            fields.Nested(imported_post_output),
            required=True,
            max_items=BATCH_MAX,
            description="The posts, those that it has added first.",
        )
    },
    "comment.created": _COMMENT,
    "comment.updated": _COMMENT,
    "comment.deleted": _COMMENT,
    "tag.created": _TAG,
    "tag.updated": {
        **_TAG,
        "former_slug": _tag_slug(
            "The slug that it had until now, which may be the same; null if readers have not seen it."
        ),
    },
    "tag.merged": {**_TAG, "into": _nested(event_tag_output, "The tag that its posts have now.")},
    "tag.deleted": _TAG,
    "media.created": _MEDIA,
    "media.ready": _MEDIA,
    "media.failed": {**_MEDIA, "reason": _REASON},
    "media.updated": _MEDIA,
    "media.replaced": {**_MEDIA, "former_url": _media_url("URL of the file before")},
    "media.deleted": _MEDIA,
    "item.created": _ITEM,
    "item.deleted": _ITEM,
    "user.created": _USER,
    "user.updated": _USER,
    "user.deleted": _USER,
    "import.finished": {"import": _nested(import_output, "What it has done.")},
}


def _title_of(name: str) -> str:
    """Return the name of an event in the form of a class: `PostPublicationFailed`."""
    return "".join(word.capitalize() for word in name.replace("_", ".").split("."))


def _declare(name: str, summary: str, description: str | None, data: Mapping[str, Any]) -> None:
    title = _title_of(name)
    message = ns.model(
        f"{title}Event",
        {
            "type": fields.String(required=True, enum=[name], description="Name of the event."),
            "timestamp": _time("Time when it happened.", required=True),
            "data": _nested(ns.model(f"{title}Data", data), "What it is about, as it was then."),
        },
    )
    ns.webhook(
        name,
        message,
        id=f"on{title}",
        summary=summary,
        description=description,
        headers=MESSAGE_HEADERS,
        responses=RESPONSES,
    )


def _declare_event(event: Event) -> None:
    # The summary is the first sentence, as that of an operation.
    summary, _, more = event.description.partition(". ")
    description = " ".join(filter(None, [more, OF_UNPUBLISHED if event.is_of_unpublished else ""]))
    _declare(event.name, f"{summary.rstrip('.')}.", description or None, DATA_FIELDS[event.name])


for _event in EVENTS.values():
    if _event.is_public:
        _declare_event(_event)
_declare(
    "ping",
    "An administrator tests the webhook.",
    "It is sent to one webhook, whatever events it receives.",
    {
        "webhook_id": fields.String(
            required=True, format="uuid", description="ID of the webhook.", example=WEBHOOK_EXAMPLE
        )
    },
)
