"""Routes /api/auth/second-factor* and /api/users/{user_id}/second-factor; logic is in actions."""

from __future__ import annotations

from typing import Any

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
from service.core.identity import current_user
from service.core.login_challenges import ChallengeInvalid
from service.core.permissions import can_reset_second_factors
from service.core.step_up import StepUpMethod, StepUpRequired
from service.second_factors import actions, queries
from service.second_factors.codes import SecondFactorInvalid
from service.second_factors.schemas import (
    confirmation_input,
    login_input,
    ns,
    recovery_codes_output,
    setup_output,
    state_output,
    step_up_input,
)

_NO_STORE = {"Cache-Control": "no-store"}


@ns.route("/auth/second-factor")
class SecondFactor(Resource):
    """The second step of a login, and the two-factor authentication of the authenticated user."""

    @ns.doc(id="getSecondFactor")
    @ns.marshal_with(state_output, description="The two-factor authentication of the user")
    @authenticated(unrestricted=True)
    def get(self) -> Any:
        """Get whether two-factor authentication is on, and how many recovery codes are left."""
        return actions.get_second_factor(current_user())

    @ns.doc(id="completeLogIn")
    @ns.expect(login_input)
    @ns.marshal_with(tokens_output, description="The tokens of the new session")
    @openapi_links(Link("getMe", "Get the authenticated user with the access token."))
    @response_headers(NO_STORE)
    @raises(ChallengeInvalid, SecondFactorInvalid, AccountInactive)
    @rate_limited("login")
    @public
    def post(self) -> Any:
        """Complete a login with a code. Creates a session and returns its tokens.

        `POST /api/auth/login` has answered 401 `SECOND_FACTOR_REQUIRED` with the challenge, which can be used once, for
        10 minutes; with a passkey, `POST /api/auth/passkeys/second-factor` takes it. After a wrong code it can be sent
        again; after several, 429 says how long to wait. Of a code that was used, the owner gets a mail if it was a
        recovery code.
        """
        return actions.complete_log_in(**payload()), 200, _NO_STORE

    @ns.doc(id="removeSecondFactor")
    @ns.response(204, "The authenticator app was removed")
    @raises(StepUpRequired)
    @authenticated()
    def delete(self) -> Any:
        """Remove the authenticator app. Its secret is deleted; sessions go on.

        Without a passkey two-factor authentication is off then, and the recovery codes are deleted too. Needs a login
        or step-up a short time ago. The owner gets a mail. Without an app there is nothing to do.
        """
        actions.remove(current_user())
        return None, 204


@ns.route("/auth/second-factor/setup")
class Setup(Resource):
    """The setup of two-factor authentication."""

    @ns.doc(id="setUpSecondFactor")
    @ns.marshal_with(setup_output, description="What an authenticator app needs")
    @response_headers(NO_STORE)
    @raises(StepUpRequired, actions.SecondFactorEnabled)
    @authenticated(unrestricted=True)
    def post(self) -> Any:
        """Begin to set up two-factor authentication. Returns a new secret for an authenticator app, shown this once.

        Needs a login or step-up a short time ago. Nothing changes about logins until a code was confirmed.
        """
        return actions.set_up(current_user()), 200, _NO_STORE


@ns.route("/auth/second-factor/confirm")
class Confirmation(Resource):
    """The first code of an authenticator app."""

    @ns.doc(id="confirmSecondFactor")
    @ns.expect(confirmation_input)
    @ns.marshal_with(recovery_codes_output, description="The recovery codes")
    @response_headers(NO_STORE)
    @raises(StepUpRequired, SecondFactorInvalid, actions.SecondFactorEnabled, actions.SecondFactorNotEnabled)
    @rate_limited("login")
    @authenticated(unrestricted=True)
    def post(self) -> Any:
        """Turn two-factor authentication on with a code of the app. Returns the recovery codes, shown this once.

        Needs a login or step-up a short time ago. All other sessions of the user are revoked, for they were begun
        without a code; the tokens of this one stay valid. The owner gets a mail.
        """
        return actions.confirm(current_user(), **payload()), 200, _NO_STORE


@ns.route("/auth/second-factor/recovery-codes")
class RecoveryCodes(Resource):
    """The recovery codes of the authenticated user."""

    @ns.doc(id="renewRecoveryCodes")
    @ns.marshal_with(recovery_codes_output, description="The new recovery codes")
    @response_headers(NO_STORE)
    @raises(StepUpRequired, actions.SecondFactorNotEnabled)
    @authenticated()
    def post(self) -> Any:
        """Get new recovery codes, shown this once. The former ones are void.

        Needs a login or step-up a short time ago. The owner gets a mail.
        """
        return actions.renew_recovery_codes(current_user()), 200, _NO_STORE


@ns.route("/auth/second-factor/step-up")
class StepUp(Resource):
    """Step-up authentication with a code."""

    @ns.doc(id="stepUpWithSecondFactor")
    @ns.expect(step_up_input)
    @ns.marshal_with(step_up_output, description="The step-up")
    @response_example(method=StepUpMethod.SECOND_FACTOR.value)
    @raises(SecondFactorInvalid, actions.SecondFactorNotEnabled)
    @rate_limited("login")
    @authenticated()
    def post(self) -> Any:
        """Confirm who you are with a code, for operations that respond with 403 `STEP_UP_REQUIRED` otherwise.

        For accounts with two-factor authentication, in place of `POST /api/auth/step-up`. Those with a passkey can
        use `POST /api/auth/passkeys/step-up` as well.
        """
        return actions.step_up(current_user(), **payload())


@ns.route("/users/<int(min=1):user_id>/second-factor")
@ns.doc(params={"user_id": {"description": "ID of the user.", "example": 1001}})
class UserSecondFactor(Resource):
    """The two-factor authentication of a user."""

    @ns.doc(id="getUserSecondFactor")
    @ns.marshal_with(state_output, description="The two-factor authentication of the user")
    @authenticated(permission=can_reset_second_factors)
    def get(self, user_id: int) -> Any:
        """Get whether a user has two-factor authentication (admins)."""
        return queries.get_second_factor(user_id)

    @ns.doc(id="resetSecondFactor")
    @ns.response(204, "The user logs in without a code")
    @raises(StepUpRequired)
    @authenticated(permission=can_reset_second_factors)
    def delete(self, user_id: int) -> Any:
        """Remove the authenticator app and the passkeys of a user who has lost them (admins). All sessions are revoked.

        Needs a login or step-up a short time ago. The user gets a mail. Without one there is nothing to do.
        """
        actions.reset(current_user(), user_id)
        return None, 204
