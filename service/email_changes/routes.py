"""Routes /api/email-changes*; logic is in actions."""

from __future__ import annotations

from typing import Any

from service.auth.actions import AccountInactive
from service.auth.schemas import NO_STORE
from service.contract import (
    Resource,
    authenticated,
    payload,
    public,
    raises,
    rate_limited,
    response_headers,
)
from service.core.identity import current_user
from service.core.single_use_links import LINK_PROBLEMS
from service.email_changes import actions
from service.email_changes.schemas import link_input, ns, open_change_output
from service.users.actions import EmailTaken


@ns.route("/pending")
class Pending(Resource):
    """The new address that the authenticated user has asked for."""

    @ns.doc(id="cancelEmailChange")
    @ns.response(204, "No new address is pending, and its link cannot be used")
    @authenticated()
    def delete(self) -> Any:
        """Cancel the change of one's e-mail address. Without one that is pending there is nothing to do."""
        actions.cancel_email_change(current_user())
        return None, 204


@ns.route("/lookup")
class Lookup(Resource):
    """What a link changes."""

    @ns.doc(id="lookUpEmailChange")
    @ns.expect(link_input)
    @ns.marshal_with(open_change_output, description="The account, and its new address")
    @response_headers(NO_STORE)
    @raises(*LINK_PROBLEMS)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Look up what a link changes, without using it.

        The secret is sent in the body, so that no log of addresses has it. Only whoever has the mail learns anything:
        any other secret is answered with 404 `LINK_INVALID`.
        """
        return actions.look_up_email_change(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/confirm")
class Confirmation(Resource):
    """The confirmation of a new address."""

    @ns.doc(id="confirmEmailChange")
    @ns.expect(link_input)
    @ns.response(204, "The account has the new address")
    @raises(*LINK_PROBLEMS, AccountInactive, EmailTaken)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Confirm the new e-mail address of an account with the link that was mailed to it.

        It can be opened on another device: no login is needed. Log in with the new address from then on; sessions stay.
        Both addresses get a mail.
        """
        actions.confirm_email_change(**payload())
        return None, 204
