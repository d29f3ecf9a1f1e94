"""Routes /api/users*, /api/authors/{username} and /api/unsubscribe/{token}; logic is in actions and queries."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from service.config import settings
from service.contract import (
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    body_limit,
    conditional_get,
    if_match,
    openapi_links,
    parameters,
    payload,
    public,
    raises,
    rate_limited,
    request_example,
    response_example,
    response_headers,
)
from service.core.authorization import owner_or
from service.core.identity import current_user
from service.core.mail.unsubscribing import page_url
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_manage_accounts
from service.core.step_up import StepUpRequired
from service.core.storage import StorageUnavailable
from service.media.files import FILE_PROBLEMS
from service.models.users import Role
from service.users import actions, avatars, deletion, queries
from service.users.email_changes import TooManyEmailChanges
from service.users.schemas import (
    AVATAR_EXAMPLE,
    author_output,
    avatar_form,
    changes_input,
    list_arguments,
    ns,
    profile_output,
    registration_input,
    replacement_input,
    subscription_output,
    user_output,
)
from service.users.sign_ups import request_sign_up

# Of the form; the picture is shown small.
AVATAR_MAX_BYTES = 5 * 2**20
_USER_ID = {"user_id": "$response.body#/id"}
_GET = Link("getUser", "Get the user.", _USER_ID)
_CHANGE = (
    Link("replaceUser", "Replace the profile of the user.", _USER_ID),
    Link("updateUser", "Update the user.", _USER_ID),
    Link("deleteUser", "Delete the user.", _USER_ID),
)
_SHOW = (
    Link("getAuthor", "Get the public profile of the user.", {"username": "$response.body#/username"}),
    Link("listUserPosts", "List the posts of the user.", _USER_ID),
)


@ns.route("/users")
class Users(Resource):
    """The collection of users."""

    @ns.doc(id="listUsers")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(profile_output, description="A page of users")
    @openapi_links(
        Link("getUser", "Get the first user.", {"user_id": "$response.body#/0/id"}),
        Link(
            "getAuthor",
            "Get the public profile of the first user.",
            {"username": "$response.body#/0/username"},
        ),
        Link("listUserPosts", "List the posts of the first user.", {"user_id": "$response.body#/0/id"}),
    )
    @response_headers(PAGE_HEADERS)
    @raises(queries.AdminOnly)
    @authenticated(scope="users:read")
    @owner_or(can_manage_accounts)
    def get(self) -> Any:
        """List users, oldest first. `email`, `role` and `is_active` are null except for yourself and administrators."""
        arguments = parameters()
        page = PageRequest(arguments.page, arguments.per_page)
        filters = queries.UserFilters(arguments.search, arguments.role, arguments.is_active)
        users = queries.list_users(current_user(), page, filters)
        return users.items, 200, page_headers(users)

    @ns.doc(id="registerUser")
    @ns.expect(registration_input)
    @ns.marshal_with(user_output, code=201, description="The registered user")
    @ns.response(202, "With `SIGN_UP=verified`: a mail to the address is on its way")
    @openapi_links(
        Link(
            "logIn",
            "Log in as the new user.",
            body={"email": "$request.body#/email", "password": "$request.body#/password"},
        ),
        _GET,
        *_CHANGE,
        *_SHOW,
    )
    @raises(actions.UsernameTaken, actions.UsernameReserved, actions.EmailTaken, actions.PasswordTooCommon)
    @rate_limited("register")
    @public
    def post(self) -> Any:
        """Register a user. Log in with a separate request.

        With `SIGN_UP=verified` no account is created yet: the response is 202 for every address, and the owner of the
        address gets a mail, as with `POST /api/sign-ups`. Username and password are chosen with its link; those of this
        request are not kept, since anybody could have sent them.
        """
        if settings().sign_up == "verified":
            request_sign_up(email=payload()["email"])
            return None, 202
        user = actions.register_user(**payload(), role=Role(settings().default_role))
        return user, 201, {"Location": f"/api/users/{user.id}"}


@ns.route("/users/<int(min=1):user_id>")
@ns.doc(params={"user_id": {"description": "ID of the user.", "example": 1001}})
class User(Resource):
    """A user."""

    @ns.doc(id="getUser")
    @ns.marshal_with(profile_output, description="The user")
    @openapi_links(*_CHANGE, *_SHOW)
    @conditional_get
    @authenticated(scope="users:read")
    @owner_or(can_manage_accounts)
    def get(self, user_id: int) -> Any:
        """Get a user. Some fields, such as `email`, are null unless you are the user or an administrator."""
        return queries.get_user(current_user(), user_id)

    @ns.doc(id="replaceUser")
    @ns.expect(replacement_input)
    @ns.marshal_with(user_output, description="The updated user")
    @openapi_links(_GET, *_SHOW)
    @accepts_if_match
    @raises(
        actions.NotYourAccount,
        queries.AdminOnly,
        StepUpRequired,
        actions.UsernameTaken,
        actions.UsernameReserved,
        actions.EmailTaken,
        TooManyEmailChanges,
        actions.LastAdmin,
    )
    @authenticated()
    @owner_or(can_manage_accounts)
    def put(self, user_id: int) -> Any:
        """Replace the profile of a user. An omitted `bio` is cleared; what is no profile changes only if given.

        Only administrators can change `role` and `is_active`. A change of either revokes all sessions of the user.
        Such a change, or one of the e-mail address, needs a login or step-up a short time ago. Your own new address is
        `pending_email` until the link that is mailed to it has been confirmed; that of others changes at once.
        """
        return actions.replace_user(current_user(), user_id, if_match(), **payload())

    @ns.doc(id="updateUser")
    @ns.expect(changes_input)
    @ns.marshal_with(user_output, description="The updated user")
    @openapi_links(_GET, *_SHOW)
    @accepts_if_match
    @raises(
        actions.NotYourAccount,
        queries.AdminOnly,
        StepUpRequired,
        actions.UsernameTaken,
        actions.UsernameReserved,
        actions.EmailTaken,
        TooManyEmailChanges,
        actions.LastAdmin,
    )
    @authenticated()
    @owner_or(can_manage_accounts)
    def patch(self, user_id: int) -> Any:
        """Update a user. Omitted fields do not change.

        Only administrators can change `role` and `is_active`. A change of either revokes all sessions of the user.
        Such a change, or one of the e-mail address, needs a login or step-up a short time ago. Your own new address is
        `pending_email` until the link that is mailed to it has been confirmed; that of others changes at once.
        """
        return actions.update_user(current_user(), user_id, if_match(), **payload())

    @ns.doc(id="deleteUser")
    @ns.marshal_with(
        user_output, code=202, description="Your own account: `deletion_at` says when it is deleted"
    )
    @response_example(deletion_at="2026-12-14T09:30:00Z")
    @ns.response(204, "The user was deleted")
    @accepts_if_match
    @raises(actions.NotYourAccount, StepUpRequired, actions.LastAdmin)
    @authenticated()
    @owner_or(can_manage_accounts)
    def delete(self, user_id: int) -> Any:
        """Delete a user and revoke its sessions. Its posts and comments are kept without an author.

        Your own account is deleted after a grace period (`ACCOUNT_DELETION_DAYS`, 14 days by default; with 0 at once):
        until then nothing changes, and `POST /api/users/{user_id}/cancel-deletion` keeps it. A mail says so.
        Administrators delete the accounts of others at once. Needs a login or step-up a short time ago.
        """
        user = deletion.delete_user(current_user(), user_id, if_match())
        if user is None:
            return None, 204
        return user, 202, {"Location": f"/api/users/{user.id}"}


@ns.route("/users/<int(min=1):user_id>/cancel-deletion")
@ns.doc(params={"user_id": {"description": "ID of the user.", "example": 1001}})
class DeletionCancellation(Resource):
    """The cancellation of the deletion of a user."""

    @ns.doc(id="cancelUserDeletion")
    @ns.marshal_with(user_output, description="The user, who is not deleted")
    @openapi_links(_GET, *_SHOW)
    @raises(actions.NotYourAccount)
    @authenticated()
    @owner_or(can_manage_accounts)
    def post(self, user_id: int) -> Any:
        """Keep a user who was to be deleted after the grace period. Everybody can keep their own account."""
        return deletion.cancel_deletion(current_user(), user_id)


@ns.route("/users/<int(min=1):user_id>/avatar")
@ns.doc(params={"user_id": {"description": "ID of the user.", "example": 1001}})
class Avatar(Resource):
    """The avatar of a user."""

    @ns.doc(id="setAvatar")
    @ns.expect(avatar_form)
    @ns.marshal_with(user_output, description="The updated user; renditions of the avatar follow")
    @request_example({"file": "the bytes of ada.jpg"})
    @response_example(avatar=AVATAR_EXAMPLE)
    @openapi_links(_GET, *_SHOW)
    @accepts_if_match
    @raises(actions.NotYourAccount, *FILE_PROBLEMS, StorageUnavailable)
    @body_limit(AVATAR_MAX_BYTES)
    @authenticated()
    @owner_or(can_manage_accounts)
    def put(self, user_id: int) -> Any:
        """Set the avatar of a user: upload an image, which replaces the former one.

        Everybody can set their own, administrators those of others.
        """
        return avatars.set_avatar(current_user(), user_id, if_match(), **parameters())

    @ns.doc(id="removeAvatar")
    @ns.response(204, "The user has no avatar")
    @accepts_if_match
    @raises(actions.NotYourAccount)
    @authenticated()
    @owner_or(can_manage_accounts)
    def delete(self, user_id: int) -> Any:
        """Remove the avatar of a user. Without one there is nothing to do."""
        avatars.remove_avatar(current_user(), user_id, if_match())
        return None, 204


def see_other(location: str) -> Response:
    """Return a 303 response without a body, and so without a Content-Type."""
    response = Response(status=303, headers={"Location": location})
    del response.headers["Content-Type"]
    return response


@ns.route("/unsubscribe/<string(length=43):token>")
@ns.doc(
    params={
        "token": {
            "description": "Token of the link in a mail.",
            "example": "q3Zr0m5XGkT2yN8vLwE1bJ7cHsUdPfAiO4eRtYxMzKg",
        }
    }
)
class Unsubscription(Resource):
    """The link in mails about comments."""

    @ns.doc(id="getSubscription")
    @ns.marshal_with(subscription_output, description="What is sent to the account")
    @ns.response(303, "For browsers: the page of the web app that asks for confirmation, see `Location`")
    @openapi_links(Link("unsubscribe", "Stop the mails.", {"token": "$request.path.token"}))
    @public
    def get(self, token: str) -> Any:
        """Get whether mails about comments are sent. Browsers are led to the page on which they can be stopped."""
        subscription = queries.get_subscription(token)
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return see_other(page_url(token, settings()))
        return subscription

    @ns.doc(id="unsubscribe")
    @ns.response(204, "No more mails about comments are sent to the account")
    @public
    def post(self, token: str) -> Any:
        """Stop the mails about comments, without logging in.

        For mail clients (`List-Unsubscribe=One-Click`, RFC 8058): a body is not read.
        """
        actions.stop_comment_mails(token)
        return None, 204


@ns.route("/authors/<string(maxlength=32):username>")
@ns.doc(params={"username": {"description": "Username of the author; case-insensitive.", "example": "ada"}})
class Author(Resource):
    """The public profile of an author."""

    @ns.doc(id="getAuthor")
    @ns.marshal_with(author_output, description="The public profile")
    @openapi_links(
        Link("listPosts", "List the published posts of the author.", {"author": "$response.body#/username"})
    )
    @conditional_get
    @public
    def get(self, username: str) -> Any:
        """Get the public profile of an author. Readers and deactivated users have none."""
        return queries.get_author(username)
