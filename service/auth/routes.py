"""Routes /api/auth/* and /.well-known/jwks.json: login, refresh, logout, sessions, step-up, current user, password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.auth import actions, queries
from service.auth.jwks import get_jwks
from service.auth.schemas import (
    NO_STORE,
    SESSION_EXAMPLE,
    credentials_input,
    key_set_output,
    me_changes_input,
    ns,
    password_change_input,
    session_output,
    sessions_arguments,
    step_up_input,
    step_up_output,
    tokens_output,
    well_known,
)
from service.contract import (
    Link,
    Resource,
    accepts_if_match,
    authenticated,
    conditional_get,
    if_match,
    no_database,
    openapi_links,
    parameters,
    payload,
    public,
    raises,
    rate_limited,
    response_headers,
)
from service.core.authorization import owner_only
from service.core.identity import current_user
from service.core.login_challenges import SecondFactorRequired
from service.core.step_up import StepUpRequired
from service.users.actions import PasswordTooCommon, UsernameReserved, UsernameTaken
from service.users.email_changes import TooManyEmailChanges
from service.users.schemas import user_output

KEYS_MAX_AGE_S = 300

_ME = Link("getMe", "Get the authenticated user with the access token.")
_SHOW_ME = (
    Link("getAuthor", "Get the public profile of the user.", {"username": "$response.body#/username"}),
    Link("listUserPosts", "List the posts of the user.", {"user_id": "$response.body#/id"}),
)

MAX_AGE = {
    "Cache-Control": {
        "description": "How long the keys can be cached, in seconds.",
        "required": True,
        "schema": {"type": "string", "enum": [f"public, max-age={KEYS_MAX_AGE_S}"]},
        "example": f"public, max-age={KEYS_MAX_AGE_S}",
    }
}


@ns.route("/login")
class LogIn(Resource):
    """Login."""

    @ns.doc(id="logIn")
    @ns.expect(credentials_input)
    @ns.marshal_with(tokens_output, description="The tokens of the new session")
    @openapi_links(_ME)
    @response_headers(NO_STORE)
    @raises(actions.InvalidCredentials, SecondFactorRequired, actions.AccountInactive)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Log in with e-mail address and password. Creates a session and returns its tokens.

        For an account with two-factor authentication the response is 401 `SECOND_FACTOR_REQUIRED` with a `challenge`:
        send it with a code to `POST /api/auth/second-factor`.

        Send the access token as `Authorization: Bearer <token>`. When it expires, use the refresh token to get the
        next pair of tokens.
        """
        return actions.log_in(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/refresh")
class Refresh(Resource):
    """Refresh-token rotation."""

    @ns.doc(id="refreshTokens")
    @ns.marshal_with(tokens_output, description="The next pair of tokens")
    @openapi_links(_ME)
    @response_headers(NO_STORE)
    @authenticated(scheme="refreshAuth")
    def post(self) -> Any:
        """Refresh the tokens. The refresh token is rotated: it can be used once.

        Clients that share a session, such as browser tabs, can refresh at the same time: during a grace period
        (`REFRESH_LEEWAY_S`, 10 seconds by default) a used refresh token returns the same new refresh token again,
        with a new access token. After the grace period reuse is treated as theft (RFC 9700, 4.14.2): the response is
        401 `TOKEN_REVOKED` and the session is revoked.
        """
        return actions.refresh(current_user()), 200, {"Cache-Control": "no-store"}


@ns.route("/logout")
class LogOut(Resource):
    """Logout."""

    @ns.doc(id="logOut")
    @ns.response(204, "The session was revoked")
    @authenticated(unrestricted=True)
    def delete(self) -> Any:
        """Log out. Revokes the session of the access token; its access and refresh tokens become invalid at once."""
        actions.log_out(current_user())
        return "", 204


@ns.route("/step-up")
class StepUp(Resource):
    """Step-up authentication."""

    @ns.doc(id="stepUp")
    @ns.expect(step_up_input)
    @ns.marshal_with(step_up_output, description="The step-up")
    @raises(actions.InvalidCurrentPassword, actions.PasswordNotEnough)
    @rate_limited("login")
    @authenticated(unrestricted=True)
    def post(self) -> Any:
        """Confirm who you are, for operations that respond with 403 `STEP_UP_REQUIRED` otherwise.

        They need that the session has logged in, or stepped up, a short time ago (`STEP_UP_S`, 10 minutes by default).
        The tokens stay the same: send the refused request again. Accounts with two-factor authentication use
        `POST /api/auth/second-factor/step-up` instead.
        """
        return actions.step_up(current_user(), **payload())


@ns.route("/sessions")
class Sessions(Resource):
    """The sessions of the authenticated user."""

    @ns.doc(id="listSessions")
    @ns.marshal_list_with(session_output, description="The sessions, that of this request first")
    @openapi_links(Link("endSession", "Log the device out.", {"session_id": "$response.body#/0/id"}))
    @authenticated()
    @owner_only
    def get(self) -> Any:
        """List where the user is logged in: the 100 sessions that were used last."""
        return queries.list_sessions(current_user())

    @ns.doc(id="logOutEverywhere")
    @ns.expect(sessions_arguments)
    @ns.response(204, "The sessions were revoked")
    @authenticated()
    @owner_only
    def delete(self) -> Any:
        """Log out everywhere. Revokes all sessions of the user, on all devices; their tokens become invalid at once.

        With `keep_current=true` the session of the access token is kept: its tokens stay valid.
        """
        actions.log_out_everywhere(current_user(), keep_current=parameters().keep_current)
        return "", 204


@ns.route("/sessions/<uuid:session_id>")
@ns.doc(params={"session_id": {"description": "ID of the session.", "example": SESSION_EXAMPLE}})
class OneSession(Resource):
    """A session of the authenticated user."""

    @ns.doc(id="endSession")
    @ns.response(204, "The session was revoked")
    @authenticated()
    @owner_only
    def delete(self, session_id: UUID) -> Any:
        """Log a device out. Revokes one session of the user; its tokens become invalid at once."""
        actions.end_session(current_user(), session_id)
        return "", 204


@ns.route("/me")
class Me(Resource):
    """The authenticated user."""

    @ns.doc(id="getMe")
    @ns.marshal_with(user_output, description="The authenticated user")
    @openapi_links(
        Link("updateMe", "Update this version of the user.", {"header.If-Match": "$response.header.ETag"}),
        *_SHOW_ME,
    )
    @conditional_get
    @authenticated(scope="users:read", unrestricted=True)
    def get(self) -> Any:
        """Get the authenticated user."""
        return actions.get_me(current_user())

    @ns.doc(id="updateMe")
    @ns.expect(me_changes_input)
    @ns.marshal_with(user_output, description="The updated user")
    @openapi_links(_ME, *_SHOW_ME)
    @accepts_if_match
    @raises(StepUpRequired, UsernameTaken, UsernameReserved, TooManyEmailChanges)
    @authenticated()
    def patch(self) -> Any:
        """Update the authenticated user. Omitted fields do not change.

        A change of the e-mail address needs a login or step-up a short time ago. It is `pending_email` until the link
        that is mailed to it has been confirmed; the present address hears of it too.
        """
        return actions.update_me(current_user(), if_match(), **payload())


@ns.route("/password")
class Password(Resource):
    """The password of the authenticated user."""

    @ns.doc(id="changePassword")
    @ns.expect(password_change_input)
    @ns.marshal_with(tokens_output, description="New tokens for this session")
    @openapi_links(_ME)
    @response_headers(NO_STORE)
    @raises(actions.InvalidCurrentPassword, PasswordTooCommon)
    @rate_limited("login")
    @authenticated()
    def post(self) -> Any:
        """Change the password. Revokes all other sessions and returns new tokens for this one."""
        return actions.change_password(current_user(), **payload()), 200, {"Cache-Control": "no-store"}


@well_known.route("/jwks.json")
class Keys(Resource):
    """The JSON Web Key Set."""

    @well_known.doc(id="getJwks")
    @well_known.marshal_with(key_set_output, description="The JSON Web Key Set")
    @response_headers(MAX_AGE)
    @conditional_get
    @no_database
    @public
    def get(self) -> Any:
        """Get the public signing keys as a JSON Web Key Set (JWKS, RFC 7517)."""
        return get_jwks(), 200, {"Cache-Control": f"public, max-age={KEYS_MAX_AGE_S}"}
