"""Webhooks whose receivers fail in every third request, and whose workers are killed: all arrive, in order."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from threading import Lock

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.pool import NullPool

from service.config import settings
from service.core.database import transaction
from service.core.events import emit
from service.extensions import db
from service.models.webhooks import WebhookDelivery, WebhookEndpoint
from service.webhooks.secrets import encrypt_secret, new_secret
from tests.factories import save
from tests.raw_servers import raw_servers, response
from tests.servers import INHERITED, ROOT, stop
from tests.waiting import wait_until

IS_LONG = os.environ.get("FAULTS") == "long"
EVENTS = 5_000 if IS_LONG else 60
OBJECTS = 200 if IS_LONG else 6
KILLED = 10 if IS_LONG else 1
FAULTS = 0.3
WITHIN_S = 1_800 if IS_LONG else 120

Worker = subprocess.Popen[bytes]


class UnreliableReceiver:
    """Notes all messages, by their object, and answers some of them with a fault."""

    def __init__(self, faults: float, seed: int) -> None:
        self.messages: dict[int, list[str]] = defaultdict(list)
        self._faults = faults
        self._random = random.Random(seed)
        self._lock = Lock()

    def __call__(self, stream: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        subject = json.loads(body)["data"]["user"]["id"]
        with self._lock:
            self.messages[subject].append(headers[b"webhook-id"].decode())
            is_faulty = self._random.random() < self._faults
            fault = self._random.choice((self._refuse, self._hang, self._reset, self._redirect, self._drip))
        if is_faulty:
            fault(stream)
        else:
            stream.sendall(response(b"", status="204 No Content"))

    def _refuse(self, stream: socket.socket) -> None:
        stream.sendall(response(status="500 Internal Server Error"))

    def _hang(self, stream: socket.socket) -> None:
        while stream.recv(65_536):
            pass

    def _reset(self, stream: socket.socket) -> None:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _redirect(self, stream: socket.socket) -> None:
        stream.sendall(response(b"", "Location: http://127.0.0.1/", status="302 Found"))

    def _drip(self, stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        stream.settimeout(0.05)
        while True:
            stream.sendall(b".")
            try:
                if not stream.recv(1):
                    return
            except TimeoutError:
                continue


@pytest.fixture
def engine(client: FlaskClient, database_url: str) -> Iterator[sa.Engine]:
    # The workers have connections of their own; ours must not be in a transaction while they write.
    engine = sa.create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@contextlib.contextmanager
def worker(database_url: str, ports: list[int]) -> Iterator[Worker]:
    """Run a worker; its process group is killed at the end, if it has not stopped."""
    folder = settings().var_dir
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "FLASK_ENV": "testing",
        "PYTHONPATH": str(ROOT),
        "OUTBOUND_NETWORKS": "127.0.0.1/32",
        "OUTBOUND_PORTS": ",".join(map(str, ports)),
    }
    with Path(folder, "webhooks-worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.webhooks_worker"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def happen() -> None:
    """Let the same happen to many accounts, again and again, each time in a transaction of its own."""
    for number in range(EVENTS):
        with transaction():
            emit("user.updated", user_id=1_000_000 + number % OBJECTS)
    db.session.remove()
    db.engine.dispose()


def number_of(engine: sa.Engine, state: str) -> int:
    with engine.connect() as connection:
        found = sa.select(sa.func.count()).where(WebhookDelivery.state == state)
        return connection.scalar(found) or 0


def expected(engine: sa.Engine, endpoint: WebhookEndpoint) -> dict[int, list[str]]:
    """Return the messages for an endpoint, by object, in the order of the changes."""
    columns = sa.select(WebhookDelivery.subject, WebhookDelivery.message_id)
    ordered = columns.where(WebhookDelivery.endpoint_id == endpoint.id).order_by(WebhookDelivery.id)
    found = defaultdict(list)
    with engine.connect() as connection:
        for subject, message_id in connection.execute(ordered):
            found[int(subject.partition(":")[2])].append(str(message_id))
    return found


def test_all_arrive_in_order_per_object(engine: sa.Engine, database_url: str) -> None:
    receivers = [
        UnreliableReceiver(FAULTS, seed=1),
        UnreliableReceiver(FAULTS, seed=2),
        UnreliableReceiver(0, seed=3),
    ]
    with raw_servers() as serve:
        servers = [serve(receiver) for receiver in receivers]
        endpoints = [
            save(WebhookEndpoint(url=server.url, secret=encrypt_secret(new_secret()))) for server in servers
        ]
        happen()
        total = EVENTS * len(endpoints)
        ports = [server.port for server in servers]
        for number in range(1, KILLED + 1):
            with worker(database_url, ports) as process:
                # In the middle of it, whatever it is at: some messages have been sent and not been noted.
                wait_until(
                    lambda number=number: number_of(engine, "delivered") >= total * number // (KILLED + 2),
                    WITHIN_S,
                )
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        assert number_of(engine, "waiting") > 0
        with worker(database_url, ports):
            wait_until(lambda: number_of(engine, "waiting") == 0, WITHIN_S)
        assert number_of(engine, "delivered") == total
        for receiver, endpoint in zip(receivers, endpoints, strict=True):
            # Each message comes once or more, and never again after a later one of its object.
            arrived = {
                subject: [message for message, _again in groupby(messages)]
                for subject, messages in receiver.messages.items()
            }
            assert arrived == expected(engine, endpoint)
