"""The events that features emit: names, meanings and payloads. What reacts to them is in `service.reactions`.

An event tells by ids what has happened. What outsiders are told of it, its data, is selected in `core.event_data` and
described in `service.events`: a name, a payload or a value that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

POST_ID: Mapping[str, Any] = {"type": "string", "format": "uuid"}
COMMENT_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
USER_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
TAG_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
ITEM_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
MEDIA_ID: Mapping[str, Any] = {"type": "string", "format": "uuid"}
# The author of a post or comment whose account may have been deleted.
AUTHOR_ID: Mapping[str, Any] = {"type": ["integer", "null"], "minimum": 1}

# Which event it is. Every event has it besides its payload, for tasks that react to several or pass them on.
# `subject` names the object that it is about (`post:<id>`): what happens to one object is told in order.
EVENT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "type": {"type": "string"},
        "subject": {"type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "type", "subject", "occurred_at"],
    "additionalProperties": False,
}
# What outsiders are told, as it was in the transaction of the change. Only for tasks that pass it on.
DATA: Mapping[str, Any] = {"type": "object"}

_POST = {"post_id": POST_ID, "author_id": AUTHOR_ID}
_COMMENT = {"comment_id": COMMENT_ID, "post_id": POST_ID, "author_id": AUTHOR_ID}
_POST_IDS: Mapping[str, Any] = {"type": "array", "items": POST_ID}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `payload` holds the JSON schemas of its values, each of which is always there.

    `subject` is the value of the payload that identifies the object; without one there is a single object of the kind,
    which the name begins with. Outsiders hear of it if it `is_public`. It `is_of_unpublished` if it can be about what
    readers have never seen.
    """

    name: str
    description: str
    payload: Mapping[str, Mapping[str, Any]]
    subject: str | None = None
    is_public: bool = True
    is_of_unpublished: bool = False

    def subject_of(self, payload: Mapping[str, Any]) -> str:
        """Return the object of an event with this payload: `post:01a22786-…`."""
        kind = self.name.partition(".")[0]
        return f"{kind}:{payload[self.subject]}" if self.subject else kind


def _of_post(name: str, description: str, *, is_of_unpublished: bool = False, **more: Any) -> Event:
    return Event(name, description, {**_POST, **more}, "post_id", is_of_unpublished=is_of_unpublished)


def _of_comment(name: str, description: str) -> Event:
    return Event(name, description, _COMMENT, "comment_id")


def _of_user(name: str, description: str) -> Event:
    return Event(name, description, {"user_id": USER_ID}, "user_id")


def _of_tag(name: str, description: str, **more: Any) -> Event:
    return Event(name, description, {"tag_id": TAG_ID, **more}, "tag_id", is_of_unpublished=True)


def _of_media(name: str, description: str, **more: Any) -> Event:
    return Event(name, description, {"media_id": MEDIA_ID, **more}, "media_id", is_of_unpublished=True)


_ALL = (
    _of_post(
        "post.published",
        "A post was published. `scheduled` says whether at its time, or else by a person.",
        scheduled={"type": "boolean"},
    ),
    _of_post(
        "post.publication_failed",
        "A post could not be published at its time. `reason` is one sentence for its author.",
        is_of_unpublished=True,
        reason={"type": "string", "minLength": 1, "maxLength": 500},
    ),
    _of_post(
        "post.scheduled",
        "A draft was scheduled, or a scheduled post for another time.",
        is_of_unpublished=True,
        scheduled_at={"type": "string", "format": "date-time"},
    ),
    _of_post(
        "post.unscheduled", "The schedule of a post was cancelled; it is a draft.", is_of_unpublished=True
    ),
    _of_post("post.updated", "What readers see of a published or archived post was changed."),
    _of_post(
        "post.images_changed",
        "Images of a published or archived post were changed elsewhere: renditions are ready, or a description or file "
        "of the media library was changed.",
    ),
    _of_post("post.unpublished", "A published or archived post became a draft again."),
    _of_post("post.archived", "A published post left all lists; its URL stays."),
    _of_post("post.trashed", "A post was moved to the trash.", is_of_unpublished=True),
    _of_post("post.restored", "A post was restored from the trash.", is_of_unpublished=True),
    _of_post("post.deleted", "A post in the trash was deleted permanently.", is_of_unpublished=True),
    _of_comment("comment.created", "A comment or a reply was written."),
    _of_comment("comment.updated", "The text of a comment was changed."),
    _of_comment("comment.deleted", "A comment was deleted. `author` is who had written it."),
    _of_tag("tag.created", "A tag was created. No published post has it yet."),
    _of_tag(
        "tag.updated",
        "The name or the slug of a tag was changed; its posts show it, without an event of their own.",
        former_slug={"type": "string"},
    ),
    _of_tag(
        "tag.merged",
        "A tag was replaced by another one on all its posts and deleted; the posts have no event of their own.",
        into_id=TAG_ID,
    ),
    _of_tag("tag.deleted", "A tag was deleted and removed from its posts, which have no event of their own."),
    _of_media("media.created", "A file was uploaded or fetched."),
    _of_media("media.ready", "The renditions of an image are ready; until then its original is shown."),
    _of_media(
        "media.failed",
        "The renditions of an image could not be made; its original is shown. `reason` is one sentence for people.",
        reason={"type": "string", "minLength": 1, "maxLength": 500},
    ),
    _of_media("media.updated", "The texts or the focal point of a file were changed."),
    _of_media(
        "media.replaced",
        "A file was replaced by another, under a new URL; posts that show it are changed by a job.",
        former_name={"type": "string", "minLength": 1, "maxLength": 120},
    ),
    _of_media("media.deleted", "A file was deleted. Nothing has used it."),
    Event("item.created", "An item was created.", {"item_id": ITEM_ID}, "item_id"),
    Event("item.deleted", "An item was deleted.", {"item_id": ITEM_ID}, "item_id"),
    _of_user("user.created", "An account was created."),
    _of_user("user.updated", "The profile, role or access of an account was changed."),
    _of_user("user.deleted", "An account was deleted. Its posts and comments remain without an author."),
    Event(
        "posts.imported",
        "An import added or changed posts, up to 50 at a time; the posts have no event of their own. Lists, redirects "
        "and profiles of authors may be others too.",
        {"created": _POST_IDS, "updated": _POST_IDS},
        is_of_unpublished=True,
    ),
    Event(
        "import.finished",
        "An import ended. The counts are of all posts that it has added and changed, drafts included.",
        {"posts_created": _COUNT, "posts_updated": _COUNT},
        is_of_unpublished=True,
    ),
)

EVENTS: Mapping[str, Event] = {event.name: event for event in _ALL}
