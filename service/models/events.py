"""The events that features emit: names, meanings and payloads. What reacts to them is in `service.reactions`.

An event tells by ids what has happened: whoever reacts reads what is true by then. Outsiders will receive them: a name
or a payload that is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

POST_ID: Mapping[str, Any] = {"type": "string", "format": "uuid"}
COMMENT_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
USER_ID: Mapping[str, Any] = {"type": "integer", "minimum": 1}
# The author of a post or comment whose account may have been deleted.
AUTHOR_ID: Mapping[str, Any] = {"type": ["integer", "null"], "minimum": 1}

# Which event it is. Every event has it besides its payload, for tasks that react to several or pass them on.
EVENT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "type": {"type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "type", "occurred_at"],
    "additionalProperties": False,
}

_POST = {"post_id": POST_ID, "author_id": AUTHOR_ID}
_COMMENT = {"comment_id": COMMENT_ID, "post_id": POST_ID, "author_id": AUTHOR_ID}


@dataclass(frozen=True, slots=True)
class Event:
    """An event. `payload` holds the JSON schemas of its values, each of which is always there."""

    name: str
    description: str
    payload: Mapping[str, Mapping[str, Any]]


_ALL = (
    Event(
        "post.published",
        "A post was published: by a person, or at its time if it was `scheduled`.",
        {**_POST, "scheduled": {"type": "boolean"}},
    ),
    Event(
        "post.publication_failed",
        "A post could not be published at its time. `reason` is one sentence for its author.",
        {**_POST, "reason": {"type": "string", "minLength": 1, "maxLength": 500}},
    ),
    Event(
        "post.scheduled",
        "A draft was scheduled, or a scheduled post for another time.",
        {**_POST, "scheduled_at": {"type": "string", "format": "date-time"}},
    ),
    Event("post.unscheduled", "The schedule of a post was cancelled; it is a draft.", _POST),
    Event("post.updated", "What readers see of a published or archived post was changed.", _POST),
    Event("post.unpublished", "A published or archived post became a draft again.", _POST),
    Event("post.archived", "A published post left all lists; its URL stays.", _POST),
    Event("post.trashed", "A post was moved to the trash.", _POST),
    Event("post.restored", "A post was restored from the trash.", _POST),
    Event("post.deleted", "A post in the trash was deleted permanently.", _POST),
    Event("comment.created", "A comment or a reply was written.", _COMMENT),
    Event("comment.updated", "The text of a comment was changed.", _COMMENT),
    Event("comment.deleted", "A comment was deleted; `author_id` is who had written it.", _COMMENT),
    Event("user.created", "An account was created.", {"user_id": USER_ID}),
    Event("user.updated", "The profile, role or access of an account was changed.", {"user_id": USER_ID}),
    Event("user.deleted", "An account was deleted.", {"user_id": USER_ID}),
)

EVENTS: Mapping[str, Event] = {event.name: event for event in _ALL}
