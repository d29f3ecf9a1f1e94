"""Brokers for tests, Redis and RabbitMQ, on free ports and with their own folders; killed by process id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers import INHERITED, end_with_parent, free_port, require_command, wait_for_port

# Debian's /usr/sbin/rabbitmq-server writes to /var and changes the user; this is the program that it calls.
RABBITMQ = "/usr/lib/rabbitmq/bin"


class Broker:
    """A running broker; its data is lost when it is killed."""

    def __init__(self, command: list[str], folder: Path, port: int, env: dict[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._port = port
        self._env = {name: os.environ[name] for name in INHERITED if name in os.environ} | env
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        log = self._folder / "broker.log"
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - it only calls the kernel
            )
        wait_for_port(self._port, self._process, log)

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


class Redis(Broker):
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        program = require_command("redis-server")
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        super().__init__([program, *options], folder, port, {})


class RabbitMQ(Broker):
    """A RabbitMQ server with an epmd of its own."""

    def __init__(self, folder: Path) -> None:
        require_command("rabbitmq-server")
        port, names_port, nodes_port = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
        (folder / "rabbitmq.conf").touch()
        (folder / "enabled_plugins").write_text("[].")
        env = {
            "HOME": str(folder),  # of the Erlang cookie
            "ERL_EPMD_PORT": str(names_port),
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(nodes_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            # epmd is started here, so that it can be ended; nothing listens on other interfaces.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false +S 1:1 "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._names = subprocess.Popen(
            [require_command("epmd"), "-port", str(names_port), "-address", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,  # noqa: PLW1509
        )
        try:
            super().__init__([f"{RABBITMQ}/rabbitmq-server"], folder, port, env)
        except BaseException:
            self.kill()
            self.stop()
            raise

    def stop(self) -> None:
        """End what belongs to the server."""
        self._names.kill()
        self._names.wait()


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """Run a Redis server."""
    server = Redis(folder)
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    """Run a RabbitMQ server; it takes some ten seconds to start."""
    server = RabbitMQ(folder)
    try:
        yield server
    finally:
        server.kill()
        server.stop()
