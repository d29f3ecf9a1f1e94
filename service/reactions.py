"""The tables of reactions: the tasks that run after each event, and the audit log. Events are in `models.events`.

Each task gets what it declares of the event's payload, in a job that is added in the transaction of the change. So are
the messages for webhooks, which public events have all.
"""

from __future__ import annotations

from service.comments.mails import mail_post_author
from service.core.events import Audited, Reactions, Recorder
from service.core.revalidation import revalidate
from service.posts.mails import mail_publication, mail_publication_failure
from service.posts.tasks import refresh_images, rewrite_media
from service.users.tasks import refresh_avatars
from service.webhooks.recording import listening_endpoints, record_deliveries

REACTIONS: Reactions = {
    "post.published": (revalidate, mail_publication),
    "post.publication_failed": (mail_publication_failure,),
    "post.updated": (revalidate,),
    "post.images_changed": (revalidate,),
    "post.unpublished": (revalidate,),
    "post.archived": (revalidate,),
    "post.trashed": (revalidate,),
    "post.restored": (revalidate,),
    "posts.imported": (revalidate,),
    # The copies of an image in posts and accounts; what is deleted is used nowhere.
    "media.ready": (refresh_images, refresh_avatars),
    "media.updated": (refresh_images, refresh_avatars),
    "media.replaced": (rewrite_media, refresh_avatars),
    "comment.created": (revalidate, mail_post_author),
    "comment.updated": (revalidate,),
    "comment.deleted": (revalidate,),
    "tag.updated": (revalidate,),
    "tag.merged": (revalidate,),
    "tag.deleted": (revalidate,),
    "item.created": (revalidate,),
    "item.deleted": (revalidate,),
    "user.updated": (revalidate,),
    "user.deleted": (revalidate,),
}

RECORDER = Recorder(listening_endpoints, record_deliveries)

# The events that the audit log has, each with the values of its payload that an entry keeps: ids and states, no texts.
# What no event tells of, such as who was given which role, is recorded where it is done.
AUDITED: Audited = {
    "post.published": ("author_id", "scheduled"),
    "post.publication_failed": ("author_id",),
    "post.scheduled": ("author_id", "scheduled_at"),
    "post.unscheduled": ("author_id",),
    "post.unpublished": ("author_id",),
    "post.archived": ("author_id",),
    "post.trashed": ("author_id",),
    "post.restored": ("author_id",),
    "post.deleted": ("author_id",),
    "comment.deleted": ("post_id", "author_id"),
    "tag.created": (),
    "tag.updated": (),
    "tag.merged": ("into_id",),
    "tag.deleted": (),
    "media.created": (),
    "media.updated": (),
    "media.replaced": (),
    "media.deleted": (),
    "item.created": (),
    "item.deleted": (),
    "user.created": (),
    "user.deleted": (),
    "import.finished": ("posts_created", "posts_updated"),
}
