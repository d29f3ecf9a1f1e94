"""Mutants that weaken the audit log: its entries, its chain, and who may read it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_VERIFICATION = "service/audit/verification.py"
_CHECK = "audit log"

AUDIT: tuple[Mutant, ...] = (
    mutant(
        "everyone reads the audit log",
        "service/core/permissions.py",
        '    """Allow admins to read the audit log."""\n    return identity.is_admin\n',
        '    """Allow admins to read the audit log."""\n    return True\n',
        _CHECK,
    ),
    mutant(
        "an entry is not part of its own code",
        "service/core/audit_macs.py",
        '    return b"entry\\n" + orjson.dumps(content,',
        '    return b"entry\\n" + orjson.dumps(content["id"],',
        _CHECK,
    ),
    mutant(
        "the newest entries can be removed",
        _VERIFICATION,
        "    if end and place < end[0]:\n",
        "    if end and place < 0:\n",
        _CHECK,
    ),
    mutant(
        "a checkpoint counts whoever signed it",
        _VERIFICATION,
        "        if keys.verify(checkpoint_message(row.position, row.chain_mac), row.signature):\n",
        "        if row.signature:\n",
        _CHECK,
    ),
    mutant(
        "the chain is built upon an end that was changed",
        "service/audit/chain.py",
        "    if end.position and not keys.verify(end_message(end.position, end.chain_mac), end.signature):\n",
        "    if end.position and not end.signature:\n",
        _CHECK,
    ),
    mutant(
        "what an API key does is recorded as done by its owner",
        "service/core/audit_log.py",
        "    if caller.scopes is not None:  # the session of a key is the key\n",
        "    if caller is None:\n",
        _CHECK,
    ),
)
