"""Mutants of requests that are sent again: carried out twice, or answered to somebody else."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_STORE = "service/core/idempotency/store.py"
_RESPONSES = "service/core/idempotency/responses.py"
_HEADER = "service/contract/idempotency.py"

IDEMPOTENCY: tuple[Mutant, ...] = (
    mutant(
        "a request that was carried out waits for locks when it is sent again",
        _STORE,
        "        return _find(read_connection(), request)",
        "        return None",
        "idempotency",
    ),
    mutant(
        "of two requests at the same time both are carried out",
        _STORE,
        "        if is_mine:\n            return\n",
        "        return\n",
        "idempotency",
    ),
    mutant(
        "another request with the key gets the response",
        _STORE,
        "    if row.fingerprint != request.fingerprint:\n        raise IdempotencyKeyReused\n",
        "",
        "idempotency",
    ),
    mutant(
        "a key means the same to every account",
        _RESPONSES,
        'f"user:{request.identity.id}"',
        '"user"',
        "idempotency",
    ),
    mutant(
        "the response is stored as it is",
        _RESPONSES,
        "    return salt + nonce + _cipher(request, salt).encrypt(nonce, compressed, request.fingerprint)",
        "    return salt + nonce + head + response.body",
        "idempotency",
    ),
    mutant(
        "a failure that is committed keeps the key",
        _STORE,
        "            if problem.commit_on_raise:\n                claim.withdraw(session)\n",
        "",
        "idempotency",
    ),
    mutant(
        "the content of files is not compared",
        _HEADER,
        '        found.append((name, file.filename or "", digest))',
        '        found.append((name, file.filename or "", ""))',
        "idempotency",
    ),
)
