"""How do the API and the web app run side by side? `serve` as built, `dev` reloading; neither runs without the other.

::

    .venv/bin/python web/scripts/together.py serve|dev

`PORT` and `WEB_PORT` (8000 and 3000), `HOST` and `WEB_HOST` (127.0.0.1) say where; all other settings are those of
the API and of the web app (web/README.md). `make web` and `make dev` install what is missing and call this. Ctrl-C
ends both; when one of them ends by itself, so does the other, and this says which and returns 1.
"""

# A script that runs commands and says what goes on: that is all it is for.
# ruff: noqa: INP001, S603, T201

from __future__ import annotations

import argparse
import contextlib
import errno
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from dotenv import load_dotenv

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from service.config import load  # noqa: E402  # the checkout is no package

API, WEB_APP = "The API", "The web app"
WEB = ROOT / "web"
DOCUMENT = ROOT / "openapi" / "openapi.json"

READY_WITHIN_S = 120
STOPPED_WITHIN_S = 30
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_S = 0.5

NOT_BUILT_FROM = {
    "node_modules",
    "scripts",
    "tests",
    "test-results",
    "README.md",
    "tsconfig.tsbuildinfo",
    "next-env.d.ts",
}
BUILT_IN = (
    "ALLOWED_ORIGINS",
    "NEXT_PUBLIC_API_BASE_URL",
    "SITE_URL",
)  # what a build keeps of its environment

Running = dict[str, subprocess.Popen[bytes]]


class Failed(Exception):
    """What was to run does not; the message says why."""


def address(host: str, port: str) -> str:
    """Return the URL of a host, which may be an IPv6 address, and a port."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def environments() -> tuple[dict[str, str], dict[str, str]]:
    """Return what the API and the web app are told; what is set already stays as it is."""
    load_dotenv(ROOT / ".env", override=False)  # as wsgi.py does
    own = {name: value for name, value in os.environ.items() if value}
    api = {"HOST": "127.0.0.1", "PORT": "8000"} | own
    settings = load(None, api)
    host, port = own.get("WEB_HOST", "127.0.0.1"), own.get("WEB_PORT", "3000")
    web = {
        "API_BASE_URL": address(api["HOST"], api["PORT"]),
        "SITE_URL": address(host, port),
        "JWT_ISSUER": settings.jwt_issuer,
        "JWT_AUDIENCE": settings.jwt_audience,
        "NEXT_TELEMETRY_DISABLED": "1",
    }
    return api, web | own | {"HOSTNAME": host, "PORT": port}


def refuse_taken(api: Mapping[str, str], web: Mapping[str, str]) -> None:
    """Raise `Failed` unless both addresses are free: whoever answers there would be taken for ours."""
    wanted = (("PORT", api["HOST"], api["PORT"]), ("WEB_PORT", web["HOSTNAME"], web["PORT"]))
    if wanted[0][1:] == wanted[1][1:]:
        raise Failed(f"PORT and WEB_PORT are both {api['PORT']}; the API and the web app need one each.")
    for variable, host, port in wanted:
        family, kind, protocol, _, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(at)
            except OSError as error:
                reason = (
                    "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
                )
                advice = f"end what listens there, or choose another port: {variable}={int(port) + 1}"
                raise Failed(f"{address(host, port)} {reason}; {advice}") from error


def started(*command: str, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that leads a group of its own: Ctrl-C reaches this script alone, which ends all in peace."""
    return subprocess.Popen(command, cwd=cwd, env=env, start_new_session=True)


def api_started(env: Mapping[str, str], *flags: str) -> subprocess.Popen[bytes]:
    """Start the API as `make run` does."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *flags, "wsgi:app"]
    return started(*command, cwd=ROOT, env=env)


def wait_until_ready(name: str, url: str, running: Running) -> None:
    """Return when `url` answers with a success; raise `Failed` when a process ends, or time runs out."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        refuse_ended(running)
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # the address is our own
                return
        except OSError:
            time.sleep(0.1)
    raise Failed(f"{name} did not answer at {url} within {READY_WITHIN_S} s.")


def refuse_ended(running: Running) -> None:
    """Raise `Failed` when one of the processes has ended by itself."""
    for name, process in running.items():
        if (status := process.poll()) is not None:
            raise Failed(
                f"{name} ended {described(status)}; the reason is above. Nothing else was left running."
            )


def described(status: int) -> str:
    """Return how a process ended, in words."""
    return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"


