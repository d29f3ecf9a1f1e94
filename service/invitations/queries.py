"""Selects of invitations with the state of their link and of their mail, for administrators and for who is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from service.contract.problems import NotFound
from service.core.database import read_connection
from service.core.pagination import OffsetPage, PageRequest
from service.core.single_use_links import Link
from service.models.base import utcnow
from service.models.casefolding import casefold
from service.models.invitations import Invitation as InvitationRow
from service.models.jobs import FINISHED_STATES, Job, JobState
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User


class InvitationState(StrEnum):
    """The states of an invitation. An expired one can be sent again; accepted and revoked are final."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"


class MailState(StrEnum):
    """The states of an invitation's mail: its job waits or runs, the mail was handed over, or all attempts failed."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Inviter:
    """The administrator who sent an invitation."""

    id: int
    username: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as administrators see it.

    `mail_state` is None when the job of the mail is no longer kept; `mail_error` tells why its last attempt failed.
    """

    id: UUID
    email: str
    role: Role
    name: str | None
    message: str | None
    state: InvitationState
    invited_by: Inviter | None
    user_id: int | None
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    mail_state: MailState | None
    mail_error: str | None
    mailed_at: datetime | None
    etag: str


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation as whoever has its link sees it."""

    email: str
    role: Role
    name: str | None
    invited_by: str | None
    expires_at: datetime


_FROM = (
    InvitationRow.__table__.join(SingleUseLink.__table__, SingleUseLink.id == InvitationRow.id)
    .outerjoin(User.__table__, User.id == SingleUseLink.created_by_id)
    .outerjoin(Job.__table__, Job.id == InvitationRow.mail_job_id)
)
_columns = select(
    InvitationRow.id,
    SingleUseLink.email,
    SingleUseLink.role,
    InvitationRow.name,
    InvitationRow.message,
    SingleUseLink.user_id,
    SingleUseLink.created_at,
    SingleUseLink.expires_at,
    SingleUseLink.used_at,
    SingleUseLink.revoked_at,
    User.id.label("inviter_id"),
    User.username,
    User.display_name,
    User.version,
    Job.state.label("job_state"),
    Job.attempts,
    Job.error,
    Job.finished_at,
).select_from(_FROM)


def list_invitations(state: InvitationState | None, page: PageRequest) -> OffsetPage[Invitation]:
    """Return a page of invitations, newest first; None does not filter. Two statements."""
    connection, now = read_connection(), utcnow()
    conditions = () if state is None else _conditions(state, now)
    # The count needs no inviters and jobs, which no row lacks or doubles.
    counted = select(func.count()).select_from(SingleUseLink).where(_IS_INVITATION, *conditions)
    rows = connection.execute(
        _columns.where(*conditions)
        .order_by(SingleUseLink.created_at.desc(), SingleUseLink.id.desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    return OffsetPage([_invitation(row, now) for row in rows], connection.scalar(counted) or 0, page)


def get_invitation(invitation_id: UUID, connection: Any = None) -> Invitation:
    """Return the invitation as `connection` sees it, by default the autocommit one.

    Raise `NotFound` if there is none. One statement.
    """
    statement = _columns.where(InvitationRow.id == invitation_id)
    row = (connection or read_connection()).execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return _invitation(row, utcnow())


def get_open_invitation(link: Link) -> OpenInvitation:
    """Return what an invitation shows to whoever has its link. One statement."""
    row = read_connection().execute(_columns.where(InvitationRow.id == link.id)).one()
    return OpenInvitation(row.email, row.role, row.name, row.display_name, row.expires_at)


def has_account(email: str) -> bool:
    """Tell whether an account has this e-mail address (case-insensitive). One statement."""
    account = select(User.id).where(User.email_key == casefold(email))
    return read_connection().execute(account).one_or_none() is not None


_IS_INVITATION = SingleUseLink.purpose == LinkPurpose.INVITATION


def _conditions(state: InvitationState, now: datetime) -> tuple[ColumnElement[bool], ...]:
    unused = and_(SingleUseLink.used_at.is_(None), SingleUseLink.revoked_at.is_(None))
    match state:
        case InvitationState.PENDING:
            return unused, SingleUseLink.expires_at > now
        case InvitationState.EXPIRED:
            return unused, SingleUseLink.expires_at <= now
        case InvitationState.ACCEPTED:
            return (SingleUseLink.used_at.is_not(None),)
        case InvitationState.REVOKED:
            return (SingleUseLink.revoked_at.is_not(None),)


def _invitation(row: Any, now: datetime) -> Invitation:
    state, mail_state = _state(row, now), _mail_state(row)
    inviter = row.inviter_id and Inviter(row.inviter_id, row.username, row.display_name)
    # All that can change: the inviter's names, the state, who sent it last and until when, and the attempts to mail it.
    versions = (row.inviter_id, row.version, state, row.expires_at.timestamp(), mail_state, row.attempts)
    return Invitation(
        id=row.id,
        email=row.email,
        role=row.role,
        name=row.name,
        message=row.message,
        state=state,
        invited_by=inviter,
        user_id=row.user_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_at=row.used_at,
        revoked_at=row.revoked_at,
        mail_state=mail_state,
        mail_error=row.error if mail_state is not MailState.SENT else None,
        mailed_at=row.finished_at if mail_state is MailState.SENT else None,
        etag=f'"invitation-{row.id}-{"-".join(map(str, versions))}"',
    )


def _state(row: Any, now: datetime) -> InvitationState:
    if row.used_at is not None:
        return InvitationState.ACCEPTED
    if row.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.PENDING if row.expires_at > now else InvitationState.EXPIRED


def _mail_state(row: Any) -> MailState | None:
    if row.job_state is None:
        return None
    if row.job_state not in FINISHED_STATES:
        return MailState.WAITING
    return MailState.SENT if row.job_state == JobState.SUCCEEDED else MailState.FAILED
