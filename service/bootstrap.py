"""What does a first start set up, and a later one leave alone? The database's tables and an administrator.

Everything here can be run again at any time: what is there already is never touched.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import exists, select

from service.config import settings
from service.core.database import transaction
from service.core.passwords import hash_password
from service.extensions import db
from service.models.users import Role, User

ADMIN_USERNAME = "admin"
ADMIN_EMAIL = "admin@colophon.example"


@dataclass(frozen=True, slots=True)
class Administrator:
    """The account that a first start made: how to log in, and the file that keeps the password (mode 0600)."""

    email: str
    password: str
    file: Path


def bootstrap() -> Administrator | None:
    """Bring the database up to date and see to it that somebody can administrate; return who, if it is new."""
    upgrade()
    if db.session.scalar(select(exists().where(User.role == Role.ADMIN))):
        db.session.rollback()
        return None
    db.session.rollback()
    return _create_administrator(settings().var_dir / "administrator.txt")


def _create_administrator(file: Path) -> Administrator:
    """Make the account. The password is on disk first: an account that nobody can open would be worse than none."""
    password = _kept_password(file)
    password_hash = hash_password(password)
    with transaction():
        db.session.add(
            User(
                username=ADMIN_USERNAME,
                display_name="Administrator",
                email=ADMIN_EMAIL,
                password_hash=password_hash,
                role=Role.ADMIN,
            )
        )
    return Administrator(ADMIN_EMAIL, password, file)


def _kept_password(file: Path) -> str:
    """Return the password in `file`, which is written, readable to its owner alone, if it is not there yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").split("password: ", 1)[1].strip()
    password = secrets.token_urlsafe(16)
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        kept.write(f"e-mail: {ADMIN_EMAIL}\npassword: {password}\n")
    return password
