"""What did this start find missing, and make? Tables, an administrator, a demo publication."""

from __future__ import annotations

from dataclasses import dataclass

from service.bootstrap.administrator import InitialAdmin, create_initial_admin
from service.bootstrap.database_upgrade import upgrade_database
from service.bootstrap.demo_data import seed_demo_data
from service.config import settings
from service.core.storage import MediaStorage


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """What a start made: nothing, as a rule. `upgraded` is a database that was there before, and older."""

    upgraded: bool
    administrator: InitialAdmin | None
    demo_posts: int


def bootstrap() -> BootstrapResult:
    """Bring the database up to date and see to it that somebody can administrate.

    A database that nobody administrated is new: it gets a few posts to look at, once, unless it has some or
    serves in production.
    """
    upgraded = upgrade_database()
    administrator = create_initial_admin(settings().var_dir / "administrator.txt")
    is_new = administrator is not None and settings().environment != "production"
    return BootstrapResult(
        upgraded, administrator, seed_demo_data(MediaStorage(settings().media_dir)) if is_new else 0
    )
