"""Models of the audit log: its entries, the signed end of their chain, and the checkpoints of retention.

Triggers of the database, see the migration, refuse to change an entry, and to delete one that no checkpoint covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Enum, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import BigId, Model, utcnow

ACTION_MAX = 60
OBJECT_TYPE_MAX = 30
OBJECT_ID_MAX = 64
REQUEST_ID_MAX = 64
MAC_BYTES = 32

# What is recorded: `<type of the object>.<what was done>`. A name that is there stays as it is.
ACTIONS: Mapping[str, str] = {
    "post.created": "A draft was created.",
    "post.updated": "A public post, or the draft of somebody else, was changed. `fields` names what.",
    "post.published": "A post was published. `scheduled` says whether at its time.",
    "post.publication_failed": "A post could not be published at its time.",
    "post.scheduled": "A post was scheduled.",
    "post.unscheduled": "The schedule of a post was cancelled.",
    "post.unpublished": "A post became a draft again.",
    "post.archived": "A post was archived.",
    "post.trashed": "A post was moved to the trash.",
    "post.restored": "A post was restored from the trash.",
    "post.deleted": "A post was deleted permanently.",
    "comment.deleted": "A comment was deleted.",
    "tag.created": "A tag was created.",
    "tag.updated": "A tag was renamed.",
    "tag.merged": "A tag was merged into another one, `into_id`.",
    "tag.deleted": "A tag was deleted.",
    "media.created": "A file was uploaded or fetched.",
    "media.updated": "The texts or the focal point of a file were changed.",
    "media.replaced": "A file was replaced by another.",
    "media.deleted": "A file was deleted.",
    "item.created": "An item was created.",
    "item.deleted": "An item was deleted.",
    "user.created": "An account was created.",
    "user.updated": "The profile of an account was changed. `fields` names what.",
    "user.role_changed": "An account was given another role.",
    "user.deactivated": "An account was deactivated.",
    "user.activated": "An account was activated again.",
    "user.email_change_requested": "The owner of an account asked for another e-mail address.",
    "user.email_changed": "An account was given another e-mail address.",
    "user.password_changed": "The owner of an account changed the password.",
    "user.password_reset": "The password of an account was set by the link in a mail.",
    "user.second_factor_enabled": "Two-factor authentication was turned on.",
    "user.second_factor_removed": "Two-factor authentication was turned off by its owner.",
    "user.authenticator_app_removed": "The authenticator app of an account was removed; its passkeys stay.",
    "user.second_factor_reset": "Two-factor authentication was turned off by an administrator.",
    "user.passkey_added": "A passkey was added to an account, `passkey_id`.",
    "user.passkey_renamed": "A passkey of an account was renamed.",
    "user.passkey_removed": "A passkey of an account was removed.",
    "user.passkey_refused": "The counter of a passkey went back: it may have been copied. It was refused.",
    "user.recovery_codes_renewed": "The recovery codes of an account were replaced.",
    "user.recovery_code_used": "A recovery code of an account was used.",
    "user.deletion_scheduled": "The owner of an account asked for its deletion.",
    "user.deletion_cancelled": "The deletion of an account was cancelled.",
    "user.deleted": "An account was deleted.",
    "user.logged_out": "All sessions of an account were ended by its owner, but `kept_session_id`.",
    "session.created": "Somebody logged in.",
    "session.ended": "Somebody logged out, or ended another session of their account.",
    "session.token_reused": "A used refresh token came back; the session was ended.",
    "api_key.created": "An API key was created. `scopes` says for what.",
    "api_key.renamed": "An API key was renamed.",
    "api_key.revoked": "An API key was revoked.",
    "invitation.created": "Somebody was invited.",
    "invitation.resent": "An invitation was sent again.",
    "invitation.revoked": "An invitation was revoked.",
    "invitation.accepted": "An invitation was accepted.",
    "webhook.created": "A webhook was created.",
    "webhook.updated": "A webhook was changed. `fields` names what.",
    "webhook.deleted": "A webhook was deleted.",
    "webhook.secret_rotated": "A webhook was given a new secret.",
    "job.cancelled": "A background job was cancelled.",
    "job.retried": "A background job was run again.",
    "job.requested": "A periodic task was run before its time.",
    "import.created": "An archive was uploaded to be imported.",
    "import.resumed": "An import was resumed.",
    "import.finished": "An import ended.",
    "import.deleted": "An import and its report were deleted.",
    "export.created": "An export of all posts was asked for.",
    "export.deleted": "An export and its archive were deleted.",
    "account_export.created": "An export of the account's own data was asked for.",
    "audit.restarted": "The end of the chain was signed anew, with `flask audit restart`.",
}


class ActorKind(StrEnum):
    """Who acted: a person, an API key for its owner, the service itself, or somebody who was not logged in."""

    USER = "user"
    API_KEY = "api_key"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class AuditEntry(Model):
    """An entry of the audit log: who did what to which object, by ids alone.

    The ids refer to nothing: accounts and objects may be gone. `recorded_at` is the time in `id`. `mac` is made by the
    writer, over its own columns; `position` and `chain_mac` are None until a job appends the entry to the chain.
    """

    __tablename__ = "audit_entries"
    # Each ends with the id, in whose order a page is read: no filter sorts.
    __table_args__ = (
        Index("ix_audit_entries_action", "action", "id"),
        Index("ix_audit_entries_actor", "actor_id", "id"),
        Index("ix_audit_entries_actor_action", "actor_id", "action", "id"),
        Index("ix_audit_entries_object", "object_id", "object_type", "id"),
        Index("ix_audit_entries_object_type", "object_type", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(ACTION_MAX))
    actor_kind: Mapped[ActorKind] = mapped_column(
        Enum(
            ActorKind,
            native_enum=False,
            length=16,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    api_key_id: Mapped[UUID | None]
    object_type: Mapped[str] = mapped_column(String(OBJECT_TYPE_MAX))
    object_id: Mapped[str | None] = mapped_column(String(OBJECT_ID_MAX))
    request_id: Mapped[str | None] = mapped_column(String(REQUEST_ID_MAX))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    mac: Mapped[bytes] = mapped_column(LargeBinary(MAC_BYTES))
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chain_mac: Mapped[bytes | None] = mapped_column(LargeBinary(MAC_BYTES))


class AuditChainEnd(Model):
    """The signed end of the chain, a single row: it tells when the newest entries are missing."""

    __tablename__ = "audit_chain_ends"
    __table_args__ = {"sqlite_autoincrement": False}  # noqa: RUF012 - SQLAlchemy's own declaration; nothing generates it

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    chain_mac: Mapped[bytes] = mapped_column(LargeBinary(MAC_BYTES))
    signature: Mapped[bytes] = mapped_column(LargeBinary(MAC_BYTES))


class AuditCheckpoint(Model):
    """Where retention ended: entries up to `position` were deleted, and the chain goes on after `chain_mac`."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = {"sqlite_autoincrement": False}  # noqa: RUF012 - SQLAlchemy's own declaration; nothing generates it

    position: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    chain_mac: Mapped[bytes] = mapped_column(LargeBinary(MAC_BYTES))
    signature: Mapped[bytes] = mapped_column(LargeBinary(MAC_BYTES))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
