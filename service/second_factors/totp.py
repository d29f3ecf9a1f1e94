"""Codes of authenticator apps (TOTP, RFC 6238): the secret, its address for the app, and which step a code is of."""

from __future__ import annotations

from email.utils import parseaddr

import pyotp
import structlog
from pyotp.exceptions import OTPVerificationError

from service.config import settings
from service.core.encryption import DecryptionFailed, decrypt, encrypt

# How many steps of 30 seconds the clock of a phone may be ahead or behind.
WINDOW = 1
_PURPOSE = "secret of an authenticator app"

log = structlog.get_logger(__name__)


def new_secret() -> str:
    """Return a new secret: 160 random bits in base32, as apps read it."""
    return pyotp.random_base32()


def encrypt_secret(secret: str) -> bytes:
    """Return what the database keeps of a secret."""
    return encrypt(secret.encode(), _PURPOSE)


def otpauth_url(secret: str, account: str) -> str:
    """Return the address that a QR code shows to an app; `account` is what the app lists beside the site's name."""
    site_name, _ = parseaddr(settings().mail_from)
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=site_name or "Colophon")


def step_of(code: str, encrypted: bytes) -> int | None:
    """Return the time step that the code is of, now or one step off; None for any other code.

    So is the answer where the secret cannot be decrypted: recovery codes work without it.
    """
    try:
        secret = decrypt(encrypted, _PURPOSE).decode()
    except DecryptionFailed:
        log.exception("the secret of a second factor cannot be decrypted")
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, valid_window=WINDOW)
    except OTPVerificationError:
        return None
