"""Runs the API with its worker, alone or side by side with the web app: built, or with reloading.

::

    .venv/bin/python web/scripts/run_servers.py api|serve|dev

`make run`, `make web` and `make dev` install what is missing and call this. `PORT` and `WEB_PORT` (8000 and 3000),
`HOST` and `WEB_HOST` (127.0.0.1) are the addresses; the other settings are in deploy/README.md and deploy/web.md.
Ctrl+C stops the servers. When one of them ends by itself, the other is stopped too and the exit status is 1.
"""

# A script that runs commands: that is all it is for.
# ruff: noqa: INP001, S603

from __future__ import annotations

import argparse
import base64
import contextlib
import errno
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from types import FrameType
from typing import IO

from click import ClickException
from dotenv import load_dotenv

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from progress import Console, end_process_group, run_command  # noqa: E402  # no package holds these
from web_build import Build, build_settings  # noqa: E402

from service.config import load_settings  # noqa: E402

WEB = ROOT / "web"
NEXT = WEB / "node_modules" / ".bin" / "next"
DOCUMENT = ROOT / "openapi" / "openapi.json"
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]

READY_WITHIN_S = 300
STOPPED_WITHIN_S = 30
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_INTERVAL_S = 0.5
PREFIX_COLOURS = {"api": 36, "web": 35, "worker": 33}  # cyan, magenta, yellow
EMAIL = re.compile(r"^e-mail: (\S+)$", re.MULTILINE)


class RunError(Exception):
    """A step failed or a server ended; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was started, and the thread that copies its output."""

    name: str
    process: subprocess.Popen[bytes]
    output: threading.Thread


Servers = dict[str, Server]


def url_of(host: str, port: str) -> str:
    """Return the URL of a host, which may be an IPv6 address, and a port."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def environments() -> tuple[dict[str, str], dict[str, str]]:
    """Return the environments of the API and of the web app; variables that are set already win."""
    load_dotenv(ROOT / ".env", override=False)  # as wsgi.py does
    own = {name: value for name, value in os.environ.items() if value}
    host, port = own.get("WEB_HOST", "127.0.0.1"), own.get("WEB_PORT", "3000")
    site = {"SITE_URL": url_of(host, port)}
    # The web app tells the API each visitor's address.
    api = {"HOST": "127.0.0.1", "PORT": "8000", "TRUSTED_PROXIES": "127.0.0.1, ::1"} | site | own
    settings = load_settings(None, api)
    web = {
        "API_BASE_URL": url_of(api["HOST"], api["PORT"]),
        "JWT_ISSUER": settings.jwt_issuer,
        "JWT_AUDIENCE": settings.jwt_audience,
        "NEXT_TELEMETRY_DISABLED": "1",
    }
    return api, web | site | own | {"HOSTNAME": host, "PORT": port}


def with_revalidation(
    api: Mapping[str, str], web: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environments with which the worker tells the web app what has changed, under a secret of this run."""
    secret = api.get("REVALIDATE_SECRET") or base64.b64encode(secrets.token_bytes(32)).decode()
    urls = {"REVALIDATE_URLS": f"{url_of(web['HOSTNAME'], web['PORT'])}/webhooks/revalidate"}
    return {**urls, **api, "REVALIDATE_SECRET": secret}, {**web, "REVALIDATE_SECRET": secret}


def require_free_ports(*addresses: tuple[str, str, str]) -> None:
    """Raise `RunError` unless each (variable, host, port) is free: another server there would be taken for ours."""
    if len({address[1:] for address in addresses}) < len(addresses):
        raise RunError(
            f"PORT and WEB_PORT are both {addresses[0][2]}; the API and the web app need one each."
        )
    for variable, host, port in addresses:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                reason = (
                    "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
                )
                advice = f"Stop the other server, or choose another port: {variable}={int(port) + 1}"
                raise RunError(f"{url_of(host, port)} {reason}. {advice}") from error


def start_process(
    console: Console, prefix: str, name: str, command: list[str], cwd: Path, env: Mapping[str, str]
) -> Server:
    """Start a server whose output lines are written to the console behind `prefix`.

    It leads a process group of its own: Ctrl+C reaches this script alone, which then stops both servers in order.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101  # for the type checker
    start = f"{prefix} | "
    if console.is_terminal and "NO_COLOR" not in env:
        start = f"\x1b[{PREFIX_COLOURS[prefix]}m{start}\x1b[0m"
    output = threading.Thread(target=copy_lines, args=(process.stdout, console, start), daemon=True)
    output.start()
    return Server(name, process, output)


def copy_lines(pipe: IO[bytes], console: Console, start: str) -> None:
    """Write each line of a pipe to the console until the last process that holds the pipe has ended."""
    with pipe:
        for line in pipe:
            console.write_line(start + line.decode(errors="replace").rstrip("\r\n"))


def start_api(console: Console, env: Mapping[str, str], *flags: str) -> Server:
    """Start the API as `make run` does."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *flags, "wsgi:app"]
    return start_process(console, "api", "The API", command, ROOT, env)


