"""Model of single-use links: what a link in a mail allows, once, to whoever has its secret."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from service.models.base import BigId, Model, utcnow
from service.models.casefolding import casefold
from service.models.ids import uuid7
from service.models.users import EMAIL_MAX, Role, User


class LinkPurpose(StrEnum):
    """What a link is for. A secret of one purpose is unknown to the others."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
    # No link: what a login with the right password gives an account with a second factor.
    LOGIN_CHALLENGE = "login_challenge"
    # Nor these: what an authenticator signs, to register a passkey or to log in with one.
    PASSKEY_REGISTRATION = "passkey_registration"
    PASSKEY_LOGIN = "passkey_login"
    PASSKEY_SECOND_FACTOR = "passkey_second_factor"
    PASSKEY_STEP_UP = "passkey_step_up"
    SIGN_UP = "sign_up"
    EMAIL_CHANGE = "email_change"


# The condition of the unique index: an address has one open invitation.
_OPEN_INVITATION = text("purpose = 'invitation' AND used_at IS NULL AND revoked_at IS NULL")


class SingleUseLink(Model):
    """A link that can be used once, before `expires_at`.

    `secret_hash` is the SHA-256 of the secret, which is stored nowhere: it is made when the mail is written, and None
    before that. `email` and `role` are what the link gives; `user_id` is the account that it is for, and after its use
    the account that used it. `created_by_id` is who is responsible for it. Rows are kept until `purge_links` deletes
    them, some time after they expired.
    """

    __tablename__ = "single_use_links"
    __table_args__ = (
        UniqueConstraint("secret_hash", name="uq_single_use_links_secret_hash"),
        Index(
            "uq_single_use_links_open_invitation",
            "email_key",
            unique=True,
            sqlite_where=_OPEN_INVITATION,
            postgresql_where=_OPEN_INVITATION,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[LinkPurpose] = mapped_column(
        Enum(
            LinkPurpose,
            native_enum=False,
            length=32,
            values_callable=lambda purposes: [purpose.value for purpose in purposes],
        )
    )
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id, ondelete="CASCADE"), index=True)
    email: Mapped[str | None] = mapped_column(String(EMAIL_MAX))
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_MAX))
    role: Mapped[Role | None] = mapped_column(
        Enum(Role, native_enum=False, length=16, values_callable=lambda roles: [role.value for role in roles])
    )
    created_by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey(User.id, ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @validates("email")
    def _keep_key(self, _name: str, value: str | None) -> str | None:
        self.email_key = None if value is None else casefold(value)
        return value
