"""Server processes for tests: gunicorn and nginx on free ports, with their own folders, stopped by process id."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]

# Below 32768, where the ephemeral ports of Linux begin: an outgoing connection, open or in TIME_WAIT, could take the
# port between our check and the server's bind.
PORTS = range(20_000, 32_000)

# The environment variables that a server under test inherits.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, port and log file."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def send_raw(self, *parts: bytes, timeout_s: float = 60.0) -> bytes:
        """Send raw bytes on a new connection and return everything received until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            for part in parts:
                connection.sendall(part)
            return receive_all(connection)


def receive_all(connection: socket.socket) -> bytes:
    """Return everything received until the peer closes the connection, also with a reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return bytes(received)


def free_port() -> int:
    """Return an unused port of the loopback interface."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port among 200 tried in {PORTS}")


def reserved_port() -> socket.socket:
    """Return a socket on a free port, which nobody else gets until it is closed: others may know it before."""
    reserved = socket.socket()
    # Without SO_REUSEADDR no other socket can bind it.
    reserved.bind(("127.0.0.1", free_port()))
    return reserved


def port_of(reserved: socket.socket) -> int:
    """Return the port of a socket."""
    return int(reserved.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, timeout_s: float = 120.0) -> None:
    """Return once `port` accepts connections; fail with the log when the process ends or time runs out."""

    def is_over() -> bool:
        if process.poll() is not None:
            return True
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    with contextlib.suppress(TimeoutError):
        wait_until(is_over, timeout_s)
        if process.poll() is None:
            return
    state = (
        f"ended with {process.returncode}" if process.poll() is not None else f"silent for {timeout_s:g} s"
    )
    pytest.fail(f"{process.args!r} on port {port}: {state}\n{log.read_text(errors='replace')[-4000:]}")


def stop(process: subprocess.Popen[bytes], timeout_s: float = 60.0) -> int:
    """Stop the process with SIGTERM, its whole group if that does not help; return the exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    scheme: str = "http",
    stop_timeout_s: float = 60.0,
) -> Iterator[Server]:
    """Run `command` until the block ends; it must start to listen on `port`.

    The process leads its own process group. It inherits only the variables `INHERITED`, so that a developer's
    settings do not affect tests. Its output goes to `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{Path(command[0]).name}-{port}.log"
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(env or {})
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        wait_for_port(port, process, log)
        yield Server(process, port, log, scheme)
    finally:
        stop(process, stop_timeout_s)


@contextlib.contextmanager
def gunicorn(
    folder: Path,
    *,
    app: str = "wsgi:app",
    database_url: str | None = None,
    env: Mapping[str, str] | None = None,
    workers: int = 2,
    port: int | None = None,
    pythonpath: Path = ROOT,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """Run gunicorn with its production configuration; `folder` contains its VAR_DIR and its log.

    The database of `database_url` must be migrated; `env` adds settings. `pythonpath` is where an `app` other than
    the service is imported from. `options` are of gunicorn's command line.
    """
    port = port or free_port()
    var_dir = folder / "var"
    var_dir.mkdir(parents=True, exist_ok=True)
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(workers),
        "VAR_DIR": str(var_dir),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(ROOT), str(pythonpath)])),
        "PYTHONUNBUFFERED": "1",
    }
    if database_url is not None:
        environment["DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), *options, app]
    with running(command, port, folder, env=environment | dict(env or {})) as server:
        yield server


def migrate(database_url: str, folder: Path) -> None:
    """Run the migrations on `database_url`, as `flask db upgrade` does."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {"DATABASE_URL": database_url, "VAR_DIR": str(folder / "var")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr


@contextlib.contextmanager
def service(folder: Path, *, env: Mapping[str, str] | None = None, workers: int = 2) -> Iterator[Server]:
    """Run the service on its own SQLite database, migrated and empty."""
    database_url = f"sqlite:///{folder}/service.sqlite3"
    migrate(database_url, folder)
    with gunicorn(folder, database_url=database_url, env=env, workers=workers) as server:
        yield server


def require_command(command: str) -> str:
    """Return the path of `command`; if it is missing, skip the test with a message, or fail in CI."""
    path = shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is not None:
        return path
    reason = f"NOT TESTED: {command} is not installed (Debian: apt install {command})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# Replacements in deploy/nginx.conf for tests; each text occurs exactly once there.
NGINX_EXPECTED_ONCE = (
    "listen 80 default_server;",
    "listen 443 ssl http2 default_server;",
    "pid /run/nginx.pid;",
    "error_log /var/log/nginx/error.log warn;",
    "access_log /var/log/nginx/access.log json;",
    "\nhttp {\n",
)
SERVER_NAME = "colophon.test"


def nginx_settings(
    folder: Path, upstream: str, http_port: int, https_port: int, name: str = SERVER_NAME
) -> str:
    """Return deploy/nginx.conf with free ports and paths in `folder`, otherwise as shipped."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    moved = (
        f"listen 127.0.0.1:{http_port} default_server;",
        f"listen 127.0.0.1:{https_port} ssl http2 default_server;",
        f"pid {folder}/nginx.pid;",
        f"error_log {folder}/error.log warn;",
        f"access_log {folder}/access.log json;",
        f"\nhttp {{\n{temporary}",
    )
    for old, new in zip(NGINX_EXPECTED_ONCE, moved, strict=True):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    certificate, key = self_signed(folder, name)
    filled = {
        "SERVER_NAME": name,
        "TLS_CERTIFICATE": str(certificate),
        "TLS_KEY": str(key),
        "UPSTREAM": upstream,
    }
    for placeholder, value in filled.items():
        text = text.replace(f"${{{placeholder}}}", value)
    return text


def self_signed(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a self-signed certificate for a host name or IP address, valid for a day; return its path and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    address = host.replace(".", "").isdigit()
    alternative = x509.IPAddress(ip_address(host)) if address else x509.DNSName(host)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain_path, key_path = folder / "fullchain.pem", folder / "privkey.pem"
    chain_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain_path, key_path


@contextlib.contextmanager
def nginx(
    folder: Path, upstream_port: int, *, name: str = SERVER_NAME, changes: Mapping[str, str] | None = None
) -> Iterator[tuple[Server, Server]]:
    """Run nginx with deploy/nginx.conf in front of `upstream_port`; yield its HTTP and HTTPS servers.

    It serves the host `name` only, with the certificate `fullchain.pem` in `folder`. `changes` replaces texts of the
    configuration, such as timeouts that are too long for a test.
    """
    program = require_command("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    http_port, https_port = free_port(), free_port()
    text = nginx_settings(folder, f"127.0.0.1:{upstream_port}", http_port, https_port, name)
    for old, new in (changes or {}).items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    settings = folder / "nginx.conf"
    settings.write_text(text, encoding="utf-8")
    # Started as root, nginx drops its privileges and then cannot read the folders of pytest.
    directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [program, "-e", str(folder / "error.log"), "-c", str(settings), "-g", directives]
    with running(command, https_port, folder) as server:
        yield (
            Server(server.process, http_port, folder / "error.log"),
            Server(server.process, https_port, folder / "error.log", scheme="https"),
        )


def end_with_parent() -> None:
    """Let Linux kill a server when the test run is killed and cannot do it: for `preexec_fn` of its start."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
