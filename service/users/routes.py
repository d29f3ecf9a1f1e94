"""The operations on accounts."""

from __future__ import annotations

from typing import Any

from service.config import settings
from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional,
    honours_if_match,
    if_match,
    leads_to,
    parameters,
    payload,
    public,
    raises,
    rate_limited,
    response_headers,
)
from service.core.identity import current_user
from service.core.paging import PAGE_HEADERS, Page, page_headers
from service.models.users import Role
from service.users import actions, queries
from service.users.schemas import (
    author_output,
    changes_input,
    list_arguments,
    ns,
    registration_input,
    replacement_input,
    user_output,
)

_THE_ACCOUNT = {"user_id": "$response.body#/id"}
_GET = Link("getUser", "Read the account.", _THE_ACCOUNT)
_CHANGE = (
    Link("replaceUser", "Replace its profile.", _THE_ACCOUNT),
    Link("updateUser", "Change some of its fields.", _THE_ACCOUNT),
    Link("deleteUser", "Delete it.", _THE_ACCOUNT),
)
_SHOW = (
    Link("getAuthor", "Its public profile.", {"username": "$response.body#/username"}),
    Link("listUserPosts", "What it wrote.", _THE_ACCOUNT),
)


@ns.route("/users")
class Users(Resource):
    """All accounts."""

    @ns.doc(id="listUsers")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(user_output)
    @leads_to(
        Link("getUser", "Read the first.", {"user_id": "$response.body#/0/id"}),
        Link("getAuthor", "The first one's public profile.", {"username": "$response.body#/0/username"}),
        Link("listUserPosts", "What the first wrote.", {"user_id": "$response.body#/0/id"}),
    )
    @response_headers(PAGE_HEADERS)
    @authenticated()
    def get(self) -> Any:
        """List accounts, first registered first."""
        asked = parameters()
        found = queries.list_users(current_user(), Page(asked["page"], asked["per_page"]), asked["search"])
        return found.items, 200, page_headers(found)

    @ns.doc(id="registerUser")
    @ns.expect(registration_input)
    @ns.marshal_with(user_output, code=201)
    @leads_to(
        Link(
            "logIn",
            "Log in as the new account.",
            body={"email": "$request.body#/email", "password": "$request.body#/password"},
        ),
        _GET,
        *_CHANGE,
        *_SHOW,
    )
    @raises(actions.UsernameTaken, actions.UsernameReserved, actions.EmailTaken)
    @rate_limited("register")
    @public
    def post(self) -> Any:
        """Register an account."""
        user = actions.register_user(**payload(), role=Role(settings().default_role))
        return user, 201, {"Location": f"/api/users/{user.id}"}


@ns.route("/users/<int(min=1):user_id>")
@ns.doc(params={"user_id": {"description": "The id of the account.", "example": 1001}})
class User(Resource):
    """One account."""

    @ns.doc(id="getUser")
    @ns.marshal_with(user_output)
    @leads_to(*_CHANGE, *_SHOW)
    @conditional
    @authenticated()
    def get(self, user_id: int) -> Any:
        """Show an account; the e-mail address only to its owner and administrators."""
        return queries.get_user(current_user(), user_id)

    @ns.doc(id="replaceUser")
    @ns.expect(replacement_input)
    @ns.marshal_with(user_output)
    @leads_to(_GET, *_SHOW)
    @honours_if_match
    @raises(
        actions.NotYourAccount,
        actions.AdminOnly,
        actions.UsernameTaken,
        actions.UsernameReserved,
        actions.EmailTaken,
        actions.LastAdmin,
    )
    @authenticated()
    def put(self, user_id: int) -> Any:
        """Replace an account's profile; role and activity stay unless given."""
        return actions.replace_user(current_user(), user_id, if_match(), **payload())

    @ns.doc(id="updateUser")
    @ns.expect(changes_input)
    @ns.marshal_with(user_output)
    @leads_to(_GET, *_SHOW)
    @honours_if_match
    @raises(
        actions.NotYourAccount,
        actions.AdminOnly,
        actions.UsernameTaken,
        actions.UsernameReserved,
        actions.EmailTaken,
        actions.LastAdmin,
    )
    @authenticated()
    def patch(self, user_id: int) -> Any:
        """Change some of an account's fields."""
        return actions.update_user(current_user(), user_id, if_match(), **payload())

    @ns.doc(id="deleteUser")
    @ns.response(204, "The account is deleted.")
    @honours_if_match
    @raises(actions.NotYourAccount, actions.LastAdmin)
    @authenticated()
    def delete(self, user_id: int) -> Any:
        """Delete an account and end its sessions."""
        actions.delete_user(current_user(), user_id, if_match())
        return "", 204


@ns.route("/authors/<string(maxlength=32):username>")
@ns.doc(params={"username": {"description": "The author's username, in whatever case.", "example": "ada"}})
class Author(Resource):
    """The public side of one account."""

    @ns.doc(id="getAuthor")
    @ns.marshal_with(author_output)
    @leads_to(Link("listPosts", "What the author published.", {"author": "$response.body#/username"}))
    @conditional
    @public
    def get(self, username: str) -> Any:
        """Show an author's public profile."""
        return queries.get_author(username)
