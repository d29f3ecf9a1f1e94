"""Creates the first admin account, with a random password that is saved in a file."""

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
    """The created admin account, and the file with its password (mode 0600)."""

    email: str
    password: str
    file: Path


def create_initial_admin(file: Path) -> InitialAdmin | None:
    """Create the first admin; None if there is an admin, or another process has just created one.

    The password is saved first: an admin account whose password is lost would be worse than none.
    """
    if read_connection().scalar(_admin_exists):
        return None
    password = _read_or_create_password(file)
    password_hash = hash_password(password)
    try:
        return InitialAdmin(EMAIL, password, file) if _insert_admin(password_hash) else None
    except IntegrityError:
        # Two processes found no admin: the username is unique, so only one of them has created the account.
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
    """Return the password in `file`; create the file, readable by its owner only, if it does not exist."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _password_in(file)
    password = secrets.token_urlsafe(16)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"e-mail: {EMAIL}\npassword: {password}\n")
        stream.flush()
        os.fsync(descriptor)
    return password


def _password_in(file: Path) -> str:
    """Return the password from an existing file, which another process may still be writing."""
    deadline_s = time.monotonic() + WRITTEN_WITHIN_S
    while (match := _PASSWORD.search(file.read_text(encoding="utf-8"))) is None:
        if time.monotonic() > deadline_s:
            raise click.ClickException(
                f"{file} has no line `password: ...`. Delete the file and start again."
            )
        time.sleep(0.02)
    return match[1]
