"""The operations on tags."""

from __future__ import annotations

from typing import Any

from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional,
    example_answer,
    honours_if_match,
    if_match,
    leads_to,
    parameters,
    payload,
    public,
    raises,
    response_headers,
)
from service.core.paging import PAGE_HEADERS, Page, page_headers
from service.core.permissions import may_edit_everything
from service.tags import actions, queries
from service.tags.schemas import changes_input, list_arguments, merge_input, ns, tag_input, tag_output

TAG_ID = {"tag_id": {"description": "The tag's number.", "example": 7}}
_THE_TAG = {"tag_id": "$response.body#/id"}
_GET = Link("getTag", "Read the tag.", _THE_TAG)
_POSTS = Link("listPosts", "The posts that carry it.", {"tag": "$response.body#/slug"})
_CHANGE = (
    Link("renameTag", "Rename it.", _THE_TAG),
    Link("mergeTag", "Merge it into another.", _THE_TAG),
    Link("deleteTag", "Delete it.", _THE_TAG),
)
_FIRST = {"tag_id": "$response.body#/0/id"}


@ns.route("")
class Tags(Resource):
    """All tags."""

    @ns.doc(id="listTags")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(tag_output, description="One page of the tags")
    @leads_to(
        Link("getTag", "Read the first.", _FIRST),
        Link("mergeTag", "Merge the first into the second.", _FIRST, body={"into": "$response.body#/1/id"}),
        Link("listPosts", "The posts that carry the first.", {"tag": "$response.body#/0/slug"}),
    )
    @response_headers(PAGE_HEADERS)
    @public
    def get(self) -> Any:
        """List tags by name, with the number of published posts that carry each.

        Tags are public from the moment they are made, also while only drafts carry them.
        """
        found = queries.list_tags(Page(parameters().page, parameters().per_page), parameters().search)
        return found.items, 200, page_headers(found)

    @ns.doc(id="createTag")
    @ns.expect(tag_input)
    @ns.marshal_with(tag_output, code=201, description="The tag was made")
    @example_answer(post_count=0)
    @raises(actions.TagNameTaken, actions.TagSlugTaken)
    @leads_to(_GET, *_CHANGE, _POSTS)
    @authenticated(may=may_edit_everything)
    def post(self) -> Any:
        """Make a tag; editors and admins. A post makes the tags it names by itself."""
        made = actions.create_tag(**payload())
        return made, 201, {"Location": f"/api/tags/{made.id}"}


@ns.route("/<int(min=1):tag_id>")
@ns.doc(params=TAG_ID)
class OneTag(Resource):
    """One tag."""

    @ns.doc(id="getTag")
    @ns.marshal_with(tag_output, description="The tag")
    @leads_to(*_CHANGE, _POSTS)
    @conditional
    @public
    def get(self, tag_id: int) -> Any:
        """Show a tag."""
        return queries.get_tag(tag_id)

    @ns.doc(id="renameTag")
    @ns.expect(changes_input)
    @ns.marshal_with(tag_output, description="The tag as it is now")
    @leads_to(_GET, *_CHANGE, _POSTS)
    @honours_if_match
    @raises(actions.TagNameTaken, actions.TagSlugTaken)
    @authenticated(may=may_edit_everything)
    def patch(self, tag_id: int) -> Any:
        """Rename a tag on every post; editors and admins. The slug stays unless another is given."""
        return actions.rename_tag(tag_id, if_match(), **payload())

    @ns.doc(id="deleteTag")
    @ns.response(204, "The tag is gone, and no post carries it")
    @honours_if_match
    @authenticated(may=may_edit_everything)
    def delete(self, tag_id: int) -> Any:
        """Delete a tag and take it off every post; editors and admins."""
        actions.delete_tag(tag_id, if_match())
        return None, 204


@ns.route("/<int(min=1):tag_id>/merge")
@ns.doc(params=TAG_ID)
class Merge(Resource):
    """The merging of a tag into another."""

    @ns.doc(id="mergeTag")
    @ns.expect(merge_input)
    @ns.marshal_with(tag_output, description="The tag that remains")
    @leads_to(_GET, _POSTS)
    @example_answer(id=3, name="History", slug="history")
    @raises(actions.SameTag, actions.MergeTargetNotFound)
    @authenticated(may=may_edit_everything)
    def post(self, tag_id: int) -> Any:
        """Merge a tag into another, which remains and which all its posts carry from now on; editors and admins."""
        return actions.merge_tag(tag_id, payload()["into"])
