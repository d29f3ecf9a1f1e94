"""Routes /api/tags*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any

from service.contract import (
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    conditional_get,
    if_match,
    openapi_links,
    optional_auth_or_api_key,
    parameters,
    payload,
    raises,
    response_example,
    response_headers,
)
from service.core.authorization import owner_or
from service.core.identity import current_user_or_none
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_edit_all_posts
from service.tags import actions, queries
from service.tags.schemas import changes_input, list_arguments, merge_input, ns, tag_input, tag_output

TAG_ID = {"tag_id": {"description": "ID of the tag.", "example": 7}}
_TAG_ID = {"tag_id": "$response.body#/id"}
_GET = Link("getTag", "Get the tag.", _TAG_ID)
_POSTS = Link("listPosts", "List the posts with the tag.", {"tag": "$response.body#/slug"})
_CHANGE = (
    Link("renameTag", "Rename the tag.", _TAG_ID),
    Link("mergeTag", "Merge the tag into another tag.", _TAG_ID),
    Link("deleteTag", "Delete the tag.", _TAG_ID),
)
_FIRST = {"tag_id": "$response.body#/0/id"}


@ns.route("")
class Tags(Resource):
    """The collection of tags."""

    @ns.doc(id="listTags")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(tag_output, description="A page of tags")
    @openapi_links(
        Link("getTag", "Get the first tag.", _FIRST),
        Link(
            "mergeTag", "Merge the first tag into the second.", _FIRST, body={"into": "$response.body#/1/id"}
        ),
        Link("listPosts", "List the posts with the first tag.", {"tag": "$response.body#/0/slug"}),
    )
    @response_headers(PAGE_HEADERS)
    @optional_auth_or_api_key("tags:read")
    @owner_or(can_edit_all_posts)
    def get(self) -> Any:
        """List tags, sorted by name, with the number of published posts of each.

        Without a published or archived post, a tag is listed only for editors, admins and the authors of its posts; a
        tag without any post is listed for all authors.
        """
        page = PageRequest(parameters().page, parameters().per_page)
        tags = queries.list_tags(current_user_or_none(), page, parameters().search)
        return tags.items, 200, page_headers(tags)

    @ns.doc(id="createTag")
    @ns.expect(tag_input)
    @ns.marshal_with(tag_output, code=201, description="The created tag")
    @response_example(post_count=0)
    @raises(actions.TagNameTaken, actions.TagSlugTaken)
    @openapi_links(_GET, *_CHANGE, _POSTS)
    @authenticated(permission=can_edit_all_posts, scope="tags:write")
    def post(self) -> Any:
        """Create a tag (editors and admins). Tags named in a post are created automatically."""
        tag = actions.create_tag(**payload())
        return tag, 201, {"Location": f"/api/tags/{tag.id}"}


@ns.route("/<int(min=1):tag_id>")
@ns.doc(params=TAG_ID)
class OneTag(Resource):
    """A tag."""

    @ns.doc(id="getTag")
    @ns.marshal_with(tag_output, description="The tag")
    @openapi_links(*_CHANGE, _POSTS)
    @conditional_get
    @optional_auth_or_api_key("tags:read")
    @owner_or(can_edit_all_posts)
    def get(self, tag_id: int) -> Any:
        """Get a tag. Whether it is visible without a published or archived post depends as in the list."""
        return queries.get_tag(current_user_or_none(), tag_id)

    @ns.doc(id="renameTag")
    @ns.expect(changes_input)
    @ns.marshal_with(tag_output, description="The renamed tag")
    @openapi_links(_GET, *_CHANGE, _POSTS)
    @accepts_if_match
    @raises(actions.TagNameTaken, actions.TagSlugTaken)
    @authenticated(permission=can_edit_all_posts, scope="tags:write")
    def patch(self, tag_id: int) -> Any:
        """Rename a tag (editors and admins). The slug changes only if given; posts show the new name at once."""
        return actions.rename_tag(tag_id, if_match(), **payload())

    @ns.doc(id="deleteTag")
    @ns.response(204, "The tag was deleted")
    @accepts_if_match
    @authenticated(permission=can_edit_all_posts, scope="tags:write")
    def delete(self, tag_id: int) -> Any:
        """Delete a tag (editors and admins). It is removed from all posts."""
        actions.delete_tag(tag_id, if_match())
        return None, 204


@ns.route("/<int(min=1):tag_id>/merge")
@ns.doc(params=TAG_ID)
class Merge(Resource):
    """The merge of a tag into another tag."""

    @ns.doc(id="mergeTag")
    @ns.expect(merge_input)
    @ns.marshal_with(tag_output, description="The target tag")
    @openapi_links(_GET, _POSTS)
    @response_example(id=3, name="History", slug="history")
    @raises(actions.SameTag, actions.MergeTargetNotFound)
    @authenticated(permission=can_edit_all_posts, scope="tags:write")
    def post(self, tag_id: int) -> Any:
        """Merge a tag into another tag (editors and admins). Its posts get the target tag and it is deleted."""
        return actions.merge_tag(tag_id, payload()["into"])