def start_worker(console: Console, env: Mapping[str, str]) -> Server:
    """Start the worker, which runs background jobs."""
    return start_process(console, "worker", "The worker", [*FLASK, "worker"], ROOT, env)


def wait_until_ready(name: str, url: str, servers: Servers) -> None:
    """Return when `url` answers with a success; raise `RunError` when a server ends or time runs out."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        require_running(servers)
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # the address is our own
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise RunError(f"{name} did not respond at {url} within {READY_WITHIN_S} s.")


def require_running(servers: Servers) -> None:
    """Raise `RunError` when one of the servers has ended by itself."""
    for server in servers.values():
        if (status := server.process.poll()) is not None:
            raise RunError(
                f"{server.name} ended {describe_status(status)}; its last messages are above. "
                "No server is left running."
            )


def run_until_one_ends(servers: Servers) -> None:
    """Wait; raise `RunError` when one of the servers ends by itself."""
    while True:
        require_running(servers)
        time.sleep(POLL_INTERVAL_S)


def describe_status(status: int) -> str:
    """Return in words how a process ended."""
    return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"


def stop_servers(servers: Servers) -> None:
    """Stop the servers with every process that they started, and write the rest of their output."""
    for server in servers.values():
        if server.process.poll() is None:
            server.process.terminate()  # both at once; each is waited for below
    for server in servers.values():
        end_process_group(server.process, STOPPED_WITHIN_S)
    for server in servers.values():
        server.output.join(STOPPED_WITHIN_S)


def set_up_database(console: Console, env: Mapping[str, str]) -> None:
    """Run the migrations, and create the administrator and the demo posts in a new database."""
    if run_command(console, "Setting up the database", [*FLASK, "bootstrap"], ROOT, env) != 0:
        raise RunError("The database could not be set up; the reason is above. No server was started.")


def build_if_changed(console: Console, build: Build, env: Mapping[str, str]) -> None:
    """Build the web app, unless the last build was made from the same sources and settings."""
    if (reason := build.reason()) is None:
        return
    build.discard()
    command = [str(NEXT), "build"]
    production = {**env, "NODE_ENV": "production"}
    if run_command(console, f"Building the web app ({reason})", command, WEB, production) != 0:
        raise RunError("The web app could not be built; the reason is above. No server is left running.")
    build.complete()


def key_ids(api_url: str) -> list[str]:
    """Return the ids of the API's signing keys: those of another installation are others."""
    with urllib.request.urlopen(f"{api_url}/.well-known/jwks.json", timeout=30) as response:  # noqa: S310
        return sorted(key["kid"] for key in json.load(response)["keys"])


def serve_api(console: Console, api: dict[str, str], servers: Servers) -> None:
    """Start the API and return when it responds."""
    with console.step("Starting the API"):
        servers["api"] = start_api(console, api)
        wait_until_ready("The API", f"{url_of(api['HOST'], api['PORT'])}/health/ready", servers)
        servers["worker"] = start_worker(console, api)


def serve(console: Console, api: dict[str, str], web: dict[str, str], servers: Servers) -> None:
    """Run both servers as in production until one of them ends; build the web app if it has changed."""
    serve_api(console, api, servers)
    build = Build(WEB, build_settings(api, web, key_ids(web["API_BASE_URL"])))
    build_if_changed(console, build, web)
    with console.step("Starting the web app"):
        env = {**web, "NODE_ENV": "production"}
        servers["web"] = start_process(
            console, "web", "The web app", ["node", "server.js"], build.folder, env
        )
        wait_until_ready("The web app", f"{url_of(web['HOSTNAME'], web['PORT'])}/login", servers)
    print_summary(console, api, web)
    run_until_one_ends(servers)


