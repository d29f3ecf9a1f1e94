"""Routes /api/sign-ups*; logic is in actions and in `service.users.sign_ups`."""

from __future__ import annotations

from typing import Any

from service.auth.schemas import NO_STORE, tokens_output
from service.config import settings
from service.contract import (
    Link,
    Resource,
    no_database,
    openapi_links,
    payload,
    public,
    raises,
    rate_limited,
    response_example,
    response_headers,
)
from service.core.single_use_links import LINK_PROBLEMS
from service.sign_ups import actions
from service.sign_ups.schemas import (
    completion_input,
    link_input,
    mode_output,
    ns,
    open_sign_up_output,
    request_input,
)
from service.users.actions import EmailTaken, PasswordTooCommon, UsernameReserved, UsernameTaken
from service.users.sign_ups import request_sign_up


@ns.route("")
class SignUps(Resource):
    """Requests for an account."""

    @ns.doc(id="getSignUpMode")
    @ns.marshal_with(mode_output, description="How people register")
    @no_database
    @public
    def get(self) -> Any:
        """Get how people register: the setting `SIGN_UP`. Forms ask for an address alone where it is proved first."""
        return {"mode": settings().sign_up}

    @ns.doc(id="requestSignUp")
    @ns.expect(request_input)
    @ns.response(202, "A mail to the address is on its way")
    @rate_limited("register")
    @public
    def post(self) -> Any:
        """Ask for a mail with a link that creates an account.

        The response is the same, and as fast, whether or not an account has the address. If one has, the mail says so
        and has no link. The link can be used once, for `EMAIL_LINK_HOURS` (24 by default). An address gets at most
        three such mails an hour.
        """
        request_sign_up(**payload())
        return None, 202


@ns.route("/lookup")
class Lookup(Resource):
    """The address of a link."""

    @ns.doc(id="lookUpSignUp")
    @ns.expect(link_input)
    @ns.marshal_with(open_sign_up_output, description="The address of the account that the link creates")
    @response_headers(NO_STORE)
    @raises(*LINK_PROBLEMS)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Look up the address of a link, without using it.

        The secret is sent in the body, so that no log of addresses has it. Only whoever has the mail learns anything:
        any other secret is answered with 404 `LINK_INVALID`.
        """
        return actions.look_up_sign_up(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/complete")
class Completion(Resource):
    """The new account."""

    @ns.doc(id="completeSignUp")
    @ns.expect(completion_input)
    @ns.marshal_with(tokens_output, code=201, description="The tokens of the first session of the new user")
    @response_example(
        user={
            "id": 1003,
            "username": "mary",
            "display_name": "Mary Somerville",
            "email": "mary@example.org",
            "pending_email": None,
            "role": "author",
            "is_active": True,
            "bio": "",
            "avatar": None,
            "comment_notifications": True,
            "deletion_at": None,
            "created_at": "2026-11-30T09:30:00Z",
            "updated_at": "2026-11-30T09:30:00Z",
        }
    )
    @openapi_links(Link("getMe", "Get the new user with the access token."))
    @response_headers(NO_STORE)
    @raises(*LINK_PROBLEMS, UsernameTaken, UsernameReserved, EmailTaken, PasswordTooCommon)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Create the account with the address of the link, and log in.

        The link is used up only if the account was created: after 409 `USERNAME_TAKEN` it can be sent again.
        """
        tokens = actions.complete_sign_up(**payload())
        return tokens, 201, {"Cache-Control": "no-store", "Location": f"/api/users/{tokens.user.id}"}
