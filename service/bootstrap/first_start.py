"""Initial setup: migrations, the first admin and demo data."""

from __future__ import annotations

from dataclasses import dataclass

from service.bootstrap.administrator import Administrator, make_administrator
from service.bootstrap.publication import publish_demo
from service.bootstrap.tables import bring_up_to_date
from service.config import settings
from service.core.storage import Storage


@dataclass(frozen=True, slots=True)
class Made:
    """What the initial setup did; usually nothing. `upgraded`: migrations were run on an existing database."""

    upgraded: bool
    administrator: Administrator | None
    demo_posts: int


def bootstrap() -> Made:
    """Run migrations and create the first admin if there is none.

    A database without an admin is new: it also gets demo posts, unless it has posts or runs in production.
    """
    upgraded = bring_up_to_date()
    administrator = make_administrator(settings().var_dir / "administrator.txt")
    is_new = administrator is not None and settings().environment != "production"
    return Made(upgraded, administrator, publish_demo(Storage(settings().media_dir)) if is_new else 0)
