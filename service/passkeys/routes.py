"""Routes /api/auth/passkeys*; logic is in actions and authentication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.auth.actions import AccountInactive
from service.auth.schemas import NO_STORE, step_up_output, tokens_output
from service.contract import (
    Link,
    Resource,
    authenticated,
    openapi_links,
    payload,
    public,
    raises,
    rate_limited,
    response_example,
    response_headers,
)
from service.core.authorization import owner_only
from service.core.identity import current_user
from service.core.login_challenges import ChallengeInvalid
from service.core.step_up import StepUpMethod, StepUpRequired
from service.passkeys import actions, authentication, queries
from service.passkeys.challenges import PasskeyChallengeInvalid
from service.passkeys.examples import PASSKEY_EXAMPLE
from service.passkeys.schemas import (
    added_output,
    changes_input,
    login_input,
    passkey_input,
    passkey_output,
    second_factor_input,
    second_factor_options_input,
    step_up_input,
)
from service.passkeys.verification import PasskeyInvalid
from service.passkeys.webauthn_schemas import (
    creation_options_output,
    login_options_output,
    ns,
    request_options_output,
)

_NO_STORE = {"Cache-Control": "no-store"}
_ME = Link("getMe", "Get the authenticated user with the access token.")
_THE_PASSKEY = {"passkey_id": "$response.body#/id"}
_GET = Link("getPasskey", "Get the passkey.", _THE_PASSKEY)
_RENAME = Link("renamePasskey", "Rename the passkey.", _THE_PASSKEY)
_REMOVE = Link("removePasskey", "Remove the passkey.", _THE_PASSKEY)


@ns.route("")
class Passkeys(Resource):
    """The passkeys of the authenticated user."""

    @ns.doc(id="listPasskeys")
    @ns.marshal_list_with(passkey_output, description="The passkeys of the user")
    @openapi_links(Link("getPasskey", "Get the oldest passkey.", {"passkey_id": "$response.body#/0/id"}))
    @authenticated(unrestricted=True)
    @owner_only
    def get(self) -> Any:
        """List your passkeys, oldest first."""
        return queries.list_passkeys(current_user().id)

    @ns.doc(id="addPasskey")
    @ns.expect(passkey_input)
    @ns.marshal_with(added_output, code=201, description="The passkey")
    @response_example(last_used_at=None)
    @openapi_links(_GET, _RENAME, _REMOVE)
    @response_headers(NO_STORE)
    @raises(
        StepUpRequired,
        PasskeyInvalid,
        PasskeyChallengeInvalid,
        actions.PasskeyRegistered,
        actions.TooManyPasskeys,
    )
    @authenticated(unrestricted=True)
    def post(self) -> Any:
        """Add a passkey, which a browser has made with the options of `getPasskeyCreationOptions`.

        Needs a login or step-up a short time ago. The owner gets a mail. With the first passkey of an account without
        an authenticator app, two-factor authentication is on: the password alone is not enough any more, all other
        sessions are revoked, and the response has recovery codes, shown this once.
        """
        passkey = actions.add_passkey(current_user(), **payload())
        return passkey, 201, {**_NO_STORE, "Location": f"/api/auth/passkeys/{passkey.id}"}


@ns.route("/creation-options")
class CreationOptions(Resource):
    """The options for a new passkey."""

    @ns.doc(id="getPasskeyCreationOptions")
    @ns.marshal_with(creation_options_output, description="What the browser needs to make a passkey")
    @response_headers(NO_STORE)
    @raises(StepUpRequired, actions.TooManyPasskeys)
    @authenticated(unrestricted=True)
    def post(self) -> Any:
        """Begin to add a passkey. Returns options for `PublicKeyCredential.parseCreationOptionsFromJSON()`.

        Needs a login or step-up a short time ago. Their challenge can be used once, for 5 minutes.
        """
        return actions.begin_registration(current_user()), 200, _NO_STORE


@ns.route("/<uuid:passkey_id>")
@ns.doc(params={"passkey_id": {"description": "ID of the passkey.", "example": PASSKEY_EXAMPLE}})
class OnePasskey(Resource):
    """A passkey of the authenticated user."""

    @ns.doc(id="getPasskey")
    @ns.marshal_with(passkey_output, description="The passkey")
    @openapi_links(_RENAME, _REMOVE)
    @authenticated()
    @owner_only
    def get(self, passkey_id: UUID) -> Any:
        """Get one of your passkeys."""
        return queries.get_passkey(current_user().id, passkey_id)

    @ns.doc(id="renamePasskey")
    @ns.expect(changes_input)
    @ns.marshal_with(passkey_output, description="The renamed passkey")
    @openapi_links(_GET, _REMOVE)
    @authenticated()
    @owner_only
    def patch(self, passkey_id: UUID) -> Any:
        """Rename one of your passkeys."""
        return actions.rename_passkey(current_user(), passkey_id, **payload())

    @ns.doc(id="removePasskey")
    @ns.response(204, "The passkey was removed")
    @raises(StepUpRequired)
    @authenticated()
    @owner_only
    def delete(self, passkey_id: UUID) -> Any:
        """Remove one of your passkeys: nobody can log in with it any more. Sessions go on.

        Needs a login or step-up a short time ago. The owner gets a mail. After the last one of an account without an
        authenticator app, two-factor authentication is off.
        """
        actions.remove_passkey(current_user(), passkey_id)
        return None, 204


@ns.route("/login-options")
class LoginOptions(Resource):
    """The options for a login with a passkey."""

    @ns.doc(id="getPasskeyLoginOptions")
    @ns.marshal_with(login_options_output, description="What the browser needs to ask for a passkey")
    @response_headers(NO_STORE)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Begin to log in with a passkey. Returns options for `PublicKeyCredential.parseRequestOptionsFromJSON()`.

        They are for any passkey of the site, and say nothing about accounts. Their challenge can be used once, for 5
        minutes.
        """
        return authentication.begin_log_in(), 200, _NO_STORE