def dev(console: Console, api: dict[str, str], web: dict[str, str], servers: Servers) -> None:
    """Run both servers with reloading; write document and client again when the service changes."""
    known = python_files()
    api = {"WEB_CONCURRENCY": "1"} | api
    with console.step("Starting the API"):
        servers["api"] = start_api(console, api, "--reload")
        wait_until_ready("The API", f"{web['API_BASE_URL']}/health/ready", servers)
        servers["worker"] = start_worker(console, api)
    with console.step("Starting the web app"):
        command = [str(NEXT), "dev", "--hostname", web["HOSTNAME"], "--port", web["PORT"]]
        servers["web"] = start_process(console, "web", "The web app", command, WEB, web)
        wait_until_ready("The web app", f"{url_of(web['HOSTNAME'], web['PORT'])}/login", servers)
    print_summary(console, api, web)
    while True:
        require_running({name: server for name, server in servers.items() if name not in {"api", "worker"}})
        if "api" in servers and (status := servers["api"].process.poll()) is not None:
            servers.pop("api").output.join(STOPPED_WITHIN_S)
            console.write_line(
                f"The API ended {describe_status(status)}. It is started again after the next change in service/."
            )
        if (found := python_files()) != known:
            known = found
            regenerate(console, api)
            # A declaration that the contract refuses ends the API; this change may be the correction.
            if "api" not in servers:
                servers["api"] = start_api(console, api, "--reload")
            stop_servers({"worker": servers.pop("worker")})  # gunicorn reloads itself
            servers["worker"] = start_worker(console, api)
        time.sleep(POLL_INTERVAL_S)


def python_files() -> dict[Path, int]:
    """Return the time at which each Python file of the service was changed."""
    changed_at = {}
    for file in (ROOT / "service").rglob("*.py"):
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            changed_at[file] = file.stat().st_mtime_ns
    return changed_at


def regenerate(console: Console, env: Mapping[str, str]) -> None:
    """Write the OpenAPI document again and, if it is another one, the client."""
    before = DOCUMENT.read_bytes()
    if run_command(console, "Writing openapi/openapi.json", [*FLASK, "openapi"], ROOT, env) != 0:
        console.write_line("openapi/openapi.json was not changed; the reason is above.")
    elif DOCUMENT.read_bytes() != before:
        generator = str(WEB / "node_modules" / ".bin" / "openapi-ts")
        run_command(console, "Generating the client from the changed document", [generator], WEB, env)


def print_summary(console: Console, api: Mapping[str, str], web: Mapping[str, str] | None) -> None:
    """Print what can be opened, who can log in, and how to stop."""
    api_url = url_of(api["HOST"], api["PORT"])
    pages = [f"  API      {api_url}/swagger"]
    sign_up = []
    if web:
        pages[:0] = [f"  Site     {web['SITE_URL']}", f"  Studio   {web['SITE_URL']}/studio"]
        sign_up = [f"           or create an account at {web['SITE_URL']}/sign-up"]
    for line in (
        "",
        *pages,
        f"  Log in   {administrator(api)}",
        *sign_up,
        "  Stop     press Ctrl+C",
        "",
    ):
        console.write_line(line)


def administrator(api: Mapping[str, str]) -> str:
    """Return who can log in first, and where the password is."""
    file = ROOT / api.get("VAR_DIR", "var") / "administrator.txt"
    try:
        email = EMAIL.search(file.read_text(encoding="utf-8"))
    except OSError:
        email = None
    if email is None:
        return "with an administrator account of this database"
    return f"{email[1]}, the password is in {os.path.relpath(file)}"


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Handle the first stop signal as Ctrl+C; another one, as make passes it on, would leave processes behind."""
    ignore_stop_signals()
    raise KeyboardInterrupt


def ignore_stop_signals() -> None:
    """Let no signal end this script while it ends the servers."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def main() -> int:
    """Run the servers until one of them ends or a signal stops this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("mode", choices=["api", "serve", "dev"])
    mode = parser.parse_args().mode
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    console = Console(sys.stdout)
    servers: Servers = {}
    failure = None
    try:
        api, web = environments()
        addresses = [("PORT", api["HOST"], api["PORT"])]
        if mode != "api":
            api, web = with_revalidation(api, web)
            addresses.append(("WEB_PORT", web["HOSTNAME"], web["PORT"]))
        require_free_ports(*addresses)
        set_up_database(console, api)
        if mode == "api":
            serve_api(console, api, servers)
            print_summary(console, api, None)
            run_until_one_ends(servers)
        else:
            (serve if mode == "serve" else dev)(console, api, web, servers)
    except RunError as error:
        failure = str(error)
    except ClickException as error:  # settings that are wrong
        failure = error.format_message()
    except KeyboardInterrupt:
        pass
    ignore_stop_signals()
    stop_servers(servers)
    if failure:
        sys.stderr.write(f"{failure}\n")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
