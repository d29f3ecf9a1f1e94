"""Routes /api/items*; logic is in actions and queries."""

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
    parameters,
    payload,
    public,
    raises,
    response_headers,
)
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers, pagination_arguments
from service.core.permissions import can_edit_all_posts, can_write_posts
from service.items import actions, queries
from service.items.schemas import item_input, item_output, ns
from service.models.items import Item

_THE_ITEM = {"item_id": "$response.body#/id"}
_GET = Link("getItem", "Get the item.", _THE_ITEM)
_DELETE = Link("deleteItem", "Delete the item.", _THE_ITEM)


@ns.route("")
class Items(Resource):
    """All items."""

    @public
    @ns.doc(id="listItems")
    @ns.expect(pagination_arguments)
    @response_headers(PAGE_HEADERS)
    @ns.marshal_list_with(item_output, description="A page of items")
    @openapi_links(Link("getItem", "Get the newest item.", {"item_id": "$response.body#/0/id"}))
    def get(self) -> Any:
        """List items, newest first."""
        page = queries.list_items(PageRequest(parameters().page, parameters().per_page))
        return page.items, 200, page_headers(page)

    @authenticated(permission=can_write_posts)
    @raises(actions.ItemNameTaken)
    @ns.doc(id="createItem")
    @ns.expect(item_input)
    @ns.marshal_with(item_output, code=201, description="The created item")
    @openapi_links(_GET, _DELETE)
    def post(self) -> Any:
        """Create an item (authors, editors and admins)."""
        item = actions.create_item(**payload())
        return item, 201, {"Location": f"/api/items/{item.id}"}


@ns.route("/<int(min=1):item_id>")
@ns.param("item_id", "ID of the item.", _in="path", example=1)
class OneItem(Resource):
    """One item."""

    @public
    @conditional_get
    @ns.doc(id="getItem")
    @ns.marshal_with(item_output, description="The item")
    @openapi_links(_DELETE)
    def get(self, item_id: int) -> Item:
        """Get an item."""
        return actions.get_item(item_id)

    @authenticated(permission=can_edit_all_posts)
    @accepts_if_match
    @ns.doc(id="deleteItem")
    @ns.response(204, "The item was deleted")
    def delete(self, item_id: int) -> Any:
        """Delete an item (editors and admins)."""
        actions.delete_item(item_id, if_match())
        return None, 204
