"""The table of reactions: the tasks that run after each event. Events are declared in `models.events`.

Each task gets what it declares of the event's payload, in a job that is added in the transaction of the change.
"""

from __future__ import annotations

from service.comments.mails import mail_post_author
from service.core.events import Reactions
from service.core.revalidation import revalidate_comments, revalidate_names, revalidate_post
from service.posts.mails import mail_publication, mail_publication_failure

REACTIONS: Reactions = {
    "post.published": (revalidate_post, mail_publication),
    "post.publication_failed": (mail_publication_failure,),
    "post.updated": (revalidate_post,),
    "post.unpublished": (revalidate_post,),
    "post.archived": (revalidate_post,),
    "post.trashed": (revalidate_post,),
    "post.restored": (revalidate_post,),
    "comment.created": (revalidate_comments, mail_post_author),
    "comment.updated": (revalidate_comments,),
    "comment.deleted": (revalidate_comments,),
    "user.updated": (revalidate_names,),
    "user.deleted": (revalidate_names,),
}
