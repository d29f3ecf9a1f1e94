"""Rotation of the signing key by schedule: the next key is published a day before it signs, an old one deleted late.

What is to be done follows from the folder alone: the time of a key's file is that of its creation, the time of the file
that names the current key that of its activation, and a third file notes when the others ceased to sign. So a rotation
can stop anywhere and go on later, and whoever rotates by hand in between disturbs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.core.signing_keys import (
    CURRENT,
    activate_key,
    create_key,
    delete_key,
    key_files,
    load_key_ring,
    retired_keys,
)

# Clients keep the JWK Set for five minutes; whoever fetches it by hand, or once a day, has it in time as well.
PUBLISHED_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was done: the ids of keys that were created, activated and deleted."""

    created: tuple[str, ...] = ()
    activated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def rotate_keys(folder: Path, *, every: timedelta, kept: timedelta, now: datetime | None = None) -> Rotation:
    """Do what is due now, and return it: create the next key, activate it, delete keys that nobody needs.

    A key signs for `every`, at least. It is deleted when it has not signed for `kept`: its last token has expired then.
    Raise `KeysUnusable` without a key to begin with, OSError if the folder cannot be changed.
    """
    now = now or datetime.now(UTC)
    current = load_key_ring(folder).kid
    created_at = {kid: _changed_at(file) for kid, file in key_files(folder).items()}
    pointer = folder / CURRENT
    activated_at = _changed_at(pointer) if pointer.exists() else created_at[current]
    deleted = _delete_old_keys(folder, current, created_at, activated_at, before=now - kept)
    newer = [kid for kid, created in created_at.items() if created > created_at[current]]
    if not newer:
        is_due = now - activated_at >= every - PUBLISHED_BEFORE
        return Rotation(created=(create_key(folder),) if is_due else (), deleted=deleted)
    following = min(newer, key=created_at.__getitem__)
    if now - activated_at < every or now - created_at[following] < PUBLISHED_BEFORE:
        return Rotation(deleted=deleted)
    activate_key(folder, following, now)
    return Rotation(activated=(following,), deleted=deleted)


def _delete_old_keys(
    folder: Path,
    current: str,
    created_at: Mapping[str, datetime],
    activated_at: datetime,
    *,
    before: datetime,
) -> tuple[str, ...]:
    """Delete the keys that have not signed since `before`; return their ids."""
    retired_at = {
        # Not noted by an older version: no later than when the current one began.
        **{kid: activated_at for kid, created in created_at.items() if created < created_at[current]},
        **retired_keys(folder),
    }
    old = tuple(
        kid for kid in created_at if kid != current and kid in retired_at and retired_at[kid] <= before
    )
    for kid in old:
        delete_key(folder, kid)
    return old


def _changed_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
