"""Celery by itself, as its tutorial has it: the message is the job. The work is that of the service's jobs: one row."""

from __future__ import annotations

import os

from celery import Celery
from psycopg import connect

app = Celery("alone", broker=os.environ["BROKER_URL"])
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)
_connections = {}


def connection():
    """Return the connection of this process."""
    if os.getpid() not in _connections:
        _connections[os.getpid()] = connect(os.environ["EFFECTS_URL"], autocommit=True)
    return _connections[os.getpid()]


@app.task
def add(number: int) -> None:
    connection().execute("INSERT INTO effects VALUES (%s)", (number,))
