"""Faults in password resets and in the list of sessions."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_ACTIONS = "service/password_resets/actions.py"
_CHECK = "responses: password resets"
_SESSIONS = "service/core/sessions.py"

PASSWORDS: tuple[Mutant, ...] = (
    mutant(
        "a password reset leaves the sessions of whoever knew the old one",
        _ACTIONS,
        "    revoke_tokens(user)\n    revoke_password_resets",
        "    revoke_password_resets",
        _CHECK,
    ),
    mutant(
        "after a password reset the other links still work",
        _ACTIONS,
        "    revoke_password_resets(user.id)\n",
        "",
        _CHECK,
    ),
    mutant(
        "a deactivated account is given a password",
        _ACTIONS,
        "    if not user.is_active:\n        raise AccountInactive\n",
        "",
        _CHECK,
    ),
    mutant(
        "a request for a password tells with its statements who has an account",
        _ACTIONS,
        '    enqueue(mail_link, unique_key=f"password reset of {key}", email=email)',
        "    if db.session.scalar(select(User.id).where(User.email_key == casefold(email))):\n"
        '        enqueue(mail_link, unique_key=f"password reset of {key}", email=email)',
        _CHECK,
    ),
    mutant(
        "a mailbox is filled with links",
        "service/password_resets/mails.py",
        "user is None or _open_links(user.id) >= OPEN_LINKS_MAX",
        "user is None",
        _CHECK,
    ),
    mutant(
        "a link that was mailed to a former address works",
        "service/users/actions.py",
        "    if access_changes or address_changes:\n        revoke_password_resets",
        "    if access_changes:\n        revoke_password_resets",
        _CHECK,
    ),
    mutant(
        "a changed password leaves the links that were asked for before",
        "service/auth/actions.py",
        "    revoke_password_resets(user.id)\n",
        "",
        _CHECK,
    ),
    mutant(
        "anybody ends anybody's session",
        _SESSIONS,
        ".where(*is_open(user_id), Session.id == session_id)",
        ".where(Session.id == session_id, Session.revoked_at.is_(None))",
        "responses: auth",
    ),
    mutant(
        "a session that is used never ends",
        _SESSIONS,
        "    return case((Session.ends_at < expires_at, Session.ends_at), else_=expires_at)",
        "    return case((Session.ends_at.is_(None), expires_at), else_=expires_at)",
        "responses: auth",
    ),
    mutant(
        "nobody hears of a login from a new device",
        "service/auth/actions.py",
        "    if not is_known and not has_logged_in_from(user.id, device):",
        "    if is_known and not has_logged_in_from(user.id, device):",
        "responses: auth",
    ),
)
