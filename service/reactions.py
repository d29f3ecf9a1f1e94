"""The table of reactions: the tasks that run after each event. Events are declared in `models.events`.

Each task gets what it declares of the event's payload, in a job that is added in the transaction of the change. So are
the messages for webhooks, which public events have all.
"""

from __future__ import annotations

from service.comments.mails import mail_post_author
from service.core.events import Reactions, Recorder
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
