"""Routes /api/invitations*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.auth.schemas import NO_STORE, tokens_output
from service.contract import (
    Link,
    Resource,
    authenticated,
    conditional_get,
    openapi_links,
    parameters,
    payload,
    public,
    raises,
    rate_limited,
    response_example,
    response_headers,
)
from service.core.identity import current_user
from service.core.pagination import PAGE_HEADERS, PageRequest, page_headers
from service.core.permissions import can_manage_invitations
from service.core.single_use_links import LINK_PROBLEMS
from service.core.step_up import StepUpRequired
from service.invitations import actions, queries
from service.invitations.schemas import (
    INVITATION_EXAMPLE,
    acceptance_input,
    invitation_input,
    invitation_output,
    link_input,
    list_arguments,
    ns,
    open_invitation_output,
)
from service.users.actions import EmailTaken, PasswordTooCommon, UsernameReserved, UsernameTaken

OF_INVITATION = {"invitation_id": {"description": "ID of the invitation.", "example": INVITATION_EXAMPLE}}
_THE_INVITATION = {"invitation_id": "$response.body#/id"}
_GET = Link("getInvitation", "Get the invitation.", _THE_INVITATION)
_RESEND = Link("resendInvitation", "Send the mail again, with a new link.", _THE_INVITATION)
_REVOKE = Link("revokeInvitation", "Revoke the invitation.", _THE_INVITATION)


@ns.route("")
class Invitations(Resource):
    """The collection of invitations."""

    @ns.doc(id="listInvitations")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(invitation_output, description="A page of invitations")
    @openapi_links(
        Link("getInvitation", "Get the newest invitation.", {"invitation_id": "$response.body#/0/id"})
    )
    @response_headers(PAGE_HEADERS)
    @authenticated(permission=can_manage_invitations)
    def get(self) -> Any:
        """List invitations, newest first (admins). They are deleted some time after they have expired."""
        arguments = parameters()
        invitations = queries.list_invitations(
            arguments.state, PageRequest(arguments.page, arguments.per_page)
        )
        return invitations.items, 200, page_headers(invitations)

    @ns.doc(id="createInvitation")
    @ns.expect(invitation_input)
    @ns.marshal_with(invitation_output, code=201, description="The invitation, whose mail is on its way")
    @openapi_links(_GET, _RESEND, _REVOKE)
    @raises(StepUpRequired, EmailTaken, actions.AlreadyInvited)
    @authenticated(permission=can_manage_invitations)
    def post(self) -> Any:
        """Invite somebody by e-mail (admins). The mail has a link that can be used once to create the account.

        Needs a login or step-up a short time ago. An expired invitation of the address is replaced. The invitation is
        revoked when its inviter is no longer an active administrator.
        """
        invitation = actions.create_invitation(current_user(), **payload())
        return invitation, 201, {"Location": f"/api/invitations/{invitation.id}"}


@ns.route("/<uuid:invitation_id>")
@ns.doc(params=OF_INVITATION)
class OneInvitation(Resource):
    """An invitation."""

    @ns.doc(id="getInvitation")
    @ns.marshal_with(invitation_output, description="The invitation")
    @openapi_links(_RESEND, _REVOKE)
    @conditional_get
    @authenticated(permission=can_manage_invitations)
    def get(self, invitation_id: UUID) -> Any:
        """Get an invitation (admins)."""
        return queries.get_invitation(invitation_id)


@ns.route("/<uuid:invitation_id>/resend")
@ns.doc(params=OF_INVITATION)
class Resending(Resource):
    """Another mail of an invitation."""

    @ns.doc(id="resendInvitation")
    @ns.marshal_with(invitation_output, description="The invitation, whose new mail is on its way")
    @openapi_links(_GET, _REVOKE)
    @raises(StepUpRequired, EmailTaken, actions.InvitationClosed)
    @authenticated(permission=can_manage_invitations)
    def post(self, invitation_id: UUID) -> Any:
        """Send an invitation again, with a new link; the old one is dead at once (admins).

        Works for pending and expired invitations. Needs a login or step-up a short time ago.
        """
        return actions.resend_invitation(current_user(), invitation_id)


@ns.route("/<uuid:invitation_id>/revoke")
@ns.doc(params=OF_INVITATION)
class Revocation(Resource):
    """The revocation of an invitation."""

    @ns.doc(id="revokeInvitation")
    @ns.marshal_with(invitation_output, description="The revoked invitation")
    @response_example(state="revoked", revoked_at="2026-11-30T09:30:00Z")
    @openapi_links(_GET)
    @raises(actions.InvitationClosed)
    @authenticated(permission=can_manage_invitations)
    def post(self, invitation_id: UUID) -> Any:
        """Revoke a pending or expired invitation (admins). Its link is dead at once."""
        return actions.revoke_invitation(invitation_id)


@ns.route("/lookup")
class Lookup(Resource):
    """The invitation of a link."""

    @ns.doc(id="lookUpInvitation")
    @ns.expect(link_input)
    @ns.marshal_with(open_invitation_output, description="The invitation")
    @response_headers(NO_STORE)
    @raises(*LINK_PROBLEMS)
    @rate_limited("links")
    @public
    def post(self) -> Any:
        """Look up the invitation of a link, without accepting it.

        The secret is sent in the body, so that no log of addresses has it. Only whoever has the mail learns anything:
        any other secret is answered with 404 `LINK_INVALID`.
        """
        return actions.look_up_invitation(**payload()), 200, {"Cache-Control": "no-store"}


@ns.route("/accept")
class Acceptance(Resource):
    """The acceptance of an invitation."""

    @ns.doc(id="acceptInvitation")
    @ns.expect(acceptance_input)
    @ns.marshal_with(tokens_output, code=201, description="The tokens of the first session of the new user")
    @response_example(
        user={
            "id": 1002,
            "username": "grace",
            "display_name": "Grace Hopper",
            "email": "grace@example.org",
            "pending_email": None,
            "role": "editor",
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
        """Accept an invitation: create the account with its e-mail address and role, and log in.

        The link is used up only if the account was created: after 409 `USERNAME_TAKEN` it can be sent again.
        """
        tokens = actions.accept_invitation(**payload())
        return tokens, 201, {"Cache-Control": "no-store", "Location": f"/api/users/{tokens.user.id}"}
