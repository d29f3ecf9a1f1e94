"""Role-based permissions that need no object; per-post permissions are in `posts.permissions`."""

from __future__ import annotations

from service.core.identity import Identity
from service.models.users import Role


def can_write_posts(identity: Identity) -> bool:
    """Allow authors, editors and admins to write posts."""
    return identity.role.at_least(Role.AUTHOR)


def can_manage_accounts(identity: Identity) -> bool:
    """Allow admins to change the accounts of others, and to see and revoke their API keys."""
    return identity.is_admin


def can_manage_jobs(identity: Identity) -> bool:
    """Allow admins to see, cancel and repeat background jobs."""
    return identity.is_admin


def can_manage_invitations(identity: Identity) -> bool:
    """Allow admins to invite people, and to see, resend and revoke invitations."""
    return identity.is_admin


def can_reset_second_factors(identity: Identity) -> bool:
    """Allow admins to remove the second factor of somebody who has lost it."""
    return identity.is_admin


def can_manage_webhooks(identity: Identity) -> bool:
    """Allow admins to register webhooks and to read what is sent to them."""
    return identity.is_admin


def can_read_audit_log(identity: Identity) -> bool:
    """Allow admins to read the audit log."""
    return identity.is_admin


def can_read_mail(identity: Identity) -> bool:
    """Allow admins to read the mail that was written to files."""
    return identity.is_admin


def can_import_posts(identity: Identity) -> bool:
    """Allow admins to import a publication, and to see what became of its files."""
    return identity.is_admin


def can_export_posts(identity: Identity) -> bool:
    """Allow admins to export all posts, drafts included."""
    return identity.is_admin


def can_edit_all_posts(identity: Identity) -> bool:
    """Allow editors and admins to edit the posts of all authors."""
    return identity.role.at_least(Role.EDITOR)