def end(running: Running) -> None:
    """End what still runs, with all that it has started."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)  # once is enough: a second one would leave somebody behind
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPPED_WITHIN_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def dist() -> Path:
    """Return the folder that Next builds into."""
    return WEB / os.environ.get("NEXT_DIST_DIR", ".next")


def fingerprint(env: Mapping[str, str]) -> str:
    """Return what tells one state of all that a build is made from from another one."""
    digest = hashlib.sha256()
    for name in BUILT_IN:
        digest.update(f"{name}={env.get(name, '')}\n".encode())
    for folder in sorted(WEB.iterdir()):
        if folder.name in NOT_BUILT_FROM or re.match(r"\.(?!env)", folder.name):
            continue
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.is_file():
                digest.update(f"{file.relative_to(WEB)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def build(env: Mapping[str, str]) -> Path:
    """Build the web app, unless that was done from these very sources; return the folder to serve."""
    stamp, served, wanted = dist() / "built-from", dist() / "standalone", fingerprint(env)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return served
    print("Building the web app (only when it has changed; a minute or two) ...", flush=True)
    stamp.unlink(missing_ok=True)  # what is half built was built from nothing
    command = [str(WEB / "node_modules" / ".bin" / "next"), "build"]
    if subprocess.run(command, cwd=WEB, env={**env, "NODE_ENV": "production"}, check=False).returncode != 0:
        raise Failed("The web app could not be built; the reason is above.")
    assemble(served)
    stamp.write_text(wanted, encoding="utf-8")
    return served


def assemble(served: Path) -> None:
    """Put beside the server what Next leaves to a CDN."""
    shutil.copytree(dist() / "static", served / dist().name / "static", dirs_exist_ok=True)
    shutil.copytree(WEB / "public", served / "public", dirs_exist_ok=True)


def serve(api: dict[str, str], web: dict[str, str], running: Running) -> None:
    """Run both as they run for others, until one of them ends."""
    running[API] = api_started(api)
    wait_until_ready(API, f"{web['API_BASE_URL']}/health/ready", running)
    served = build(web)
    running[WEB_APP] = started("node", "server.js", cwd=served, env={**web, "NODE_ENV": "production"})
    wait_until_ready(WEB_APP, f"{address(web['HOSTNAME'], web['PORT'])}/login", running)
    tell(api, web)
    while True:
        refuse_ended(running)
        time.sleep(LOOK_EVERY_S)


def dev(api: dict[str, str], web: dict[str, str], running: Running) -> None:
    """Run both so that a change shows at once; write document and client anew when the service changes."""
    known = python_files()
    api = {"WEB_CONCURRENCY": "1"} | api
    running[API] = api_started(api, "--reload")
    wait_until_ready(API, f"{web['API_BASE_URL']}/health/ready", running)
    next_dev = ["dev", "--hostname", web["HOSTNAME"], "--port", web["PORT"]]
    running[WEB_APP] = started(str(WEB / "node_modules" / ".bin" / "next"), *next_dev, cwd=WEB, env=web)
    wait_until_ready(WEB_APP, f"{address(web['HOSTNAME'], web['PORT'])}/login", running)
    tell(api, web)
    while True:
        refuse_ended({name: process for name, process in running.items() if name != API})
        if API in running and (status := running[API].poll()) is not None:
            del running[API]
            print(
                f"{API} ended {described(status)}; it starts again with the next change in service/.",
                flush=True,
            )
        if (found := python_files()) != known:
            known = found
            regenerate(api)
            # A declaration that it refuses ends it; this change may have mended that.
            if API not in running:
                running[API] = api_started(api, "--reload")
        time.sleep(LOOK_EVERY_S)


def python_files() -> dict[Path, int]:
    """Return when each Python file of the service was changed."""
    found = {}
    for file in (ROOT / "service").rglob("*.py"):
        try:
            found[file] = file.stat().st_mtime_ns
        except FileNotFoundError:  # removed while we looked
            continue
    return found


def regenerate(env: Mapping[str, str]) -> None:
    """Write the document, and the client if the document is another one; say what failed."""
    before = DOCUMENT.read_bytes()
    export = [sys.executable, "-m", "flask", "--app", "wsgi", "openapi"]
    if subprocess.run(export, cwd=ROOT, env=env, check=False).returncode != 0:
        print("openapi/openapi.json stays as it was; the reason is above.", file=sys.stderr, flush=True)
    elif DOCUMENT.read_bytes() != before:
        generator = [str(WEB / "node_modules" / ".bin" / "openapi-ts")]
        done = subprocess.run(generator, cwd=WEB, env=env, capture_output=True, text=True, check=False)
        print(
            "The document changed; so did the client." if done.returncode == 0 else done.stdout + done.stderr,
            flush=True,
        )


def tell(api: Mapping[str, str], web: Mapping[str, str]) -> None:
    """Say what can be opened."""
    kept = ROOT / api.get("VAR_DIR", "var") / "administrator.txt"
    print(
        f"\n  The site       {web['SITE_URL']}"
        f"\n  The studio     {web['SITE_URL']}/studio"
        f"\n  The API        {web['API_BASE_URL']}/swagger"
        f"\n  Administrator  log in with what {kept} says"
        "\n  Ctrl-C ends both.\n",
        flush=True,
    )


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """Take a polite request to end for Ctrl-C."""
    raise KeyboardInterrupt


def main() -> int:
    """Run until one of the two ends, or somebody ends this."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("how", choices=["serve", "dev"])
    how = serve if parser.parse_args().how == "serve" else dev
    for number in STOPPING:
        signal.signal(number, interrupted)
    running: Running = {}
    try:
        api, web = environments()
        refuse_taken(api, web)
        how(api, web, running)
    except Failed as failure:
        end(running)
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        end(running)
    return 0


if __name__ == "__main__":
    sys.exit(main())
