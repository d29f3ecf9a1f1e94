"""Encryption of kept responses: only who sends the `Idempotency-Key` again can read what the request was answered with.

Some show a secret once: a webhook's, the tokens of a new account. The keys are derived from the header alone, so that
another `SECRET_KEY` makes no response unreadable; the database has only hashes of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.contract.idempotency import KeptResponse, KeyedRequest

# The largest response is a post, whose text and HTML have 3.2 million characters at most; compressed it is far smaller.
MAX_BYTES = 16 * 1024 * 1024
_SALT_BYTES = 16
_NONCE_BYTES = 12  # the recommended length for AES-GCM (NIST SP 800-38D, 5.2.1.1)


class ResponseTooLarge(Exception):
    """The response has more than `MAX_BYTES`: an operation that answers so much must not accept a key."""


def key_hash(request: KeyedRequest) -> bytes:
    """Return the hash of caller and key. A key of one account means nothing to another; the anonymous share theirs."""
    return hashlib.sha256(_caller_and_key(request)).digest()


def encrypted(response: KeptResponse, request: KeyedRequest) -> bytes:
    """Return the response, compressed and encrypted; raise `ResponseTooLarge`."""
    head = json.dumps({"status": response.status, "headers": response.headers}).encode()
    compressed = zlib.compress(head + b"\n" + response.body, level=1)
    if len(compressed) > MAX_BYTES:
        raise ResponseTooLarge(f"{len(compressed)} bytes")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return salt + nonce + _cipher(request, salt).encrypt(nonce, compressed, request.fingerprint)


def decrypted(sealed: bytes, request: KeyedRequest) -> KeptResponse:
    """Return the response that was encrypted for this request."""
    salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    compressed = _cipher(request, salt).decrypt(nonce, sealed[len(salt) + len(nonce) :], request.fingerprint)
    head, _, body = zlib.decompress(compressed).partition(b"\n")
    return KeptResponse(**json.loads(head), body=body)


def _cipher(request: KeyedRequest, salt: bytes) -> AESGCM:
    # HKDF with a salt, not the stored SHA-256: the key cannot be computed from what the database has.
    derivation = HKDF(SHA256(), length=32, salt=salt, info=b"colophon: response to an idempotency key")
    return AESGCM(derivation.derive(_caller_and_key(request)))


def _caller_and_key(request: KeyedRequest) -> bytes:
    caller = "anonymous" if request.identity is None else f"user:{request.identity.id}"
    return f"{caller}\n{request.key}".encode()
