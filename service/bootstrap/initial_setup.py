"""Initial setup: migrations, the first admin and demo data."""

from __future__ import annotations

from dataclasses import dataclass

from service.bootstrap.administrator import InitialAdmin, create_initial_admin
from service.bootstrap.database_upgrade import upgrade_database
from service.bootstrap.demo_data import seed_demo_data
from service.config import settings


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """What the initial setup did; usually nothing. `upgraded`: migrations were run on an existing database."""

    upgraded: bool
    administrator: InitialAdmin | None
    demo_posts: int


def bootstrap() -> BootstrapResult:
    """Run migrations and create the first admin if there is none.

    A database without an admin is new: it also gets demo posts, unless it has posts or runs in production.
    """
    upgraded = upgrade_database()
    administrator = create_initial_admin(settings().var_dir / "administrator.txt")
    is_new = administrator is not None and settings().environment != "production"
    return BootstrapResult(upgraded, administrator, seed_demo_data() if is_new else 0)
