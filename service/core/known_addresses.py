"""Remembers from which addresses accounts have logged in; what that is good for is in `login_attempts`."""

from __future__ import annotations

import hmac
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import request
from sqlalchemy import delete, select, tuple_, update

from service.config import settings
from service.core.rate_limits import UNKNOWN_CLIENT, rate_limit_client_key
from service.core.tokens import key_ring
from service.extensions import db
from service.models.base import utcnow
from service.models.known_addresses import KnownAddress


def client_address_hash() -> bytes | None:
    """Return the HMAC of the client's network, as rate limits tell clients apart; None if it has no address.

    The key is derived from the active signing key, which is not in the database: rotating it forgets all addresses.
    """
    client = rate_limit_client_key(request.remote_addr)
    if client == UNKNOWN_CLIENT:
        return None
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"colophon: known addresses")
    return hmac.digest(
        derivation.derive(key_ring().private_key.private_bytes_raw()), client.encode(), "sha256"
    )


def remember_client_address(user_id: int) -> bool:
    """Remember that the account has logged in from the client's address; its row must be locked. One or two SQL.

    Return whether that was known before.
    """
    address_hash, now = client_address_hash(), utcnow()
    if address_hash is None:
        return False
    known = update(KnownAddress).where(
        KnownAddress.user_id == user_id, KnownAddress.address_hash == address_hash
    )
    if db.session.execute(known.values(last_login_at=now)).rowcount == 0:  # type: ignore[attr-defined]
        db.session.add(KnownAddress(user_id=user_id, address_hash=address_hash, last_login_at=now))
        db.session.flush()
        return False
    return True


def purge_known_addresses(batch_size: int) -> int:
    """Delete one batch of addresses that are too old to count; return the number of rows."""
    oldest = utcnow() - timedelta(days=settings().known_address_days)
    key = (KnownAddress.user_id, KnownAddress.address_hash)
    old = select(*key).where(KnownAddress.last_login_at < oldest).limit(batch_size)
    return db.session.connection().execute(delete(KnownAddress).where(tuple_(*key).in_(old))).rowcount
