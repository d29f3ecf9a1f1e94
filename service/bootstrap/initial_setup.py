"""What did this start find missing, and make? Tables, an administrator, a demo publication."""

from __future__ import annotations

from dataclasses import dataclass

from service.bootstrap.administrator import Administrator, make_administrator
from service.bootstrap.database_upgrade import bring_up_to_date
from service.bootstrap.demo_data import publish_demo
from service.config import settings
from service.core.storage import MediaStorage


@dataclass(frozen=True, slots=True)
class Made:
    """What a start made: nothing, as a rule. `upgraded` is a database that was there before, and older."""

    upgraded: bool
    administrator: Administrator | None
    demo_posts: int


def bootstrap() -> Made:
    """Bring the database up to date and see to it that somebody can administrate.

    A database that nobody administrated is new: it gets a few posts to look at, once, unless it has some or
    serves in production.
    """
    upgraded = bring_up_to_date()
    administrator = make_administrator(settings().var_dir / "administrator.txt")
    is_new = administrator is not None and settings().environment != "production"
    return Made(upgraded, administrator, publish_demo(MediaStorage(settings().media_dir)) if is_new else 0)
