"""Faults in password resets and in the list of sessions."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_ACTIONS = "service/password_resets/actions.py"
_CHECK = "responses: password resets"
_SESSIONS = "service/core/sessions.py"
_PASSKEYS = "responses: passkeys"
_SECOND_FACTORS = "responses: second factors"

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
    mutant(
        "the password alone logs in to an account with a second factor",
        "service/auth/actions.py",
        "    if user.has_second_factor:\n        raise challenge_login(user.id)\n",
        "",
        _SECOND_FACTORS,
    ),
    mutant(
        "a code of an authenticator app works twice",
        "service/second_factors/codes.py",
        "SecondFactor.user_id == user_id, SecondFactor.last_step < step",
        "SecondFactor.user_id == user_id",
        _SECOND_FACTORS,
    ),
    mutant(
        "a recovery code works twice",
        "service/second_factors/codes.py",
        "            RecoveryCode.user_id == user_id,\n            RecoveryCode.used_at.is_(None),\n",
        "            RecoveryCode.user_id == user_id,\n",
        _SECOND_FACTORS,
    ),
    mutant(
        "a recovery code of somebody else is taken",
        "service/second_factors/codes.py",
        "            RecoveryCode.user_id == user_id,\n            RecoveryCode.used_at.is_(None),\n",
        "            RecoveryCode.used_at.is_(None),\n",
        _SECOND_FACTORS,
    ),
    mutant(
        "the right password forgets the wrong codes",
        "service/second_factors/codes.py",
        'f"second factor of {user_id}", credentials',
        "credentials.email_key or '', credentials",
        _SECOND_FACTORS,
    ),
    mutant(
        "the password suffices to remove the second factor",
        "service/auth/actions.py",
        "    if caller.has_second_factor:\n        raise PasswordNotEnough\n",
        "",
        _SECOND_FACTORS,
    ),
    mutant(
        "a session that was begun without a code outlives the setup",
        "service/second_factors/actions.py",
        "    revoke_sessions(user, keep=caller.session_id)\n",
        "",
        _SECOND_FACTORS,
    ),
    mutant(
        "who must have a second factor does everything without one",
        "service/contract/dispatch.py",
        "                restrict(identity)",
        "                pass",
        _SECOND_FACTORS,
    ),
    mutant(
        "a response of a passkey is taken twice",
        "service/passkeys/authentication.py",
        "    redeem_challenge(purpose, challenge, made_for)\n",
        "",
        _PASSKEYS,
    ),
    mutant(
        "the challenge of somebody else's passkey is taken",
        "service/passkeys/challenges.py",
        "    if made_for != user_id:\n        raise PasskeyChallengeInvalid\n",
        "",
        _PASSKEYS,
    ),
    mutant(
        "a passkey that was not unlocked logs in",
        "service/passkeys/verification.py",
        "            credential_current_sign_count=0,\n            require_user_verification=True,",
        "            credential_current_sign_count=0,\n            require_user_verification=False,",
        _PASSKEYS,
    ),
    mutant(
        "a copy of a passkey goes unnoticed",
        "service/passkeys/authentication.py",
        "assertion.sign_count <= passkey.sign_count",
        "assertion.sign_count < 0",
        _PASSKEYS,
    ),
    mutant(
        "a deactivated account logs in with a passkey",
        "service/passkeys/authentication.py",
        "    if not user.is_active:\n        raise AccountInactive\n",
        "",
        _PASSKEYS,
    ),
)
