"""Invite people by e-mail, resend, revoke and accept invitations; raises this feature's errors.

The mail is written by a worker, see `mails`: that makes the secret of the link, so that it is stored nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete

from service.auth.actions import TokenResponse, start_session
from service.config import settings
from service.contract.problems import Conflict, NotFound
from service.core.audit_log import record
from service.core.identity import Identity
from service.core.mail.sending import send_mail
from service.core.single_use_links import (
    find_link,
    redeem_link,
    renew_link,
    revoke_link,
    set_link_user,
)
from service.core.step_up import require_step_up
from service.extensions import db
from service.invitations.mails import invitation_mail
from service.invitations.queries import (
    Invitation,
    OpenInvitation,
    get_invitation,
    get_open_invitation,
    has_account,
)
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.invitations import Invitation as InvitationRow
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role
from service.users.actions import EmailTaken, add_user, hash_registered_password

# An administrator is made by another one, in the list of users: no link in a mail may give that away.
INVITED_ROLES = (Role.READER, Role.AUTHOR, Role.EDITOR)


class AlreadyInvited(Conflict):
    """The address has a pending invitation. Resend it, or revoke it first."""

    code = "ALREADY_INVITED"
    constraint = "uq_single_use_links_open_invitation"


class InvitationClosed(Conflict):
    """The invitation was already accepted or revoked."""

    code = "INVITATION_CLOSED"


def create_invitation(
    caller: Identity, *, email: str, role: str, name: str | None = None, message: str | None = None
) -> Invitation:
    """Invite an address to create an account with this role; an expired invitation of the address is replaced.

    Raise `StepUpRequired`, `EmailTaken`, and from the unique index `AlreadyInvited`.
    """
    require_step_up(caller)
    if has_account(email):
        raise EmailTaken
    _delete_expired_invitation(email)
    link = SingleUseLink(
        purpose=LinkPurpose.INVITATION,
        email=email,
        role=Role(role),
        created_by_id=caller.id,
        expires_at=_expires_at(),
    )
    db.session.add(link)
    db.session.flush()
    invitation = InvitationRow(id=link.id, name=name, message=message)
    db.session.add(invitation)
    db.session.flush()
    record("invitation.created", link.id, role=link.role)
    return _mail(invitation, email)


def resend_invitation(caller: Identity, invitation_id: UUID) -> Invitation:
    """Send an invitation again, with a new link and the whole time to accept it; the old link is dead at once.

    Raise `StepUpRequired`, `NotFound`, `InvitationClosed`, and `EmailTaken` if its address has an account by now.
    """
    require_step_up(caller)
    # Locked before the link, as the mail does.
    invitation = db.session.get(InvitationRow, invitation_id, with_for_update=True)
    if invitation is None:
        raise NotFound
    if not renew_link(invitation_id, expires_at=_expires_at(), created_by_id=caller.id):
        raise InvitationClosed
    email = get_invitation(invitation_id, db.session.connection()).email
    if has_account(email):
        raise EmailTaken
    invitation.mail_number += 1
    record("invitation.resent", invitation_id)
    return _mail(invitation, email)


def revoke_invitation(invitation_id: UUID) -> Invitation:
    """Revoke an invitation; its link is dead at once. Raise `NotFound`, `InvitationClosed`."""
    get_invitation(invitation_id)
    if not revoke_link(invitation_id):
        raise InvitationClosed
    record("invitation.revoked", invitation_id)
    return get_invitation(invitation_id, db.session.connection())


def look_up_invitation(secret: str) -> OpenInvitation:
    """Return the open invitation with this secret; raise one of `LINK_PROBLEMS`. Two statements."""
    return get_open_invitation(find_link(LinkPurpose.INVITATION, secret))


def accept_invitation(
    *, secret: str, username: str, password: str, display_name: str | None = None
) -> TokenResponse:
    """Create the account that the invitation is for, with its address and role, and log in to it.

    Raise one of `LINK_PROBLEMS`, `UsernameReserved`, `PasswordTooCommon`, and from the unique constraints of the
    accounts `UsernameTaken` and `EmailTaken`; the invitation then stays open.
    """
    find_link(LinkPurpose.INVITATION, secret)  # before the slow hash
    password_hash = hash_registered_password(username, password)
    link = redeem_link(LinkPurpose.INVITATION, secret)
    user = add_user(
        username=username,
        email=link.email,
        password_hash=password_hash,
        display_name=display_name or username,
        role=link.role,
    )
    set_link_user(link.id, user.id)
    record("invitation.accepted", link.id, actor_id=user.id, role=user.role)
    return start_session(user)


def _mail(invitation: InvitationRow, email: str) -> Invitation:
    """Enqueue the mail of an invitation."""
    invitation.mail_job_id = send_mail(
        invitation_mail,
        to=email,
        invitation_id=str(invitation.id),
        mail_number=invitation.mail_number,
    )
    db.session.flush()
    return get_invitation(invitation.id, db.session.connection())


def _expires_at() -> datetime:
    return utcnow() + timedelta(days=settings().invitation_days)


def _delete_expired_invitation(email: str) -> None:
    expired = delete(SingleUseLink).where(
        SingleUseLink.purpose == LinkPurpose.INVITATION,
        SingleUseLink.email_key == casefold(email),
        SingleUseLink.used_at.is_(None),
        SingleUseLink.revoked_at.is_(None),
        SingleUseLink.expires_at <= utcnow(),
    )
    db.session.execute(expired, execution_options={"synchronize_session": False})
