"""Routes /api/password-resets*; logic is in actions."""

from __future__ import annotations

from typing import Any

from service.auth.actions import AccountInactive
from service.auth.schemas import NO_STORE
from service.contract import Resource, payload, public, raises, rate_limited, response_headers
from service.core.single_use_links import LINK_PROBLEMS
from service.password_resets import actions
from service.password_resets.schemas import link_input, ns, open_reset_output, redemption_input, request_input
from service.users.actions import PasswordTooCommon


@ns.route("")
class PasswordResets(Resource):
    """Requests for a new password."""

    @ns.doc(id="requestPasswordReset")
    @ns.expect(request_input)
    @ns.response(204, "If an active account has the address, a mail with a link is on its way to it")
    @rate_limited("password_reset")
    @public
    def post(self) -> Any:
        """Ask for a mail with a link to choose a new password.

        The response is the same, and as fast, whether or not an account has the address. The link can be used once,
        for `PASSWORD_RESET_MINUTES` (60 by default). An account has at most three such links at a time: further
        requests send no mail.
        """
        actions.request_password_reset(**payload())
        return "", 204


@ns.route("/lookup")
class Lookup(Resource):
    """The account of a link."""

    @ns.doc(id="lookUpPasswordReset")
    @ns.expect(link_input)
    @ns.marshal_with(open_reset_output, description="The account whose password the link sets")
    @response_headers(NO_STORE)
    @raises(*LINK_PROBLEMS)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Look up the account of a link, without using it.

        The secret is sent in the body, so that no log of addresses has it. Only whoever has the mail learns anything:
        any other secret is answered with 404 `LINK_INVALID`.
        """
        return actions.look_up_password_reset(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/redeem")
class Redemption(Resource):
    """The new password."""

    @ns.doc(id="resetPassword")
    @ns.expect(redemption_input)
    @ns.response(204, "The password was set, and all sessions of the account were revoked")
    @raises(*LINK_PROBLEMS, AccountInactive, PasswordTooCommon)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Set a new password with a link. All sessions of the account are revoked, on all devices: log in anew.

        The link is used up only if the password was set: after 409 `PASSWORD_TOO_COMMON` it can be sent again. The
        owner gets a mail that the password was changed.
        """
        actions.reset_password(**payload())
        return "", 204
