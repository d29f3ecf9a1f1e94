"""Who may administrate a new database? One account, with a password that only its file knows."""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from service.core.database import read_connection, transaction
from service.core.passwords import hash_password
from service.extensions import db
from service.models.users import Role, User

USERNAME = "admin"
EMAIL = "admin@colophon.example"
WRITTEN_WITHIN_S = 2.0

_admin_exists = select(exists().where(User.role == Role.ADMIN))
_PASSWORD = re.compile(r"^password: (\S+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class InitialAdmin:
    """The account that a first start made: how to log in, and the file that keeps the password (mode 0600)."""

    email: str
    password: str
    file: Path


def create_initial_admin(file: Path) -> InitialAdmin | None:
    """Make the account unless some account administrates; None too if another start has just made it.

    The password is on disk first: an account that nobody can open would be worse than none.
    """
    if read_connection().scalar(_admin_exists):
        return None
    password = _read_or_create_password(file)
    password_hash = hash_password(password)
    try:
        return InitialAdmin(EMAIL, password, file) if _insert_admin(password_hash) else None
    except IntegrityError:
        # Two starts that saw nobody: the names are unique, so the account of one of them is the only one.
        if read_connection().scalar(_admin_exists):
            return None
        raise


def _insert_admin(password_hash: str) -> bool:
    with transaction():
        if db.session.scalar(_admin_exists):
            return False
        db.session.add(
            User(
                username=USERNAME,
                display_name="Administrator",
                email=EMAIL,
                password_hash=password_hash,
                role=Role.ADMIN,
            )
        )
    return True


def _read_or_create_password(file: Path) -> str:
    """Return the password in `file`, which is written, readable to its owner alone, if it is not there yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _password_in(file)
    password = secrets.token_urlsafe(16)
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        kept.write(f"e-mail: {EMAIL}\npassword: {password}\n")
        kept.flush()
        os.fsync(descriptor)
    return password


def _password_in(file: Path) -> str:
    """Return the password of an earlier start, or of one that is writing it at this moment."""
    deadline_s = time.monotonic() + WRITTEN_WITHIN_S
    while (found := _PASSWORD.search(file.read_text(encoding="utf-8"))) is None:
        if time.monotonic() > deadline_s:
            raise click.ClickException(f"{file} holds no line `password: ...`: delete it and start again.")
        time.sleep(0.02)
    return found[1]
