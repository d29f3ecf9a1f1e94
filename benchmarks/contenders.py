"""The compared frameworks and their production set-up: two worker processes each."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, free_port, running
from benchmarks.publication import BenchmarkDatabase

WORKERS = 2
THREADS = 8  # of each gthread worker, as in gunicorn.conf.py
LOCK = ROOT / "benchmarks" / "requirements.txt"
PEERS = ROOT / "benchmarks" / "peers"
ENVIRONMENT = ROOT / "benchmarks" / ".venv"


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those that are compared; `command` is how it is started on a port."""

    name: str
    title: str
    command: Callable[[int], list[str | Path]]
    folder: Path = PEERS


@dataclass(frozen=True, slots=True)
class Running:
    """A contender that answers at `port`; `pid` is the root of its processes."""

    contender: Contender
    port: int
    pid: int


def _gunicorn(application: str, *options: str) -> Callable[[int], list[str | Path]]:
    program = ENVIRONMENT / "bin" / "gunicorn"
    return lambda port: [
        program,
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(WORKERS),
        *options,
        application,
    ]


def _uvicorn(application: str) -> Callable[[int], list[str | Path]]:
    program = ENVIRONMENT / "bin" / "uvicorn"
    where = ["--host", "127.0.0.1", "--workers", str(WORKERS), "--no-access-log", "--log-level", "warning"]
    return lambda port: [program, "--port", str(port), *where, application]


_THREADED = ("--worker-class", "gthread", "--threads", str(THREADS), "--reuse-port", "--keep-alive", "30")

STOCK = "stock RESTX"
FASTAPI_ORM = "FastAPI ORM"
PRODUCT = "Colophon"

CONTENDERS = (
    Contender(STOCK, "Flask-RESTX, Flask-SQLAlchemy ORM, gunicorn sync", _gunicorn("restx:create_app()")),
    Contender(
        "stock RESTX, threads",
        "the same, gunicorn gthread with reuse_port",
        _gunicorn("restx:create_app()", *_THREADED),
    ),
    Contender(FASTAPI_ORM, "FastAPI, SQLAlchemy async ORM, asyncpg, uvicorn", _uvicorn("fastapi_orm:app")),
    Contender("FastAPI Core", "FastAPI, SQLAlchemy Core, asyncpg, uvicorn", _uvicorn("fastapi_core:app")),
    Contender(
        PRODUCT,
        "the whole service, gunicorn as shipped",
        lambda _port: [sys.executable, "-m", "gunicorn", "--config", ROOT / "gunicorn.conf.py"],
        ROOT,
    ),
    Contender(
        "bare WSGI", "psycopg and orjson alone, gunicorn gthread", _gunicorn("bare:application", *_THREADED)
    ),
)


@contextmanager
def served(contender: Contender, publication: BenchmarkDatabase, folder: Path) -> Iterator[Running]:
    """Serve the publication by a contender until the block ends; its log goes to `folder`."""
    port = free_port()
    environment = {
        **publication.settings,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
        "WEB_THREADS": str(THREADS),
        "JWT_PUBLIC_KEY": str(publication.public_key),
        "JWT_AUDIENCE": "colophon",
        "JWT_ISSUER": publication.settings["PUBLIC_URL"],
    }
    log = folder / f"{contender.name.replace(' ', '-')}.log"
    command = contender.command(port)
    with running(command, port, log, environment=environment, folder=contender.folder) as process:
        yield Running(contender, port, process.pid)


def install_peers() -> None:
    """Make the peers' own environment, or make it anew when their lock or the service's interpreter has changed."""
    stamp = ENVIRONMENT / ".lock"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode() + sys.base_prefix.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing what {LOCK.relative_to(ROOT)} locks (only when it has changed) ...", flush=True)
    _run(sys.executable, "-m", "venv", "--clear", "--without-pip", ENVIRONMENT)
    # The lock is complete: nothing is resolved, as in the Makefile.
    uv = (Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--python", ENVIRONMENT)
    _run(*uv, "--no-deps", "--require-hashes", "--requirement", LOCK)
    stamp.write_text(wanted)


def versions() -> dict[str, str]:
    """Return the versions of what the peers are made of."""
    names = ("flask-restx", "fastapi", "uvicorn", "gunicorn", "sqlalchemy", "asyncpg", "psycopg", "pydantic")
    program = "import sys, importlib.metadata as m; print(*(f'{n}={m.version(n)}' for n in sys.argv[1:]))"
    command: list[Any] = [ENVIRONMENT / "bin" / "python", "-c", program, *names]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(pair.split("=") for pair in printed.split())


def _run(*command: Any) -> None:
    if subprocess.run(command).returncode:
        sys.exit("The peers could not be installed: the lines above say which package.")
