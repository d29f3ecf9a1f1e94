"""The operations on sessions, on one's own account, and the public keys."""

from __future__ import annotations

from typing import Any

from service.auth import actions
from service.auth.keys import published_keys
from service.auth.schemas import (
    credentials_input,
    key_set_output,
    me_changes_input,
    ns,
    password_change_input,
    tokens_output,
    well_known,
)
from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional,
    honours_if_match,
    if_match,
    leads_to,
    payload,
    public,
    raises,
    rate_limited,
    response_headers,
    without_sql,
)
from service.core.identity import current_user
from service.users.actions import EmailTaken, UsernameReserved, UsernameTaken
from service.users.schemas import user_output

KEYS_MAX_AGE_S = 300

_ME = Link("getMe", "Show the account, with the access token.")
_SHOW_ME = (
    Link("getAuthor", "The account's public profile.", {"username": "$response.body#/username"}),
    Link("listUserPosts", "What the account wrote.", {"user_id": "$response.body#/id"}),
)

# RFC 6749, 5.1: tokens are for their owner, not for caches on the way.
NO_STORE = {
    "Cache-Control": {
        "description": "Tokens must not be kept by caches.",
        "required": True,
        "schema": {"type": "string", "enum": ["no-store"]},
        "example": "no-store",
    }
}
MAX_AGE = {
    "Cache-Control": {
        "description": "For how long the keys may be kept.",
        "required": True,
        "schema": {"type": "string", "enum": [f"public, max-age={KEYS_MAX_AGE_S}"]},
        "example": f"public, max-age={KEYS_MAX_AGE_S}",
    }
}


@ns.route("/login")
class LogIn(Resource):
    """The beginning of a session."""

    @ns.doc(id="logIn")
    @ns.expect(credentials_input)
    @ns.marshal_with(tokens_output)
    @leads_to(_ME)
    @response_headers(NO_STORE)
    @raises(actions.InvalidCredentials, actions.AccountInactive)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Log in with e-mail address and password."""
        return actions.log_in(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/refresh")
class Refresh(Resource):
    """The continuation of a session."""

    @ns.doc(id="refreshTokens")
    @ns.marshal_with(tokens_output)
    @leads_to(_ME)
    @response_headers(NO_STORE)
    @authenticated(scheme="refreshAuth")
    def post(self) -> Any:
        """Get the next pair of tokens; the refresh token that is sent is used up.

        For some seconds (`REFRESH_LEEWAY_S`, 10 unless configured otherwise) a used token gets its successor once
        more: the same refresh token, never a second one, and an access token. So clients that share a session,
        like the tabs of a browser, may refresh at the same moment. After that a used token is taken for
        stolen: the answer is `TOKEN_REVOKED` and the session has ended, for its owner too.
        """
        return actions.refresh(current_user()), 200, {"Cache-Control": "no-store"}


@ns.route("/logout")
class LogOut(Resource):
    """The end of a session."""

    @ns.doc(id="logOut")
    @ns.response(204, "The session has ended; its tokens are refused from now on.")
    @authenticated()
    def delete(self) -> Any:
        """Log out: end the session that the token belongs to."""
        actions.log_out(current_user())
        return "", 204


@ns.route("/me")
class Me(Resource):
    """One's own account."""

    @ns.doc(id="getMe")
    @ns.marshal_with(user_output)
    @leads_to(
        Link("updateMe", "Change this version.", {"header.If-Match": "$response.header.ETag"}),
        *_SHOW_ME,
    )
    @conditional
    @authenticated()
    def get(self) -> Any:
        """Show one's own account."""
        return actions.show_me(current_user())

    @ns.doc(id="updateMe")
    @ns.expect(me_changes_input)
    @ns.marshal_with(user_output)
    @leads_to(_ME, *_SHOW_ME)
    @honours_if_match
    @raises(UsernameTaken, UsernameReserved, EmailTaken)
    @authenticated()
    def patch(self) -> Any:
        """Change some fields of one's own account."""
        return actions.update_me(current_user(), if_match(), **payload())


@ns.route("/password")
class Password(Resource):
    """One's own password."""

    @ns.doc(id="changePassword")
    @ns.expect(password_change_input)
    @ns.marshal_with(tokens_output)
    @leads_to(_ME)
    @response_headers(NO_STORE)
    @raises(actions.InvalidCurrentPassword)
    @rate_limited("login")
    @authenticated()
    def post(self) -> Any:
        """Change one's password: all other sessions end, this one goes on with new tokens."""
        return actions.change_password(current_user(), **payload()), 200, {"Cache-Control": "no-store"}


@well_known.route("/jwks.json")
class Keys(Resource):
    """The public keys."""

    @well_known.doc(id="getJwks")
    @well_known.marshal_with(key_set_output)
    @response_headers(MAX_AGE)
    @conditional
    @without_sql
    @public
    def get(self) -> Any:
        """Show the keys that tokens are signed with, as a JWK Set."""
        return published_keys(), 200, {"Cache-Control": f"public, max-age={KEYS_MAX_AGE_S}"}
