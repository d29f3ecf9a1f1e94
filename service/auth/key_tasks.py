"""The periodic task that rotates the signing key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from service.config import settings
from service.core.jobs.running import current_job
from service.core.jobs.tasks import AttemptFailed, task
from service.core.key_rotation import Rotation, rotate_keys
from service.core.signing_keys import KeysUnusable

_KEY_IDS = {"type": "array", "items": {"type": "string", "maxLength": 43}}


@task(
    "auth.rotate_keys",
    every_s=3_600,
    result={"created": _KEY_IDS, "activated": _KEY_IDS, "deleted": _KEY_IDS},
)
def rotate_signing_keys() -> None:
    """Rotate the signing key every `KEY_ROTATION_DAYS`, in steps; with 0 it is rotated by hand."""
    every = settings().key_rotation_days
    done = rotate_as_set() if every else Rotation()
    current_job().result.update({name: list(kids) for name, kids in asdict(done).items()})


def rotate_as_set() -> Rotation:
    """Do the step of the rotation that is due, if one is. Raise `AttemptFailed`, which says why it cannot be done."""
    given = settings()
    try:
        return rotate_keys(
            given.jwt_keys_dir,
            every=timedelta(days=given.key_rotation_days),
            # A refresh token lives longest; clocks may differ.
            kept=timedelta(days=given.refresh_token_days + 1),
        )
    except (KeysUnusable, OSError) as error:
        raise AttemptFailed(f"The signing key was not rotated: {error}") from error
