"""OpenAPI Link Objects of responses that contain posts.

The links of an operation that changes the status are the operations that the new status allows.
"""

from __future__ import annotations

from service.contract import Link

_THE_POST = {"post_id": "$response.body#/id"}
_THIS_VERSION = {**_THE_POST, "header.If-Match": "$response.body#/etag"}
_THE_PATHS_POST = {"post_id": "$request.path.post_id"}

_READ = (
    Link("getPost", "Get the post.", _THE_POST),
    Link("getPostBySlug", "Get the post by its slug.", {"slug": "$response.body#/slug"}),
)
_CHANGE = (
    Link("replacePost", "Replace this version of the post.", _THIS_VERSION),
    Link("updatePost", "Update this version of the post.", _THIS_VERSION),
    Link("deletePost", "Move the post to the trash.", _THE_POST),
)
_PUBLISH = Link("publishPost", "Publish the post.", _THE_POST)
_UNPUBLISH = Link("unpublishPost", "Revert the post to a draft.", _THE_POST)
_SCHEDULE = Link("schedulePost", "Schedule the post.", _THE_POST)
_UNSCHEDULE = Link("unschedulePost", "Cancel the schedule of the post.", _THE_POST)
_ARCHIVE = Link("archivePost", "Archive the post.", _THE_POST)
_AUTHOR = Link(
    "getAuthor", "Get the public profile of the author.", {"username": "$response.body#/author/username"}
)
_COMMENTS = (
    Link("listComments", "List the comments on the post.", _THE_POST),
    Link("createComment", "Comment on the post.", _THE_POST),
)

DRAFT = (*_READ, *_CHANGE, _PUBLISH, _SCHEDULE)
SCHEDULED = (*_READ, *_CHANGE, _PUBLISH, _SCHEDULE, _UNSCHEDULE)
PUBLISHED = (*_READ, *_CHANGE, _UNPUBLISH, _ARCHIVE, *_COMMENTS)
ARCHIVED = (*_READ, *_CHANGE, _PUBLISH, _UNPUBLISH)
IN_ANY_STATE = (
    *_READ,
    *_CHANGE,
    *(_PUBLISH, _UNPUBLISH, _SCHEDULE, _UNSCHEDULE, _ARCHIVE),
    *_COMMENTS,
    _AUTHOR,
)

IN_TRASH = (
    Link("restorePost", "Restore the post.", _THE_PATHS_POST),
    Link("purgePost", "Permanently delete the post.", _THE_PATHS_POST),
)
TRASH = (
    Link("restorePost", "Restore the most recently deleted post.", {"post_id": "$response.body#/0/id"}),
    Link(
        "purgePost", "Permanently delete the most recently deleted post.", {"post_id": "$response.body#/0/id"}
    ),
)

_FIRST_OF_LIST = (
    Link("getPost", "Get the first post.", {"post_id": "$response.body#/0/id"}),
    Link("getPostBySlug", "Get the first post by its slug.", {"slug": "$response.body#/0/slug"}),
    Link(
        "getAuthor",
        "Get the public profile of the first post's author.",
        {"username": "$response.body#/0/author/username"},
    ),
    Link("listComments", "List the comments on the first post.", {"post_id": "$response.body#/0/id"}),
)
_NEXT = {"after": "$response.body#/0/cursor"}
LIST = (*_FIRST_OF_LIST, Link("listPosts", "List the posts after the first.", _NEXT))
LIST_OF_USER = (
    *_FIRST_OF_LIST,
    Link("listUserPosts", "List the posts after the first.", {"user_id": "$request.path.user_id", **_NEXT}),
)

FOUND = (
    Link("getPost", "Get the post.", {"post_id": "$response.body#/post_id"}),
    Link("getPostBySlug", "Get the post by its slug.", {"slug": "$response.body#/slug"}),
)
MONTHS = (
    Link(
        "listPosts",
        "List the posts published since the start of the newest month.",
        {"published_after": "$response.body#/0/starts_at"},
    ),
)
