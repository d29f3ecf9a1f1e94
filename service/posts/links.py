"""Where can a client go from an answer that shows posts?

Each step that changes a post leads to those that its new state allows.
"""

from __future__ import annotations

from service.contract import Link

_THE_POST = {"post_id": "$response.body#/id"}
_THIS_VERSION = {**_THE_POST, "header.If-Match": "$response.body#/etag"}
_THE_PATHS_POST = {"post_id": "$request.path.post_id"}

_READ = (
    Link("getPost", "Read the post.", _THE_POST),
    Link("getPostBySlug", "Read it at its address.", {"slug": "$response.body#/slug"}),
)
_CHANGE = (
    Link("replacePost", "Replace what this version says.", _THIS_VERSION),
    Link("updatePost", "Change some of what this version says.", _THIS_VERSION),
    Link("deletePost", "Put it into the trash.", _THE_POST),
)
_PUBLISH = Link("publishPost", "Publish it.", _THE_POST)
_UNPUBLISH = Link("unpublishPost", "Make it a draft again.", _THE_POST)
_ARCHIVE = Link("archivePost", "Take it out of all lists.", _THE_POST)
_AUTHOR = Link("getAuthor", "Its author's public profile.", {"username": "$response.body#/author/username"})
_COMMENTS = (
    Link("listComments", "What was said under it.", _THE_POST),
    Link("createComment", "Say something under it.", _THE_POST),
)

DRAFT = (*_READ, *_CHANGE, _PUBLISH)
PUBLISHED = (*_READ, *_CHANGE, _UNPUBLISH, _ARCHIVE, *_COMMENTS)
ARCHIVED = (*_READ, *_CHANGE, _PUBLISH, _UNPUBLISH)
IN_ANY_STATE = (*_READ, *_CHANGE, _PUBLISH, _UNPUBLISH, _ARCHIVE, *_COMMENTS, _AUTHOR)

IN_TRASH = (
    Link("restorePost", "Take it out of the trash.", _THE_PATHS_POST),
    Link("purgePost", "Delete it for ever.", _THE_PATHS_POST),
)
TRASH = (
    Link("restorePost", "Take the last one deleted out.", {"post_id": "$response.body#/0/id"}),
    Link("purgePost", "Delete the last one deleted for ever.", {"post_id": "$response.body#/0/id"}),
)

_FIRST_OF_LIST = (
    Link("getPost", "Read the first.", {"post_id": "$response.body#/0/id"}),
    Link("getPostBySlug", "Read the first at its address.", {"slug": "$response.body#/0/slug"}),
    Link("getAuthor", "Who wrote the first.", {"username": "$response.body#/0/author/username"}),
    Link("listComments", "What was said under the first.", {"post_id": "$response.body#/0/id"}),
)
_NEXT = {"after": "$response.body#/0/cursor"}
LIST = (*_FIRST_OF_LIST, Link("listPosts", "What follows the first.", _NEXT))
LIST_OF_USER = (
    *_FIRST_OF_LIST,
    Link("listUserPosts", "What follows the first.", {"user_id": "$request.path.user_id", **_NEXT}),
)

FOUND = (
    Link("getPost", "Read the post.", {"post_id": "$response.body#/post_id"}),
    Link("getPostBySlug", "Read it at its address.", {"slug": "$response.body#/slug"}),
)
MONTHS = (
    Link(
        "listPosts",
        "The posts since the newest month began.",
        {"published_after": "{$response.body#/0/month}-01T00:00:00Z"},
    ),
)