@ns.route("/login")
class LogIn(Resource):
    """A login with a passkey."""

    @ns.doc(id="logInWithPasskey")
    @ns.expect(login_input)
    @ns.marshal_with(tokens_output, description="The tokens of the new session")
    @openapi_links(_ME)
    @response_headers(NO_STORE)
    @raises(PasskeyInvalid, PasskeyChallengeInvalid, AccountInactive)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Log in with a passkey, without a password. Creates a session and returns its tokens.

        No second factor is asked for: a passkey is one, and its owner has unlocked it.
        """
        return authentication.log_in(**payload()), 200, _NO_STORE


@ns.route("/second-factor-options")
class SecondFactorOptions(Resource):
    """The options for the second step of a login."""

    @ns.doc(id="getPasskeySecondFactorOptions")
    @ns.expect(second_factor_options_input)
    @ns.marshal_with(request_options_output, description="What the browser needs to ask for a passkey")
    @response_headers(NO_STORE)
    @raises(ChallengeInvalid, authentication.NoPasskey)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Begin the second step of a login with a passkey. Returns options for the passkeys of the account.

        `POST /api/auth/login` has answered 401 `SECOND_FACTOR_REQUIRED` with the challenge.
        """
        return authentication.begin_second_factor(**payload()), 200, _NO_STORE


@ns.route("/second-factor")
class SecondFactor(Resource):
    """The second step of a login, with a passkey."""

    @ns.doc(id="completeLogInWithPasskey")
    @ns.expect(second_factor_input)
    @ns.marshal_with(tokens_output, description="The tokens of the new session")
    @openapi_links(_ME)
    @response_headers(NO_STORE)
    @raises(ChallengeInvalid, PasskeyInvalid, PasskeyChallengeInvalid, AccountInactive)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Complete a login with a passkey in place of a code. Creates a session and returns its tokens."""
        return authentication.complete_log_in(**payload()), 200, _NO_STORE


@ns.route("/step-up-options")
class StepUpOptions(Resource):
    """The options for a step-up."""

    @ns.doc(id="getPasskeyStepUpOptions")
    @ns.marshal_with(request_options_output, description="What the browser needs to ask for a passkey")
    @response_headers(NO_STORE)
    @raises(authentication.NoPasskey)
    @authenticated()
    def post(self) -> Any:
        """Begin a step-up with a passkey. Returns options for the passkeys of the user."""
        return authentication.begin_step_up(current_user()), 200, _NO_STORE


@ns.route("/step-up")
class StepUp(Resource):
    """Step-up authentication with a passkey."""

    @ns.doc(id="stepUpWithPasskey")
    @ns.expect(step_up_input)
    @ns.marshal_with(step_up_output, description="The step-up")
    @response_example(method=StepUpMethod.PASSKEY.value)
    @raises(PasskeyInvalid, PasskeyChallengeInvalid)
    @rate_limited("login")
    @authenticated()
    def post(self) -> Any:
        """Confirm who you are with a passkey, for operations that respond with 403 `STEP_UP_REQUIRED` otherwise."""
        return authentication.step_up(current_user(), **payload())
