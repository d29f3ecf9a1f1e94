"""Faults in what is done to accounts by mail: sign-ups, new addresses, and deletion after a grace period."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_MAILS = "service/users/mails.py"
_DELETION = "service/users/deletion.py"
_SIGN_UPS = "responses: sign-ups"
_EMAIL_CHANGES = "responses: email changes"
_USERS = "responses: users"

ACCOUNTS: tuple[Mutant, ...] = (
    mutant(
        "an address that has an account gets the link of a sign-up",
        _MAILS,
        "    if db.session.scalar(select(exists().where(User.email_key == casefold(row.email)))):\n",
        "    if db.session.scalar(select(exists().where(User.email == row.email))):\n",
        _SIGN_UPS,
    ),
    mutant(
        "a mailbox is filled with links of sign-ups",
        _MAILS,
        "row is None or count_links_before(row.id) >= SIGN_UP_MAILS_PER_HOUR",
        "row is None",
        _SIGN_UPS,
    ),
    mutant(
        "a registration creates the account although its address is to be proved first",
        "service/users/routes.py",
        '        if settings().sign_up == "verified":\n',
        '        if settings().sign_up == "proved":\n',
        _SIGN_UPS,
    ),
    mutant(
        "a new address is that of the account before it is confirmed",
        "service/users/actions.py",
        '    pending_email = changes.pop("email") if email_changes and caller.id == user.id else None\n',
        "    pending_email = None\n",
        _EMAIL_CHANGES,
    ),
    mutant(
        "a changed password leaves the link to the address of whoever knew the old one",
        "service/auth/actions.py",
        "    discard_email_change(user)  #",
        "    #",
        _EMAIL_CHANGES,
    ),
    mutant(
        "a deactivated account is given another address",
        "service/email_changes/actions.py",
        "    if not user.is_active:\n        raise AccountInactive\n",
        "",
        _EMAIL_CHANGES,
    ),
    mutant(
        "an account is deleted before its grace period is over",
        _DELETION,
        "UserRow.deletion_at <= utcnow()",
        "UserRow.deletion_at.is_not(None)",
        _USERS,
    ),
    mutant(
        "the last administrator is deleted when the grace period is over",
        _DELETION,
        "    if len(admins) == 1:\n        due = due.where(UserRow.id != admins[0])\n",
        "",
        _USERS,
    ),
)
