"""Huey over Redis, as its guide has it. The work is that of the service's jobs: one row."""

from __future__ import annotations

import os

from huey import RedisHuey
from psycopg import connect

huey = RedisHuey("alone", url=os.environ["BROKER_URL"], results=False)
_connections = {}


def connection():
    """Return the connection of this process."""
    if os.getpid() not in _connections:
        _connections[os.getpid()] = connect(os.environ["EFFECTS_URL"], autocommit=True)
    return _connections[os.getpid()]


@huey.task()
def add(number: int) -> None:
    connection().execute("INSERT INTO effects VALUES (%s)", (number,))
